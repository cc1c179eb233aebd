#include "ticket/sinks/incoming.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ticket/lifecycle.h"
#include "ticket/sinks/describe.h"
#include "ticket/sinks/tracker.h"

namespace assay::ticket {

namespace {

using Incoming = Result<std::optional<IncomingChange>>;

std::unexpected<Error> no_event(std::string_view tracker, std::string reason) {
  return fail(ErrorCode::invalid_input, fmt::format("event of {}", tracker), std::move(reason),
              "send the events that docs/sinks.md names");
}

// Every text of an Atlassian document, in order; a plain text as it is.
void collect(const Json& node, std::string& text) {
  if (node.is_string()) text += node.get<std::string>();
  if (!node.is_object()) return;
  if (const auto at = node.find("text"); at != node.end() && at->is_string()) text += at->get<std::string>();
  const auto content = node.find("content");
  if (content == node.end() || !content->is_array()) return;
  for (const auto& child : *content) collect(child, text);
  if (text_at(node, "/type") == "paragraph") text += '\n';
}

// A comment by somebody else; nullopt when it is ours or empty.
std::optional<std::string> foreign_comment(const std::string& text) {
  const auto trimmed = trim(text);
  if (trimmed.empty() || trimmed.find(comment_mark("")) != std::string_view::npos) return std::nullopt;
  return ellipsis(trimmed, kMaxText - 100);
}

// The state that settings.states maps the last change of status to.
std::optional<TicketState> mapped_state(const Json& event, const Json& settings) {
  const Json::json_pointer items("/changelog/items");
  if (!event.contains(items) || !event.at(items).is_array() || !settings.contains("states")) return std::nullopt;
  std::optional<TicketState> state;
  for (const auto& item : event.at(items)) {
    if (!item.is_object() || text_at(item, "/field") != "status") continue;
    const auto mapped = settings.at("states").find(text_at(item, "/toString"));
    if (mapped != settings.at("states").end() && mapped->is_string())
      state = ticket_state_from_string(mapped->get<std::string>());
  }
  return state;
}

// `at`: nullopt when the event names no time.
Incoming change_of(IncomingChange change, std::string_view tracker, std::optional<Time> at) {
  if (!change.move && !change.comment) return std::nullopt;
  if (!at) return no_event(tracker, "names no time");
  change.at = *at;
  return change;
}

// Of Jira: in milliseconds since 1970.
std::optional<Time> jira_time(const Json& event) {
  const auto at = event.find("timestamp");
  if (at == event.end() || !at->is_number_integer()) return std::nullopt;
  return Time{Duration{at->get<std::int64_t>()}};
}

std::optional<Time> github_time(const Json& event, const char* pointer) {
  const auto time = parse_rfc3339(text_at(event, pointer));
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

Incoming apply_jira_event(const Json& event, const Json& settings) {
  if (!event.is_object()) return no_event("Jira", "is no object");
  const std::string kind = text_at(event, "/webhookEvent");
  IncomingChange change{.external_id = text_at(event, "/issue/key")};
  if (change.external_id.empty()) return no_event("Jira", "names no issue");
  const std::string ours = text_at(settings, "/account_id");
  std::string account;
  if (kind == "jira:issue_updated") {
    account = text_at(event, "/user/accountId");
    change.person = text_at(event, "/user/displayName");
    change.move = mapped_state(event, settings);
  } else if (kind == "comment_created") {
    account = text_at(event, "/comment/author/accountId");
    change.person = text_at(event, "/comment/author/displayName");
    std::string text;
    if (const Json::json_pointer body("/comment/body"); event.contains(body)) collect(event.at(body), text);
    change.comment = foreign_comment(text);
  } else {
    return std::nullopt;
  }
  if (!ours.empty() && account == ours) return std::nullopt;
  return change_of(std::move(change), "Jira", jira_time(event));
}

Incoming apply_github_event(const std::string& kind, const Json& event, const Json& settings) {
  if (!event.is_object()) return no_event("GitHub", "is no object");
  if (kind != "issues" && kind != "issue_comment") return std::nullopt;
  const Json::json_pointer number("/issue/number");
  if (!event.contains(number) || !event.at(number).is_number_integer()) return no_event("GitHub", "names no issue");
  // The webhook of an organisation tells of all its repositories, and numbers are of one.
  if (!iequals(text_at(event, "/repository/full_name"), text_at(settings, "/repository"))) return std::nullopt;
  IncomingChange change{.external_id = std::to_string(event.at(number).get<std::int64_t>()),
                        .person = text_at(event, "/sender/login")};
  const std::string ours = text_at(settings, "/login"), action = text_at(event, "/action");
  if (!ours.empty() && change.person == ours) return std::nullopt;
  if (kind == "issues" && action == "closed") change.move = TicketState::fix_claimed;
  if (kind == "issues" && action == "reopened") change.move = TicketState::needs_patch;
  if (kind == "issue_comment" && action == "created") change.comment = foreign_comment(text_at(event, "/comment/body"));
  const auto at = github_time(event, change.comment ? "/comment/created_at" : "/issue/updated_at");
  return change_of(std::move(change), "GitHub", at);
}

}  // namespace assay::ticket
