// The way back from trackers: signed bodies, as Jira and GitHub send them, become changes of tickets, once.

#include <chrono>

#include "ledger/sinks.h"
#include "ledger/tickets.h"
#include "unit/server/api_fixture.h"

namespace assay::server::api {
namespace {

using ledger::Work;
using std::chrono::hours;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TrackerEvents : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    record_scan(kScan, Outcome::fail, now() - hours(1));
    make("gh", "github", {{"repository", "acme/shop"}, {"login", "assay-bot"}});
    make("jira", "jira",
         {{"url", "https://acme.atlassian.example"},
          {"project", "SEC"},
          {"account_id", "bot-1"},
          {"states", {{"In Review", "fix-claimed"}, {"Blocked", "waiting-for-release"}}}});
    EXPECT_OK(ledger_->write([](Work& work) -> Result<void> {
      ledger::link_ticket(work, {.ticket_id = 1, .sink_id = "gh", .external_id = "7", .url = "https://gh.example/7"});
      ledger::link_ticket(work,
                          {.ticket_id = 1, .sink_id = "jira", .external_id = "SEC-1", .url = "https://j.example"});
      return {};
    }));
  }

  void make(const std::string& id, const std::string& kind, const Json& settings) {
    const Json sink{
        {"id", id}, {"kind", kind}, {"name", id}, {"settings", settings}, {"secret", "token " + kEventSecret}};
    expect(201, admin_, {.line = "POST /sinks", .body = sink});
  }

  // What GitHub sends when somebody closes or opens an issue again, without what nobody here reads.
  static std::string issue(const std::string& action, Time at = now(), const std::string& login = "octocat") {
    return dump_json({{"action", action},
                      {"issue",
                       {{"url", "https://api.github.com/repos/acme/shop/issues/7"},
                        {"number", 7},
                        {"title", "[high] No HSTS"},
                        {"user", {{"login", "assay-bot"}}},
                        {"state", action == "closed" ? "closed" : "open"},
                        {"updated_at", format_rfc3339(at)}}},
                      {"repository", {{"id", 35129377}, {"full_name", "acme/shop"}, {"private", true}}},
                      {"sender", {{"login", login}, {"type", "User"}}}});
  }
  // What Jira sends when somebody moves an issue.
  static std::string moved(const std::string& to, const std::string& account = "u-7") {
    return dump_json({{"timestamp", now().time_since_epoch().count()},
                      {"webhookEvent", "jira:issue_updated"},
                      {"issue_event_type_name", "issue_generic"},
                      {"user", {{"accountId", account}, {"displayName", "Olga"}, {"active", true}}},
                      {"issue", {{"id", "10002"}, {"key", "SEC-1"}, {"fields", {{"summary", "No HSTS"}}}}},
                      {"changelog",
                       {{"id", "10124"},
                        {"items", {{{"field", "status"}, {"fieldtype", "jira"}, {"from", "1"}, {"toString", to}}}}}}});
  }

  std::string outcome(const Asked& event) { return expect(200, Actor{}, event).value("outcome", ""); }
  std::string state() { return expect(200, admin_, {.line = "GET /tickets/1"}).value("state", ""); }
};

TEST_F(TrackerEvents, MoveTheTicketAndSayWho) {
  EXPECT_EQ(outcome(github_event("issues", issue("closed"))), "done");
  EXPECT_EQ(state(), "fix-claimed");
  EXPECT_EQ(outcome(github_event("issues", issue("reopened"))), "done");
  EXPECT_EQ(state(), "needs-patch");
  EXPECT_EQ(outcome(jira_event(moved("Blocked"))), "done");
  EXPECT_EQ(state(), "waiting-for-release");
  const Json said{{"action", "created"},
                  {"issue", {{"number", 7}}},
                  {"comment", {{"body", "Deployed."}, {"created_at", format_rfc3339(now())}}},
                  {"repository", {{"full_name", "acme/shop"}}},
                  {"sender", {{"login", "octocat"}}}};
  EXPECT_EQ(outcome(github_event("issue_comment", dump_json(said))), "done");
  const auto history = expect(200, admin_, {.line = "GET /tickets/1"})["history"];
  EXPECT_EQ(history.back()["actor"], "sink:gh");
  EXPECT_EQ(history.back()["body"]["text"], "octocat: Deployed.");
  EXPECT_THAT(expect(200, auditor_, {.line = "GET /audit?actor=sink:gh&limit=500"})["items"], SizeIs(3));
}

