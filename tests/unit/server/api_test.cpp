// Every operation of docs/openapi.yaml: what it gives, and what it refuses.

#include <chrono>
#include <vector>

#include "ledger/outbox.h"
#include "ledger/sessions.h"
#include "unit/server/api_fixture.h"

namespace assay::server::api {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kTomorrow = format_rfc3339(now() + std::chrono::days(1));
const std::string kNextYear = format_rfc3339(now() + std::chrono::days(365));

std::set<std::string> operations_of(const Json& document) {
  std::set<std::string> ids;
  for (const auto& methods : document.at("paths")) {
    for (const auto& operation : methods) ids.insert(operation.at("operationId").get<std::string>());
  }
  return ids;
}

std::string id_of(const Json& json) {
  return json["id"].is_string() ? json["id"].get<std::string>() : std::to_string(json.value("id", 0));
}

TEST_F(ApiTest, ServesExactlyWhatTheDocumentNames) {
  std::set<std::string> served;
  for (const auto& route : router_.routes()) served.insert(route.name);
  EXPECT_EQ(served, operations_of(document_->json()));
}

TEST_F(ApiTest, LetsNobodyInWithoutSignIn) {
  for (const auto& route : router_.routes()) {
    if (route.name == "getSpec" || route.name == "takeTrackerEvent") continue;  // the latter's body is signed
    EXPECT_EQ(check_access(Actor{}, route.permission).kind, Admission::Kind::sign_in) << route.name;
    const bool own = route.permission == Permission::signed_in || route.permission == Permission::own_account;
    if (route.method != Method::get && !own)
      EXPECT_EQ(check_access(auditor_, route.permission).kind, Admission::Kind::refused) << route.name;
  }
}

class EveryOperation : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    record_scan(kScan, Outcome::fail, now() - std::chrono::hours(1));
  }

  void use_organisations() {
    const auto org = id_of(expect(201, admin_, {.line = "POST /organisations", .body = {{"name", "Initech"}}}));
    const auto path = "/organisations/" + org;
    const Asked rename{.line = "PATCH " + path, .body = {{"name", "Initrode"}}, .if_match = etag(admin_, path)};
    EXPECT_EQ(expect(200, admin_, rename)["name"], "Initrode");
    expect(412, admin_, rename);
    EXPECT_EQ(expect(200, auditor_, {.line = "GET " + path})["name"], "Initrode");
    EXPECT_THAT(expect(200, admin_, {.line = "GET /organisations"})["items"], SizeIs(3));
    EXPECT_THAT(expect(200, partner_, {.line = "GET /organisations"})["items"], SizeIs(1));
  }

  void use_apps() {
    const Json contact{{"email", "a@b.example"}};
    const Json app{{"key", "https://new.example"}, {"kind", "service"}, {"target", "https://new.example"},
                   {"organisation", org_},         {"name", "New"},     {"contacts", Json::array({contact})}};
    const Response made = ask(engineer_, {.line = "POST /apps", .body = app});
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.headers.get("Location"), "/api/v1/apps/https%3A%2F%2Fnew.example");
    const std::string key = "/apps/https%3A%2F%2Fnew.example", own = "/apps/" + kApp;
    const auto changed = expect(
        200, engineer_, {.line = "PATCH " + key, .body = {{"state", "paused"}}, .if_match = etag(engineer_, key)});
    EXPECT_EQ(changed["state"], "paused");
    EXPECT_EQ(expect(200, auditor_, {.line = "GET " + key})["state"], "paused");
    EXPECT_EQ(expect(200, auditor_, {.line = "GET " + key + "/contacts"})["items"][0], contact);
    const Json contacts{{"items", Json::array({Json{{"email", "sec@acme.example"}, {"name", "Desk"}}})}};
    EXPECT_EQ(
        expect(200, partner_, {.line = "PUT " + own + "/contacts", .body = contacts, .if_match = etag(partner_, own)}),
        contacts);
    EXPECT_THAT(expect(200, partner_, {.line = "GET /apps"})["items"], SizeIs(2));
    EXPECT_EQ(expect(200, partner_, {.line = "GET " + own + "/releases"})["items"][0]["release"], "sha256:abc");
    const auto verdicts = expect(200, partner_, {.line = "GET " + own + "/verdicts"});
    EXPECT_EQ(verdicts["items"][0]["outcome"], "fail");
    EXPECT_EQ(verdicts["not_verified"][0]["requirement"], "privacy");
    EXPECT_THAT(expect(200, partner_, {.line = "GET " + own + "/schedule"})["items"], IsEmpty());
    const Asked rows{.line = "POST /apps/import", .type = "text/csv", .raw_body = "key,target\na,https://a.example\n"};
    EXPECT_EQ(expect(200, admin_, rows)["added"], 1);
  }

  void use_scans() {
    EXPECT_THAT(expect(200, partner_, {.line = "GET /scans?filter=app:" + kApp})["items"], SizeIs(1));
    const std::string scan = "GET /scans/" + kScan;
    EXPECT_EQ(expect(200, partner_, {.line = scan})["counts"]["fail"], 1);
    const auto heads = expect(200, partner_, {.line = scan + "/evidence"})["items"];
    ASSERT_THAT(heads, SizeIs(1));
    EXPECT_EQ(expect(200, partner_, {.line = scan + "/evidence/" + id_of(heads[0])})["kind"], "surface");
    EXPECT_EQ(expect(200, partner_, {.line = scan + "/requests"})["items"][0]["host"], "app.example");
    const auto job =
        expect(202, partner_, {.line = "POST /apps/" + kApp + "/scans", .body = {{"requirements", {"hsts"}}}});
    const auto path = "/jobs/" + id_of(job);
    EXPECT_EQ(expect(200, partner_, {.line = "GET " + path})["state"], "waiting");
    EXPECT_THAT(expect(200, partner_, {.line = "GET /jobs?filter=state:waiting"})["items"], SizeIs(1));
    EXPECT_EQ(expect(200, partner_, {.line = "POST " + path + "/cancel"})["state"], "cancelled");
    EXPECT_EQ(ask(partner_, {.line = "GET " + path + "/events"}).status, 200);
    EXPECT_EQ(ask(partner_, {.line = "GET /events"}).status, 200);
    const Json pause{{"host", "app.example"}, {"reason", "move"}, {"until", kTomorrow}};
    const auto made = expect(201, partner_, {.line = "POST /pauses", .body = pause});
    EXPECT_THAT(expect(200, partner_, {.line = "GET /pauses"})["items"], SizeIs(1));
    EXPECT_TRUE(expect(200, partner_, {.line = "POST /pauses/" + id_of(made) + "/end"}).contains("ended_at"));
  }

  void use_tickets() {
    const auto list = expect(200, partner_, {.line = "GET /tickets?filter=state:needs-patch"})["items"];
    ASSERT_THAT(list, SizeIs(1));
    const auto path = "/tickets/" + id_of(list[0]);
    const Json move{{"to", "waiting-for-release"}, {"note", "next week"}};
    EXPECT_EQ(expect(200, partner_,
                     {.line = "POST " + path + "/move", .body = move, .if_match = etag(partner_, path)})["state"],
              "waiting-for-release");
    EXPECT_EQ(expect(201, partner_, {.line = "POST " + path + "/comments", .body = {{"text", "On it"}}})["id"],
              list[0]["id"]);
    const Json olga{{"assignee", "olga@example.com"}};
    EXPECT_EQ(expect(200, triager_,
                     {.line = "PUT " + path + "/assignee", .body = olga, .if_match = etag(triager_, path)})["assignee"],
              "olga@example.com");
    expect(204, partner_, {.line = "PUT " + path + "/watchers/a%40b.example"});
    EXPECT_THAT(expect(200, partner_, {.line = "GET " + path})["watchers"], Contains(Json("a@b.example")));
    expect(204, partner_, {.line = "DELETE " + path + "/watchers/a%40b.example"});
    const Json later{{"plan", "Release 4"}, {"due_at", kNextYear}};
    const auto extension = expect(
        201, partner_, {.line = "POST " + path + "/extensions", .body = later, .if_match = etag(partner_, path)});
    EXPECT_THAT(expect(200, triager_, {.line = "GET /extensions?filter=state:requested"})["items"], SizeIs(1));
    const auto decide = "POST /extensions/" + id_of(extension) + "/decision";
    EXPECT_EQ(expect(200, triager_, {.line = decide, .body = {{"decision", "approve"}}})["state"], "approved");
    const Json moves{{"tickets", {list[0]["id"], 4711}}, {"to", "fix-claimed"}};
    const auto bulk = expect(200, triager_, {.line = "POST /tickets/bulk-move", .body = moves});
    EXPECT_THAT(bulk["moved"], SizeIs(1));
    EXPECT_EQ(bulk["failed"][0]["code"], "not-found");
  }

  void use_findings() {
    EXPECT_THAT(expect(200, partner_, {.line = "GET /findings?filter=severity:high"})["items"], SizeIs(1));
    EXPECT_EQ(expect(202, partner_, {.line = "POST " + finding_path() + "/verify"})["origin"], "verify");
    const Json wish{{"kind", "false-positive"}, {"reason", "a test host"}};
    const auto asked = expect(201, partner_, {.line = "POST " + finding_path() + "/dispositions", .body = wish});
    const auto path = "POST /dispositions/" + id_of(asked);
    EXPECT_EQ(expect(200, triager_, {.line = path + "/decision", .body = {{"decision", "approve"}}})["state"],
              "approved");
    EXPECT_EQ(expect(200, triager_, {.line = path + "/withdraw", .body = {{"note", "was wrong"}}})["state"],
              "withdrawn");
    EXPECT_THAT(expect(200, partner_, {.line = "GET /dispositions"})["items"], SizeIs(1));
    const auto finding = expect(200, partner_, {.line = "GET " + finding_path()});
    EXPECT_EQ(finding["scan"], kScan);
    EXPECT_THAT(finding["dispositions"], SizeIs(1));
  }

  void use_accounts() {
    EXPECT_EQ(expect(200, partner_, {.line = "GET /me"})["organisation"], org_);
    const auto session = ledger_->write(
        [&](ledger::Work& work) { return ledger::start_session(work, admin_.person_id, "a browser", ""); });
    ASSERT_TRUE(session);
    EXPECT_THAT(expect(200, admin_, {.line = "GET /me/sessions"})["items"], SizeIs(1));
    expect(204, admin_, {.line = "DELETE /me/sessions/" + session->session.hash});
    const Json wanted{{"name", "CI"}, {"scopes", {"read", "scan"}}, {"expires_at", kTomorrow}};
    const auto token = expect(201, admin_, {.line = "POST /tokens", .body = wanted});
    EXPECT_THAT(expect(200, admin_, {.line = "GET /tokens"})["items"], SizeIs(1));
    expect(204, admin_, {.line = "DELETE /tokens/" + id_of(token["token"])});
    const Json invited{{"email", "bo@example.com"}, {"role", "admin"}};
    const auto person = expect(201, admin_, {.line = "POST /people", .body = invited});  // done: there is one admin
    const auto path = "/people/" + id_of(person);
    EXPECT_EQ(expect(200, admin_, {.line = "GET " + path})["email"], "bo@example.com");
    const Asked change{.line = "PATCH " + path, .body = {{"role", "triager"}}, .if_match = etag(admin_, path)};
    const auto approval = expect(202, admin_, change);  // asked for: now there are two
    EXPECT_THAT(expect(200, admin_, {.line = "GET /people"})["items"], SizeIs(7));
    EXPECT_THAT(expect(200, admin_, {.line = "GET /approvals?state=requested"})["items"], SizeIs(1));
    const auto decide = "POST /approvals/" + id_of(approval) + "/decision";
    EXPECT_EQ(expect(200, admin_, {.line = decide, .body = {{"decision", "withdraw"}}})["state"], "withdrawn");
    EXPECT_THAT(expect(200, auditor_, {.line = "GET /audit?act=ticket.*&limit=500"})["items"], Not(IsEmpty()));
    EXPECT_EQ(expect(200, auditor_, {.line = "GET /audit/verify"})["intact"], true);
  }

  void use_sinks() {
    const Json chat{{"id", "chat"},
                    {"kind", "webhook"},
                    {"name", "Chat"},
                    {"settings", {{"url", "https://127.0.0.1:9/hook"}}},
                    {"secret", kHookSecret}};
    EXPECT_EQ(expect(201, admin_, {.line = "POST /sinks", .body = chat})["has_secret"], true);
    EXPECT_THAT(expect(200, admin_, {.line = "GET /sinks"})["items"], SizeIs(1));
    const std::string path = "/sinks/chat";
    EXPECT_EQ(expect(200, admin_, {.line = "GET " + path})["name"], "Chat");
    const Asked change{.line = "PATCH " + path, .body = {{"name", "Room"}}, .if_match = etag(admin_, path)};
    EXPECT_EQ(expect(200, admin_, change)["name"], "Room");
    const auto tested = expect(200, admin_, {.line = "POST " + path + "/test"});
    EXPECT_EQ(tested["delivered"], false);
    EXPECT_THAT(tested.value("detail", ""), HasSubstr("127.0.0.1"));  // no public address
    const OutboxNotice dead{.id = "n1", .sink_id = "chat", .kind = "ticket.opened", .body = Json::object()};
    EXPECT_OK(ledger_->write([&](ledger::Work& work) -> Result<void> {
      ledger::enqueue_notice(work, dead);
      EXPECT_TRUE(ledger::notice_dead(work, dead, "answers 500"));
      return {};
    }));
    EXPECT_THAT(expect(200, admin_, {.line = "GET /notices?sink=chat&state=dead"})["items"], SizeIs(1));
    EXPECT_EQ(expect(200, admin_, {.line = "POST /notices/n1/resend"})["state"], "waiting");
    expect(204, admin_, {.line = "DELETE " + path, .if_match = etag(admin_, path)});
    const Json tracker{{"id", "gh"},
                       {"kind", "github"},
                       {"name", "Issues"},
                       {"settings", {{"repository", "acme/shop"}}},
                       {"secret", "token " + kEventSecret}};
    expect(201, admin_, {.line = "POST /sinks", .body = tracker});
    EXPECT_EQ(expect(200, Actor{}, github_event("ping", R"({"zen":"Keep it logically awesome."})"))["outcome"],
              "ignored");
  }

  void use_the_rest() {
    EXPECT_EQ(expect(200, stranger_, {.line = "GET /posture"})["apps"]["active"], 1);
    EXPECT_EQ(expect(200, admin_, {.line = "GET /posture?organisation=" + other_org_})["apps"]["active"], 1);
    expect(200, admin_, {.line = "GET /posture/days"});
    EXPECT_EQ(expect(200, admin_, {.line = "GET /facets/findings/severity"})["values"][0]["value"], "high");
    EXPECT_THAT(expect(200, partner_, {.line = "GET /requirements"})["items"], Not(IsEmpty()));
    EXPECT_EQ(expect(200, partner_, {.line = "GET /requirements/hsts"})["id"], "hsts");
    for (const std::string path : {"/profiles", "/policy", "/schedule", "/exports/apps?format=json"})
      expect(200, partner_, {.line = "GET " + path});
    expect(200, Actor{}, {.line = "GET /openapi.json"});
    const Json view{{"list", "tickets"}, {"name", "Mine"}, {"query", "filter=x"}};
    const auto path = "/views/" + id_of(expect(201, auditor_, {.line = "POST /views", .body = view}));
    expect(409, auditor_, {.line = "POST /views", .body = view});
    expect(404, partner_, {.line = "GET " + path});
    const Asked share{.line = "PATCH " + path, .body = {{"shared", true}}, .if_match = etag(auditor_, path)};
    EXPECT_EQ(expect(200, auditor_, share)["shared"], true);
    expect(412, auditor_, share);
    EXPECT_EQ(expect(200, partner_, {.line = "GET " + path})["mine"], false);
    EXPECT_THAT(expect(200, partner_, {.line = "GET /views?list=tickets"})["items"], SizeIs(1));
    expect(409, partner_, {.line = "DELETE " + path});
    expect(204, auditor_, {.line = "DELETE " + path});
  }
};

