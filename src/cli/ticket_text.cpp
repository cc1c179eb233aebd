#include "cli/ticket_text.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace assay::cli {

namespace {

// A member as text that is safe on a terminal; "" when there is none.
std::string text(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || at->is_null()) return {};
  return printable(at->is_string() ? at->get<std::string>() : dump_json(*at));
}

bool flag(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_boolean() && at->get<bool>();
}

const Json& list(const Json& object, const char* name) {
  static const Json kNone = Json::array();
  const auto at = object.find(name);
  return at != object.end() && at->is_array() ? *at : kNone;
}

// The day of a time, which is what due dates are about.
std::string day(const Json& object, const char* name) {
  return text(object, name).substr(0, 10);
}

std::string due(const Json& ticket) {
  if (!flag(ticket, "live")) return "closed " + day(ticket, "closed_at");
  std::string when = "due " + day(ticket, "due_at");
  if (flag(ticket, "overdue")) when += " overdue";
  if (flag(ticket, "clock_stands")) when += " stands";
  return when;
}

std::string row(std::string_view name, const std::string& value) {
  return value.empty() ? std::string() : fmt::format("  {:<12} {}\n", name, value);
}

std::string words(const Json& values) {
  std::vector<std::string> all;
  for (const auto& value : values)
    if (value.is_string()) all.push_back(printable(value.get<std::string>()));
  return join(all, ", ");
}

// "approved by ann@example.com on 2026-11-22: why".
std::string decision(const Json& request) {
  std::string said = text(request, "state");
  if (const auto by = text(request, "decided_by"); !by.empty())
    said += fmt::format(" by {} on {}", by, day(request, "decided_at"));
  if (const auto note = text(request, "decision_note"); !note.empty()) said += ": " + note;
  return said;
}

// What an entry of the history says: a text as it is, "from → to", and the rest by name.
std::string said(const Json& body) {
  std::vector<std::string> parts;
  if (const auto to = text(body, "to"); !to.empty()) {
    const auto from = text(body, "from");
    parts.push_back(from.empty() ? to : fmt::format("{} → {}", from, to));
  }
  for (const auto& [name, value] : body.items()) {
    if (name == "from" || name == "to" || value.is_null()) continue;
    const auto shown = text(body, name.c_str());
    if (!shown.empty()) parts.push_back(name == "text" ? shown : fmt::format("{} {}", name, shown));
  }
  return join(parts, ", ");
}

std::string requests(const Json& ticket) {
  std::string out;
  if (const auto& extensions = list(ticket, "extensions"); !extensions.empty()) {
    out += "\nExtensions\n";
    for (const auto& e : extensions)
      out += fmt::format("  until {} for {}: {}\n    {}\n", day(e, "due_at"), text(e, "requested_by"), text(e, "plan"),
                         decision(e));
  }
  if (const auto& dispositions = list(ticket, "dispositions"); !dispositions.empty()) {
    out += "\nDispositions\n";
    for (const auto& d : dispositions) {
      const auto until = day(d, "until"), of = text(d, "duplicate_of");
      out += fmt::format("  {}{}{} for {}: {}\n    {}\n", text(d, "kind"), until.empty() ? "" : " until " + until,
                         of.empty() ? "" : " of " + of, text(d, "requested_by"), text(d, "reason"), decision(d));
    }
  }
  return out;
}

}  // namespace

std::string ticket_line(const Json& ticket) {
  return fmt::format("#{:<5} {:<8}  {:<19}  {:<22}  {}  {}  {}\n", text(ticket, "id"), text(ticket, "severity"),
                     text(ticket, "state"), due(ticket), text(ticket, "app"), text(ticket, "requirement"),
                     text(ticket, "title"));
}

std::string ticket_page(const Json& ticket) {
  std::string out = fmt::format("#{}  {}\n", text(ticket, "id"), text(ticket, "title"));
  out += row("app", fmt::format("{} ({})", text(ticket, "app"), text(ticket, "kind")));
  out += row("requirement", text(ticket, "requirement"));
  out += row("subject", text(ticket, "subject"));
  out += row("finding", text(ticket, "fingerprint"));
  out += row("severity", text(ticket, "severity"));
  out += row("state", fmt::format("{} since {}", text(ticket, "state"), day(ticket, "state_since")));
  out += row("time", fmt::format("opened {}, {}, by policy {}", day(ticket, "opened_at"), due(ticket),
                                 text(ticket, "policy_version")));
  out += row("assignee", text(ticket, "assignee"));
  out += row("follows", text(ticket, "follows").empty() ? "" : "#" + text(ticket, "follows"));
  out += row("watchers", words(list(ticket, "watchers")));
  for (const auto& link : list(ticket, "links"))
    out += row("elsewhere", fmt::format("{}  {}", text(link, "external_id"), text(link, "url")));
  out += row("may move to", words(list(ticket, "moves")));
  out += requests(ticket);
  out += "\nHistory\n";
  for (const auto& event : list(ticket, "history"))
    out += fmt::format("  {}  {}  {}  {}\n", text(event, "at"), text(event, "actor"), text(event, "kind"),
                       said(event.value("body", Json::object())));
  return out;
}

}  // namespace assay::cli
