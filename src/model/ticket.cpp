#include "model/ticket.h"

#include <array>
#include <utility>

namespace assay {

namespace {

template <class T, std::size_t N>
using Names = std::array<std::pair<T, std::string_view>, N>;

constexpr Names<TicketState, 11> kStates{{{TicketState::needs_patch, "needs-patch"},
                                          {TicketState::fix_claimed, "fix-claimed"},
                                          {TicketState::waiting_for_release, "waiting-for-release"},
                                          {TicketState::extension_requested, "extension-requested"},
                                          {TicketState::in_review, "in-review"},
                                          {TicketState::patched, "patched"},
                                          {TicketState::false_positive, "false-positive"},
                                          {TicketState::risk_accepted, "risk-accepted"},
                                          {TicketState::not_applicable, "not-applicable"},
                                          {TicketState::duplicate, "duplicate"},
                                          {TicketState::gone, "gone"}}};

constexpr Names<EventKind, 16> kEvents{{{EventKind::opened, "opened"},
                                        {EventKind::reopened, "reopened"},
                                        {EventKind::moved, "moved"},
                                        {EventKind::closed, "closed"},
                                        {EventKind::severity_raised, "severity-raised"},
                                        {EventKind::commented, "commented"},
                                        {EventKind::extension_requested, "extension-requested"},
                                        {EventKind::extension_decided, "extension-decided"},
                                        {EventKind::disposition_requested, "disposition-requested"},
                                        {EventKind::disposition_decided, "disposition-decided"},
                                        {EventKind::assigned, "assigned"},
                                        {EventKind::watcher_added, "watcher-added"},
                                        {EventKind::watcher_removed, "watcher-removed"},
                                        {EventKind::linked, "linked"},
                                        {EventKind::reminded, "reminded"},
                                        {EventKind::still_failing, "still-failing"}}};

constexpr Names<RequestState, 5> kRequests{{{RequestState::requested, "requested"},
                                            {RequestState::approved, "approved"},
                                            {RequestState::rejected, "rejected"},
                                            {RequestState::withdrawn, "withdrawn"},
                                            {RequestState::expired, "expired"}}};

constexpr Names<DispositionKind, 4> kDispositions{{{DispositionKind::false_positive, "false-positive"},
                                                   {DispositionKind::risk_accepted, "risk-accepted"},
                                                   {DispositionKind::not_applicable, "not-applicable"},
                                                   {DispositionKind::duplicate, "duplicate"}}};

template <class T, std::size_t N>
std::string_view name_of(const Names<T, N>& names, T value) {
  for (const auto& [known, name] : names)
    if (known == value) return name;
  return names.front().second;
}

template <class T, std::size_t N>
std::optional<T> value_of(const Names<T, N>& names, std::string_view s) {
  for (const auto& [known, name] : names)
    if (name == s) return known;
  return std::nullopt;
}

void add_decision(Json& j, const std::optional<Decision>& decision) {
  if (!decision) return;
  j["decided_by"] = decision->by;
  j["decided_at"] = format_rfc3339(decision->at);
  j["decision_note"] = decision->note;
}

}  // namespace

std::string_view to_string(TicketState s) {
  return name_of(kStates, s);
}
std::optional<TicketState> ticket_state_from_string(std::string_view s) {
  return value_of(kStates, s);
}

const std::vector<TicketState>& all_ticket_states() {
  static const std::vector<TicketState> states = [] {
    std::vector<TicketState> all;
    for (const auto& [state, name] : kStates) all.push_back(state);
    return all;
  }();
  return states;
}

bool is_live(TicketState s) {
  return s <= TicketState::in_review;
}
bool clock_stands(TicketState s) {
  return s == TicketState::extension_requested || s == TicketState::in_review;
}

bool is_overdue(const Ticket& t, Time now) {
  return t.live() && !clock_stands(t.state) && t.due < now;
}

std::string_view to_string(EventKind k) {
  return name_of(kEvents, k);
}
std::optional<EventKind> event_kind_from_string(std::string_view s) {
  return value_of(kEvents, s);
}
std::string_view to_string(RequestState s) {
  return name_of(kRequests, s);
}
std::optional<RequestState> request_state_from_string(std::string_view s) {
  return value_of(kRequests, s);
}
std::string_view to_string(DispositionKind k) {
  return name_of(kDispositions, k);
}
std::optional<DispositionKind> disposition_kind_from_string(std::string_view s) {
  return value_of(kDispositions, s);
}

TicketState closed_state(DispositionKind k) {
  switch (k) {
    case DispositionKind::false_positive:
      return TicketState::false_positive;
    case DispositionKind::risk_accepted:
      return TicketState::risk_accepted;
    case DispositionKind::not_applicable:
      return TicketState::not_applicable;
    case DispositionKind::duplicate:
      return TicketState::duplicate;
  }
  return TicketState::duplicate;
}

Json to_json(const Ticket& t, Time now) {
  Json j{{"id", t.id},
         {"app", t.app_key},
         {"fingerprint", t.fingerprint},
         {"kind", t.kind},
         {"requirement", t.requirement},
         {"subject", t.subject},
         {"title", t.title},
         {"severity", to_string(t.severity)},
         {"state", to_string(t.state)},
         {"live", t.live()},
         {"opened_at", format_rfc3339(t.opened)},
         {"due_at", format_rfc3339(t.due)},
         {"policy_version", t.policy_version},
         {"state_since", format_rfc3339(t.state_since)},
         {"reopened", t.reopened},
         {"clock_stands", clock_stands(t.state)},
         {"overdue", is_overdue(t, now)},
         {"version", t.version}};
  if (!t.org.empty()) j["organisation"] = t.org;
  if (t.closed) j["closed_at"] = format_rfc3339(*t.closed);
  if (!t.assignee.empty()) j["assignee"] = t.assignee;
  if (t.follows) j["follows"] = *t.follows;
  return j;
}

Json to_json(const TicketEvent& e) {
  return Json{{"ordinal", e.ordinal},
              {"at", format_rfc3339(e.at)},
              {"actor", e.actor},
              {"kind", to_string(e.kind)},
              {"body", e.body}};
}

Json to_json(const Extension& e) {
  Json j{{"id", e.id},
         {"ticket", e.ticket_id},
         {"plan", e.plan},
         {"due_at", format_rfc3339(e.due)},
         {"state", to_string(e.state)},
         {"requested_by", e.requested_by},
         {"requested_at", format_rfc3339(e.requested)}};
  add_decision(j, e.decision);
  return j;
}

Json to_json(const Disposition& d) {
  Json j{{"id", d.id},
         {"app", d.app_key},
         {"fingerprint", d.fingerprint},
         {"kind", to_string(d.kind)},
         {"reason", d.reason},
         {"state", to_string(d.state)},
         {"requested_by", d.requested_by},
         {"requested_at", format_rfc3339(d.requested)}};
  if (d.until) j["until"] = format_rfc3339(*d.until);
  if (!d.duplicate_of.empty()) j["duplicate_of"] = d.duplicate_of;
  add_decision(j, d.decision);
  return j;
}

}  // namespace assay