TEST_F(EveryOperation, AnswersAsTheDocumentSays) {
  use_organisations();
  use_apps();
  use_scans();
  use_tickets();
  use_findings();
  use_sinks();
  use_accounts();
  use_the_rest();
  std::set<std::string> served;
  for (const auto& route : router_.routes()) served.insert(route.name);
  EXPECT_EQ(answered_, served);
}

TEST_F(EveryOperation, AnswersThingsOfAnotherOrganisationAsIfTheyWereNotThere) {
  const auto ticket = expect(200, admin_, {.line = "GET /tickets"})["items"][0]["id"].get<int>();
  const std::string app = "/apps/" + kApp, path = "/tickets/" + std::to_string(ticket), any = "*";
  const auto job = "/jobs/" + id_of(expect(202, admin_, {.line = "POST " + app + "/scans", .body = Json::object()}));
  for (const auto& line : {app, app + "/contacts", app + "/releases", app + "/verdicts", app + "/schedule",
                           finding_path(), path, "/scans/" + kScan, "/scans/" + kScan + "/evidence",
                           "/scans/" + kScan + "/evidence/ev-1", "/scans/" + kScan + "/requests", job, job + "/events",
                           "/organisations/" + org_, "/posture?organisation=" + org_})
    expect(404, stranger_, {.line = "GET " + line});
  const Json wish{{"kind", "false-positive"}, {"reason", "mine"}}, later{{"plan", "x"}, {"due_at", kNextYear}};
  const std::vector<Asked> changes = {
      {.line = "POST " + app + "/scans", .body = Json::object()},
      {.line = "PUT " + app + "/contacts", .body = {{"items", Json::array()}}, .if_match = any},
      {.line = "POST " + job + "/cancel"},
      {.line = "POST " + finding_path() + "/verify"},
      {.line = "POST " + finding_path() + "/dispositions", .body = wish},
      {.line = "POST " + path + "/move", .body = {{"to", "fix-claimed"}}, .if_match = any},
      {.line = "POST " + path + "/comments", .body = {{"text", "x"}}},
      {.line = "PUT " + path + "/assignee", .body = {{"assignee", "x"}}, .if_match = any},
      {.line = "PUT " + path + "/watchers/a%40b.example"},
      {.line = "POST " + path + "/extensions", .body = later, .if_match = any}};
  for (const auto& change : changes) expect(404, stranger_, change);
  for (const std::string list : {"findings", "tickets", "scans", "jobs", "dispositions", "extensions"})
    EXPECT_THAT(expect(200, stranger_, {.line = "GET /" + list})["items"], IsEmpty()) << list;
  EXPECT_THAT(ask(stranger_, {.line = "GET /exports/findings?format=csv"}).body, Not(HasSubstr(kApp)));
  EXPECT_THAT(expect(200, stranger_, {.line = "GET /facets/findings/severity"})["values"], IsEmpty());
  const Json moves{{"tickets", Json::array({ticket})}, {"to", "fix-claimed"}};
  EXPECT_EQ(expect(200, stranger_, {.line = "POST /tickets/bulk-move", .body = moves})["failed"][0]["code"],
            "not-found");
}

