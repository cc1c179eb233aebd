// Jira Cloud through REST v3. https://developer.atlassian.com/cloud/jira/platform/rest/v3/

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "base/url.h"
#include "model/ticket.h"
#include "ticket/sinks/describe.h"
#include "ticket/sinks/tracker.h"

namespace assay::ticket {

namespace {

// Plain text as an Atlassian document: one paragraph for each line.
Json document(const std::string& text) {
  Json paragraphs = Json::array();
  for (const auto line : split(text, '\n')) {
    Json content = Json::array();
    if (!line.empty()) content.push_back({{"type", "text"}, {"text", valid_utf8(line)}});
    paragraphs.push_back({{"type", "paragraph"}, {"content", content}});
  }
  return Json{{"version", 1}, {"type", "doc"}, {"content", paragraphs}};
}

class Jira final : public Tracker {
 public:
  Jira(const Courier& courier, const Parcel& parcel) : courier_(courier), settings_(parcel.sink.settings) {
    base_ = settings_.value("url", "");
    while (base_.ends_with('/')) base_.pop_back();
    const std::string user = settings_.value("user", ""), token = token_of(parcel.secret);
    authorization_ = user.empty() ? "Authorization: Bearer " + token
                                  : "Authorization: Basic " + to_base64(as_bytes(user + ":" + token));
  }

  Step<std::optional<ledger::TicketLink>> find(const std::string& label) override {
    const std::string query = fmt::format(R"(project = "{}" AND labels = "{}")", settings_.value("project", ""), label);
    auto answer = ask("POST", "/rest/api/3/search/jql",
                      Json{{"jql", query}, {"maxResults", 1}, {"fields", Json::array({"summary"})}});
    if (!answer) return std::unexpected(answer.error());
    const std::string key = text_at(*answer, "/issues/0/key");
    if (key.empty()) return std::nullopt;
    return link_to(key);
  }

  Step<ledger::TicketLink> create(const std::string& label, const Json& notice) override {
    Json fields{{"project", {{"key", settings_.value("project", "")}}},
                {"issuetype", {{"name", settings_.value("issue_type", "Bug")}}},
                {"summary", ellipsis(headline(notice), 250)},
                {"description", document(story(notice))},
                {"labels", Json::array({"assay", label})}};
    add_due_date(fields, notice);
    auto answer = ask("POST", "/rest/api/3/issue", Json{{"fields", fields}});
    if (!answer) return std::unexpected(answer.error());
    const std::string key = text_at(*answer, "/key");
    if (key.empty())
      return std::unexpected(Receipt{
          .kind = Receipt::Kind::again, .detail = "Jira names no key of the new issue", .retry_after = {}, .link = {}});
    return link_to(key);
  }

  Step<void> update(const ledger::TicketLink& link, const Json& notice) override {
    Json fields = Json::object();
    add_due_date(fields, notice);
    if (!fields.empty() && text_at(notice, "/data/event/kind") != "opened") {
      auto changed = ask("PUT", issue(link), Json{{"fields", fields}});
      if (!changed) return std::unexpected(changed.error());
    }
    const bool live = notice.value(Json::json_pointer("/data/ticket/live"), true);
    const std::string kind = text_at(notice, "/data/event/kind");
    if (kind == "closed" && !live) return transition(link, text_at(settings_, "/transitions/closed"));
    if (kind == "reopened") return transition(link, text_at(settings_, "/transitions/reopened"));
    return {};
  }

  Step<bool> has_comment(const ledger::TicketLink& link, const std::string& mark) override {
    auto answer = ask("GET", issue(link) + "/comment?orderBy=-created&maxResults=50", nullptr);
    if (!answer) return std::unexpected(answer.error());
    return dump_json(*answer).find(mark) != std::string::npos;
  }

  Step<void> comment(const ledger::TicketLink& link, const std::string& text) override {
    auto answer = ask("POST", issue(link) + "/comment", Json{{"body", document(text)}});
    if (!answer) return std::unexpected(answer.error());
    return {};
  }

