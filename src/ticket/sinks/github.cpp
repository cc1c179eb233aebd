// GitHub issues. https://docs.github.com/rest/issues

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "base/url.h"
#include "ticket/sinks/describe.h"
#include "ticket/sinks/tracker.h"

namespace assay::ticket {

namespace {

class Github final : public Tracker {
 public:
  Github(const Courier& courier, const Parcel& parcel) : courier_(courier) {
    std::string base = parcel.sink.settings.value("url", "https://api.github.com");
    while (base.ends_with('/')) base.pop_back();
    issues_ = base + "/repos/" + parcel.sink.settings.value("repository", "") + "/issues";
    authorization_ = "Authorization: Bearer " + token_of(parcel.secret);
  }

  Step<std::optional<ledger::TicketLink>> find(const std::string& label) override {
    auto answer = ask("GET", "?state=all&per_page=1&labels=" + percent_encode(label), nullptr);
    if (!answer) return std::unexpected(answer.error());
    if (!answer->is_array() || answer->empty()) return std::nullopt;
    auto link = link_to(answer->front());
    if (!link) return std::unexpected(link.error());
    return std::move(*link);
  }

  Step<ledger::TicketLink> create(const std::string& label, const Json& notice) override {
    auto answer = ask("POST", "",
                      Json{{"title", ellipsis(headline(notice), 250)},
                           {"body", "```text\n" + replace_all(story(notice), "```", "'''") + "```\n"},
                           {"labels", Json::array({"assay", label})}});
    if (!answer) return std::unexpected(answer.error());
    return link_to(*answer);
  }

  Step<void> update(const ledger::TicketLink& link, const Json& notice) override {
    const std::string kind = text_at(notice, "/data/event/kind");
    if (kind != "closed" && kind != "reopened") return {};
    const bool fixed = text_at(notice, "/data/ticket/state") == "patched";
    const Json closed{{"state", "closed"}, {"state_reason", fixed ? "completed" : "not_planned"}};
    auto answer = ask("PATCH", "/" + link.external_id, kind == "closed" ? closed : Json{{"state", "open"}});
    if (!answer) return std::unexpected(answer.error());
    return {};
  }

  Step<bool> has_comment(const ledger::TicketLink& link, const std::string& mark) override {
    // The oldest come first; of more than a hundred the last page would be needed, and a second comment does no harm.
    auto answer = ask("GET", "/" + link.external_id + "/comments?per_page=100", nullptr);
    if (!answer) return std::unexpected(answer.error());
    return dump_json(*answer).find(mark) != std::string::npos;
  }

  Step<void> comment(const ledger::TicketLink& link, const std::string& text) override {
    auto answer = ask("POST", "/" + link.external_id + "/comments", Json{{"body", text}});
    if (!answer) return std::unexpected(answer.error());
    return {};
  }

 private:
  static Step<ledger::TicketLink> link_to(const Json& issue) {
    const auto number = issue.is_object() ? issue.find("number") : issue.end();
    if (!issue.is_object() || number == issue.end() || !number->is_number_integer())
      return std::unexpected(Receipt{.kind = Receipt::Kind::again,
                                     .detail = "GitHub names no number of the issue",
                                     .retry_after = {},
                                     .link = {}});
    return ledger::TicketLink{.ticket_id = 0,
                              .sink_id = {},
                              .external_id = std::to_string(number->get<std::int64_t>()),
                              .url = text_at(issue, "/html_url")};
  }

  Step<Json> ask(const std::string& method, const std::string& path, const Json& body) {
    return call(courier_, {.method = method,
                           .url = issues_ + path,
                           .headers = {authorization_, "Accept: application/vnd.github+json",
                                       "X-GitHub-Api-Version: 2022-11-28", "Content-Type: application/json"},
                           .body = body.is_null() ? "" : dump_json(body)});
  }

  const Courier& courier_;
  std::string issues_, authorization_;
};

class GithubSender final : public Sender {
 public:
  Result<void> check(const Json& settings, bool secret) const override {
    if (auto known = known_settings(settings, {"url", "repository", "login"}); !known) return known;
    if (settings.contains("url"))
      if (auto url = url_setting(settings, "url"); !url) return std::unexpected(url.error());
    const auto repository = text_setting(settings, "repository");
    if (!repository) return std::unexpected(repository.error());
    const auto parts = split(*repository, '/');
    const auto is_name = [](std::string_view part) {
      return !part.empty() && part != "." && part != ".." && std::ranges::all_of(part, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
      });
    };
    if (parts.size() != 2 || !std::ranges::all_of(parts, is_name))
      return fail(ErrorCode::invalid_input, "settings.repository", "is not OWNER/NAME");
    if (!secret) return fail(ErrorCode::invalid_input, "secret", "is missing", "give an access token");
    return optional_texts(settings, {"login"});
  }

  Receipt deliver(const Courier& courier, const Parcel& parcel, Time /*now*/) const override {
    Github github(courier, parcel);
    return deliver_to(github, parcel);
  }
};

}  // namespace

std::unique_ptr<Sender> make_github_sender() {
  return std::make_unique<GithubSender>();
}

}  // namespace assay::ticket