TEST_F(EveryOperation, ChangesOnlyWhatTheAskerHasSeen) {
  const std::string app = "/apps/" + kApp;
  const std::string path = "/tickets/" + id_of(expect(200, admin_, {.line = "GET /tickets"})["items"][0]);
  const std::vector<Asked> changes = {
      {.line = "PATCH " + app, .body = {{"state", "paused"}}},
      {.line = "PATCH /organisations/" + org_, .body = {{"name", "New"}}},
      {.line = "PUT " + app + "/contacts", .body = {{"items", Json::array()}}},
      {.line = "POST " + path + "/move", .body = {{"to", "fix-claimed"}}},
      {.line = "PUT " + path + "/assignee", .body = {{"assignee", "x@example.com"}}},
      {.line = "POST " + path + "/extensions", .body = {{"plan", "x"}, {"due_at", kNextYear}}}};
  for (auto change : changes) {
    EXPECT_EQ(expect(428, admin_, change)["type"], "/problems/precondition-required");
    change.if_match = "\"999\"";
    EXPECT_EQ(expect(412, admin_, change)["type"], "/problems/precondition-failed");
  }
  EXPECT_EQ(expect(200, admin_, {.line = "GET " + app})["state"], "active");
}

TEST_F(EveryOperation, SaysWhereARequestDoesNotFitTheDocument) {
  const auto thing = [&](const Asked& asked) { return expect(400, admin_, asked).value("thing", ""); };
  EXPECT_EQ(thing({.line = "GET /apps?limit=501"}), "parameter /limit");
  EXPECT_EQ(thing({.line = "GET /apps?limit=many"}), "parameter /limit");
  EXPECT_EQ(thing({.line = "GET /apps?fliter=x"}), "parameter fliter");
  EXPECT_EQ(thing({.line = "GET /apps?limit=1&limit=2"}), "parameter limit");
  EXPECT_EQ(thing({.line = "GET /apps?filter=colour:red"}), "filter");
  EXPECT_EQ(thing({.line = "GET /apps?sort=colour"}), "sort");
  EXPECT_EQ(thing({.line = "GET /apps?cursor=x"}), "cursor");
  EXPECT_EQ(thing({.line = "GET /tickets/none"}), "parameter /ticket");
  EXPECT_EQ(thing({.line = "GET /exports/apps?format=sarif"}), "parameter format");
  EXPECT_EQ(thing({.line = "GET /facets/findings/colour"}), "facet");
  EXPECT_EQ(thing({.line = "POST /apps", .body = {{"key", "k"}, {"kind", "boat"}, {"target", "t"}}}), "body/kind");
  EXPECT_EQ(thing({.line = "POST /apps", .body = {{"key", "k"}}}), "body");
  EXPECT_EQ(thing({.line = "POST /organisations", .body = {{"name", "x"}, {"size", 3}}}), "body");
  EXPECT_EQ(thing({.line = "POST /organisations", .raw_body = "{\"name\":"}), "request body:1:9");
  EXPECT_EQ(thing({.line = "POST /apps/" + kApp + "/scans", .body = {{"requirements", {"none"}}}}),
            "body/requirements");
  EXPECT_EQ(expect(415, admin_, {.line = "POST /organisations", .type = "text/plain", .raw_body = "x"})["type"],
            "/problems/unsupported-media-type");
}

