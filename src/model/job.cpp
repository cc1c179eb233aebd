#include "model/job.h"

#include <array>

namespace assay {

namespace {

constexpr std::array kOrigins{JobOrigin::requested, JobOrigin::verify, JobOrigin::second_look, JobOrigin::release,
                              JobOrigin::scheduled};
constexpr std::array kStates{JobState::waiting, JobState::running, JobState::done, JobState::failed,
                             JobState::cancelled};

template <class All>
auto named(const All& all, std::string_view s) -> std::optional<typename All::value_type> {
  for (const auto one : all)
    if (to_string(one) == s) return one;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(JobOrigin o) {
  switch (o) {
    case JobOrigin::requested:
      return "requested";
    case JobOrigin::verify:
      return "verify";
    case JobOrigin::second_look:
      return "second-look";
    case JobOrigin::release:
      return "release";
    case JobOrigin::scheduled:
      return "scheduled";
  }
  return "requested";
}

std::optional<JobOrigin> job_origin_from_string(std::string_view s) {
  return named(kOrigins, s);
}

int priority_of(JobOrigin o) {
  switch (o) {
    case JobOrigin::requested:
      return 0;
    case JobOrigin::verify:
      return 1;
    case JobOrigin::second_look:
    case JobOrigin::release:
      return 2;
    case JobOrigin::scheduled:
      return 3;
  }
  return 3;
}

std::string_view to_string(JobState s) {
  switch (s) {
    case JobState::waiting:
      return "waiting";
    case JobState::running:
      return "running";
    case JobState::done:
      return "done";
    case JobState::failed:
      return "failed";
    case JobState::cancelled:
      return "cancelled";
  }
  return "waiting";
}

std::optional<JobState> job_state_from_string(std::string_view s) {
  return named(kStates, s);
}

bool Pause::covers(std::string_view name) const {
  return name == host ||
         (name.size() > host.size() && name.ends_with(host) && name[name.size() - host.size() - 1] == '.');
}

}  // namespace assay