TEST_F(TrackerEvents, AreDoneOnce) {
  const std::string closed = issue("closed");
  EXPECT_EQ(outcome(github_event("issues", closed)), "done");
  EXPECT_EQ(outcome(github_event("issues", issue("reopened"))), "done");
  EXPECT_EQ(outcome(github_event("issues", closed)), "repeated");  // sent again, or replayed
  EXPECT_EQ(state(), "needs-patch");
  EXPECT_EQ(outcome(github_event("issues", issue("closed", now() - hours(24)))), "ignored");
  EXPECT_EQ(state(), "needs-patch");
}

TEST_F(TrackerEvents, AreRefusedWithoutTheirSignature) {
  const std::string body = issue("closed");
  Asked bare = github_event("issues", body);
  bare.headers.pop_back();
  Asked altered = github_event("issues", body);
  altered.raw_body = body + " ";
  Asked elsewhere = github_event("issues", body);
  elsewhere.line = "POST /sinks/none/events";
  Asked jiras = jira_event(body);
  jiras.line = "POST /sinks/gh/events";  // with the header of the other tracker
  std::string detail;
  for (const auto& event : {bare, altered, elsewhere, jiras, github_event("issues", body, "other"),
                            github_event("issues", body, ""), github_event("issues", body, "token")}) {
    const Response response = ask(Actor{}, event);
    EXPECT_EQ(response.status, 403);
    EXPECT_TRUE(response.refusal);
    const auto said = parse_json(response.body, "problem").value_or(Json()).value("detail", "");
    EXPECT_EQ(said, detail.empty() ? said : detail);  // the same for all
    detail = said;
  }
  EXPECT_EQ(state(), "needs-patch");
}

TEST_F(TrackerEvents, AreRefusedBySinksThatTakeNone) {
  const Json chat{{"id", "chat"},
                  {"kind", "webhook"},
                  {"name", "Chat"},
                  {"settings", {{"url", "https://hooks.example/"}}},
                  {"secret", kHookSecret + " " + kHookSecret}};
  expect(201, admin_, {.line = "POST /sinks", .body = chat});
  Asked event = github_event("issues", issue("closed"), kHookSecret);
  event.line = "POST /sinks/chat/events";
  expect(403, Actor{}, event);
  const Json only_token{{"secret", "token"}};
  expect(200, admin_, {.line = "PATCH /sinks/gh", .body = only_token, .if_match = etag(admin_, "/sinks/gh")});
  expect(403, Actor{}, github_event("issues", issue("closed"), ""));
}

TEST_F(TrackerEvents, OfOurOwnAndOfOthersAreIgnored) {
  EXPECT_EQ(outcome(github_event("issues", issue("closed", now(), "assay-bot"))), "ignored");
  EXPECT_EQ(outcome(jira_event(moved("In Review", "bot-1"))), "ignored");
  EXPECT_EQ(outcome(jira_event(moved("Somewhere"))), "ignored");
  const Json deleted{{"webhookEvent", "jira:issue_deleted"}, {"issue", {{"key", "SEC-1"}}}};
  EXPECT_EQ(outcome(jira_event(dump_json(deleted))), "ignored");
  EXPECT_OK(ledger_->write([](Work& work) -> Result<void> {
    ledger::link_ticket(work, {.ticket_id = 1, .sink_id = "gh", .external_id = "8", .url = "https://gh.example/8"});
    return {};
  }));
  EXPECT_EQ(outcome(github_event("issues", issue("closed"))), "ignored");  // of an issue that is none of ours
  EXPECT_EQ(state(), "needs-patch");
}

TEST_F(TrackerEvents, DoNotOpenWhatAScanHasClosed) {
  record_scan("22222222-2222-4222-8222-222222222222", Outcome::pass, now());
  EXPECT_EQ(state(), "patched");
  EXPECT_EQ(outcome(github_event("issues", issue("reopened"))), "ignored");
  EXPECT_EQ(state(), "patched");
}

TEST_F(TrackerEvents, OfASinkThatIsSwitchedOffAreIgnored) {
  const Asked off{.line = "PATCH /sinks/gh", .body = {{"enabled", false}}, .if_match = etag(admin_, "/sinks/gh")};
  expect(200, admin_, off);
  EXPECT_EQ(outcome(github_event("issues", issue("closed"))), "ignored");
}

TEST_F(TrackerEvents, ThatAreNoneAreErrors) {
  for (const std::string body : {"{", "[]", R"({"action":"closed","issue":7})"})
    expect(400, Actor{}, github_event("issues", body));
  Asked form = github_event("issues", "payload=%7B%7D");
  form.type = "application/x-www-form-urlencoded";
  expect(415, Actor{}, form);
}

}  // namespace
}  // namespace assay::server::api