TEST_F(EveryOperation, DoesARepeatedRequestOnce) {
  const Asked first{.line = "POST /organisations", .body = {{"name", "Once"}}, .key = "k-1"};
  const Response made = ask(admin_, first), again = ask(admin_, first);
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, made.body);
  EXPECT_EQ(again.headers.get("Idempotency-Replayed"), "true");
  expect(409, admin_, {.line = "POST /organisations", .body = {{"name", "Other"}}, .key = "k-1"});
  EXPECT_THAT(expect(200, admin_, {.line = "GET /organisations"})["items"], SizeIs(3));
}

TEST_F(EveryOperation, KeepsPeopleToTheirRoles) {
  expect(403, partner_, {.line = "POST /organisations", .body = {{"name", "x"}}});
  expect(403, triager_, {.line = "PATCH /apps/" + kApp, .body = {{"state", "retired"}}, .if_match = "*"});
  expect(403, auditor_, {.line = "POST " + finding_path() + "/verify"});
  const Json wish{{"kind", "risk-accepted"}, {"reason", "soon gone"}, {"until", kTomorrow}};
  const auto asked = expect(201, triager_, {.line = "POST " + finding_path() + "/dispositions", .body = wish});
  const auto decide = "POST /dispositions/" + id_of(asked) + "/decision";
  expect(403, partner_, {.line = decide, .body = {{"decision", "approve"}}});
  expect(409, triager_, {.line = decide, .body = {{"decision", "approve"}}});  // never who asked
  const Json pause{{"host", "other.example"}, {"reason", "move"}, {"until", kTomorrow}};
  expect(404, partner_, {.line = "POST /pauses", .body = pause});
}

}  // namespace
}  // namespace assay::server::api
