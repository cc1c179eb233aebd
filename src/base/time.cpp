#include "base/time.h"

#include <fmt/format.h>

#include <charconv>

namespace assay {

using namespace std::chrono;

Time now() {
  return floor<milliseconds>(system_clock::now());
}

std::string format_rfc3339(Time t) {
  const auto day = floor<days>(t);
  const year_month_day ymd{day};
  const hh_mm_ss hms{t - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), hms.hours().count(),
                     hms.minutes().count(), hms.seconds().count(), hms.subseconds().count());
}

namespace {

// Reads exactly `width` digits at `at`; -1 when they are not there.
int digits(std::string_view s, std::size_t at, std::size_t width) {
  if (at + width > s.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (s[i] < '0' || s[i] > '9') return -1;
    value = value * 10 + (s[i] - '0');
  }
  return value;
}

}  // namespace

Result<Time> parse_rfc3339(std::string_view s) {
  const auto bad = [&] {
    return fail(ErrorCode::invalid_input, std::string(s.substr(0, 64)), "is not an RFC 3339 time",
                "write it like 2026-11-22T09:30:00Z");
  };
  const int y = digits(s, 0, 4), mo = digits(s, 5, 2), d = digits(s, 8, 2);
  const int h = digits(s, 11, 2), mi = digits(s, 14, 2);
  int sec = digits(s, 17, 2);
  if (y < 0 || mo < 0 || d < 0 || h < 0 || mi < 0 || sec < 0) return bad();
  if (s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != 't' && s[10] != ' ') || s[13] != ':' || s[16] != ':')
    return bad();
  const year_month_day ymd{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!ymd.ok() || h > 23 || mi > 59 || sec > 60) return bad();
  if (sec == 60) sec = 59;
  std::size_t at = 19;
  int ms = 0;
  if (at < s.size() && s[at] == '.') {
    ++at;
    int scale = 100, seen = 0;
    for (; at < s.size() && s[at] >= '0' && s[at] <= '9'; ++at, ++seen, scale /= 10) ms += (s[at] - '0') * scale;
    if (seen == 0 || seen > 9) return bad();
  }
  minutes offset{0};
  if (at < s.size() && (s[at] == 'Z' || s[at] == 'z')) {
    ++at;
  } else if (at < s.size() && (s[at] == '+' || s[at] == '-')) {
    const int oh = digits(s, at + 1, 2), om = digits(s, at + 4, 2);
    if (oh < 0 || oh > 23 || om < 0 || om > 59 || s[at + 3] != ':') return bad();
    offset = minutes{(oh * 60 + om) * (s[at] == '-' ? -1 : 1)};
    at += 6;
  } else {
    return bad();
  }
  if (at != s.size()) return bad();
  return Time{sys_days{ymd}} + hours{h} + minutes{mi} + seconds{sec} + milliseconds{ms} - offset;
}

std::string format_duration(Duration d) {
  const auto ms = d.count();
  if (ms < 0) return "-" + format_duration(-d);
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000.0);
  const auto s = ms / 1000;
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
  return fmt::format("{} d {} h", s / 86'400, s % 86'400 / 3600);
}

}  // namespace assay