 private:
  static std::string issue(const ledger::TicketLink& link) {
    return "/rest/api/3/issue/" + percent_encode(link.external_id);
  }

  ledger::TicketLink link_to(const std::string& key) const {
    return {.ticket_id = 0, .sink_id = {}, .external_id = key, .url = base_ + "/browse/" + percent_encode(key)};
  }

  void add_due_date(Json& fields, const Json& notice) const {
    const std::string due = text_at(notice, "/data/ticket/due_at");
    if (settings_.value("due_date", true) && !due.empty())
      fields["duedate"] = due.substr(0, std::string_view("2026-01-01").size());
  }

  // To the status `name`, by whichever transition leads there; nothing when none does: it is there already, or the
  // workflow has no such way, which the comment makes up for.
  Step<void> transition(const ledger::TicketLink& link, const std::string& name) {
    if (name.empty()) return {};
    auto answer = ask("GET", issue(link) + "/transitions", nullptr);
    if (!answer) return std::unexpected(answer.error());
    const Json ways = answer->is_object() ? answer->value("transitions", Json::array()) : Json::array();
    const auto way = std::ranges::find_if(ways, [&](const Json& w) { return text_at(w, "/to/name") == name; });
    if (way == ways.end()) return {};
    auto done = ask("POST", issue(link) + "/transitions", Json{{"transition", {{"id", text_at(*way, "/id")}}}});
    if (!done) return std::unexpected(done.error());
    return {};
  }

  Step<Json> ask(const std::string& method, const std::string& path, const Json& body) {
    return call(courier_, {.method = method,
                           .url = base_ + path,
                           .headers = {authorization_, "Accept: application/json", "Content-Type: application/json"},
                           .body = body.is_null() ? "" : dump_json(body)});
  }

  const Courier& courier_;
  const Json& settings_;
  std::string base_, authorization_;
};

Result<void> check_states(const Json& settings) {
  const auto at = settings.find("states");
  if (at == settings.end()) return {};
  if (!at->is_object()) return fail(ErrorCode::invalid_input, "settings.states", "is no object");
  for (const auto& [name, state] : at->items()) {
    const auto known = state.is_string() ? ticket_state_from_string(state.get<std::string>()) : std::nullopt;
    if (!known || !is_live(*known) || clock_stands(*known))
      return fail(ErrorCode::invalid_input, "settings.states." + printable(name), "is no state that people move to",
                  "use needs-patch, fix-claimed or waiting-for-release");
  }
  return {};
}

class JiraSender final : public Sender {
 public:
  Result<void> check(const Json& settings, bool secret) const override {
    if (auto known = known_settings(
            settings, {"url", "user", "project", "issue_type", "account_id", "due_date", "states", "transitions"});
        !known)
      return known;
    if (auto url = url_setting(settings, "url"); !url) return std::unexpected(url.error());
    const auto project = text_setting(settings, "project");
    if (!project) return std::unexpected(project.error());
    if (project->find_first_of("\"\\") != std::string::npos)
      return fail(ErrorCode::invalid_input, "settings.project", "holds a quote or backslash", "give the project's key");
    if (!secret) return fail(ErrorCode::invalid_input, "secret", "is missing", "give an API token");
    if (auto texts = optional_texts(settings, {"user", "issue_type", "account_id"}); !texts) return texts;
    if (settings.contains("due_date") && !settings.at("due_date").is_boolean())
      return fail(ErrorCode::invalid_input, "settings.due_date", "is neither true nor false");
    if (settings.contains("transitions")) {
      const Json& transitions = settings.at("transitions");
      if (auto known = known_settings(transitions, {"closed", "reopened"}); !known) return known;
      if (auto texts = optional_texts(transitions, {"closed", "reopened"}); !texts) return texts;
    }
    return check_states(settings);
  }

  Receipt deliver(const Courier& courier, const Parcel& parcel, Time /*now*/) const override {
    Jira jira(courier, parcel);
    return deliver_to(jira, parcel);
  }
};

}  // namespace

std::unique_ptr<Sender> make_jira_sender() {
  return std::make_unique<JiraSender>();
}

}  // namespace assay::ticket
