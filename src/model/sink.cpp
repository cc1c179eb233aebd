#include "model/sink.h"

#include <array>
#include <utility>

namespace assay {

namespace {

constexpr std::array<std::pair<SinkKind, std::string_view>, 4> kKinds{
    {{SinkKind::webhook, "webhook"}, {SinkKind::mail, "mail"}, {SinkKind::jira, "jira"}, {SinkKind::github, "github"}}};
constexpr std::array<std::pair<NoticeState, std::string_view>, 3> kStates{
    {{NoticeState::waiting, "waiting"}, {NoticeState::done, "done"}, {NoticeState::dead, "dead"}}};

}  // namespace

std::string_view to_string(SinkKind k) {
  for (const auto& [kind, name] : kKinds)
    if (kind == k) return name;
  return "webhook";
}

std::optional<SinkKind> sink_kind_from_string(std::string_view s) {
  for (const auto& [kind, name] : kKinds)
    if (name == s) return kind;
  return std::nullopt;
}

std::string_view to_string(NoticeState s) {
  for (const auto& [state, name] : kStates)
    if (state == s) return name;
  return "waiting";
}

std::optional<NoticeState> notice_state_from_string(std::string_view s) {
  for (const auto& [state, name] : kStates)
    if (name == s) return state;
  return std::nullopt;
}

Json to_json(const Sink& s) {
  return Json{{"id", s.id},
              {"kind", to_string(s.kind)},
              {"name", s.name},
              {"enabled", s.enabled},
              {"filter", s.filter},
              {"settings", s.settings},
              {"has_secret", s.has_secret},
              {"created_at", format_rfc3339(s.created)},
              {"version", s.version}};
}

Json to_json(const OutboxNotice& n) {
  Json j{{"id", n.id},
         {"sink", n.sink_id},
         {"kind", n.kind},
         {"state", to_string(n.state)},
         {"attempts", n.attempts},
         {"created_at", format_rfc3339(n.created)}};
  if (n.ticket_id) j["ticket"] = *n.ticket_id;
  if (n.state == NoticeState::waiting) j["next_at"] = format_rfc3339(n.next);
  if (n.done) j["done_at"] = format_rfc3339(*n.done);
  if (!n.last_error.empty()) j["last_error"] = n.last_error;
  return j;
}

}  // namespace assay
