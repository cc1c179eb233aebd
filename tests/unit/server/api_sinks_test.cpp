// Sinks and notices over the API: what never gets out, what is refused, and what a second admin decides.

#include <vector>

#include "ledger/approvals.h"
#include "ledger/audit.h"
#include "ledger/people.h"
#include "ledger/sinks.h"
#include "unit/server/api_fixture.h"

namespace assay::server::api {
namespace {

using ledger::Work;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ApiSinks : public ApiTest {
 protected:
  static Json hook(const std::string& id = "chat") {
    return {{"id", id},
            {"kind", "webhook"},
            {"name", "Chat"},
            {"settings", {{"url", "https://hooks.example/a"}}},
            {"secret", kHookSecret}};
  }
  Response make(const Json& sink) { return ask(admin_, {.line = "POST /sinks", .body = sink}); }
  Response patch(const Json& body) {
    return ask(admin_, {.line = "PATCH /sinks/chat", .body = body, .if_match = etag(admin_, "/sinks/chat")});
  }
  std::string secret(const std::string& id = "chat") {
    return ledger_->read([&](Work& work) { return ledger::sink_secret(work, id, key()); }).value_or("(none)");
  }
  std::string audit() {
    const auto entries = ledger_->read([](Work& work) { return ledger::audit_entries(work, {.limit = 500}); });
    std::string text;
    for (const auto& entry : *entries) text += entry.act + " " + dump_json(entry.body) + "\n";
    return text;
  }
  // A second admin, who decides.
  Actor second_admin() {
    const auto person = ledger_->write([](Work& work) {
      return ledger::add_person(
          work,
          {.issuer = "test", .subject = "sam", .email = "sam@example.com", .name = "Sam", .role = ledger::Role::admin});
    });
    EXPECT_OK(person);
    Actor sam = admin_;
    sam.person_id = person->id;
    sam.email = "sam@example.com";
    return sam;
  }
};

TEST_F(ApiSinks, NeverTellTheirSecrets) {
  const auto made = make(hook());
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(secret(), kHookSecret);
  EXPECT_EQ(patch({{"name", "Room"}, {"secret", kHookSecret + " " + kHookSecret}}).status, 200);
  EXPECT_EQ(secret(), kHookSecret + " " + kHookSecret);
  for (const std::string path : {"/sinks", "/sinks/chat", "/audit", "/approvals"})
    EXPECT_THAT(ask(admin_, {.line = "GET " + path}).body, Not(HasSubstr("whsec_"))) << path;
  EXPECT_THAT(audit(), HasSubstr("sink.create"));
  EXPECT_THAT(audit(), HasSubstr(R"("secret":"given")"));
  EXPECT_THAT(audit(), Not(HasSubstr("sealed")));
}

TEST_F(ApiSinks, DoNotSendASecretToWhereItWasNotGivenFor) {
  make(hook());
  const Json elsewhere{{"url", "https://evil.example/"}};
  const auto refused = patch({{"settings", elsewhere}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("body/secret"));
  EXPECT_EQ(patch({{"settings", elsewhere}, {"secret", kHookSecret}}).status, 200);
}

TEST_F(ApiSinks, AreCheckedBeforeTheyAreKept) {
  const auto without = [](Json sink, const char* name) {
    sink.erase(name);
    return sink;
  };
  const auto with = [](Json sink, const char* name, const Json& value) {
    sink[name] = value;
    return sink;
  };
  for (const auto& bad :
       {without(hook(), "secret"), with(hook(), "secret", "guess-me"), with(hook(), "id", "Upper"),
        with(hook(), "name", " "), with(hook(), "filter", "colour:red"),
        with(hook(), "settings", {{"url", "gopher://x"}}),
        with(hook(), "settings", {{"url", "https://u:p@hooks.example"}}), with(hook(), "kind", "pigeon")})
    EXPECT_EQ(make(bad).status, 400) << bad;
  const Json tracker{{"id", "gh"},
                     {"kind", "github"},
                     {"name", "Issues"},
                     {"settings", {{"repository", "acme/shop"}}},
                     {"secret", "token\r\nHost: evil.example"}};
  EXPECT_EQ(make(tracker).status, 400);
  EXPECT_EQ(make(with(tracker, "secret", "one two three")).status, 400);
  EXPECT_EQ(make(with(tracker, "secret", "token events")).status, 201);
  make(hook());
  EXPECT_EQ(make(hook()).status, 409);
  EXPECT_EQ(patch({{"secret", ""}}).status, 400);  // a webhook cannot be without
  EXPECT_EQ(patch({{"filter", "colour:red"}}).status, 400);
}

TEST_F(ApiSinks, AreChangedByWhoHasSeenThem) {
  make(hook());
  for (const std::string method : {"PATCH", "DELETE"}) {
    Asked asked{.line = method + " /sinks/chat", .body = method == "PATCH" ? Json{{"enabled", false}} : Json()};
    expect(428, admin_, asked);
    asked.if_match = "\"9\"";
    expect(412, admin_, asked);
  }
  expect(404, admin_, {.line = "GET /sinks/none"});
  expect(404, admin_, {.line = "POST /sinks/none/test"});
  expect(404, admin_, {.line = "POST /notices/none/resend"});
}

TEST_F(ApiSinks, AreAdminsOnly) {
  for (const auto& who : {engineer_, triager_, auditor_, partner_}) {
    expect(403, who, {.line = "GET /sinks"});
    expect(403, who, {.line = "POST /sinks", .body = hook()});
    expect(403, who, {.line = "GET /notices"});
  }
}

TEST_F(ApiSinks, AreMadeOnceForOneKey) {
  const Asked asked{.line = "POST /sinks", .body = hook(), .key = "k-1"};
  expect(201, admin_, asked);
  EXPECT_EQ(ask(admin_, asked).headers.get("Idempotency-Replayed"), "true");
}

TEST_F(ApiSinks, WaitForASecondAdminWithTheSecretSealed) {
  const Actor sam = second_admin();
  Json bad = hook();
  bad["filter"] = "colour:red";
  expect(400, admin_, {.line = "POST /sinks", .body = bad});  // told at once
  const Response asked = make(hook());
  EXPECT_EQ(asked.status, 202) << asked.body;
  const auto waiting = parse_json(asked.body, "approval").value_or(Json());
  EXPECT_EQ(waiting["body"]["secret"], "given");
  for (const auto& text : {asked.body, audit(), ask(sam, {.line = "GET /approvals"}).body}) {
    EXPECT_THAT(text, Not(HasSubstr("whsec_")));
    EXPECT_THAT(text, Not(HasSubstr("sealed_secret")));
  }
  const auto stored = ledger_->read([&](Work& work) { return ledger::get_approval(work, waiting.value("id", 0)); });
  EXPECT_THAT(dump_json(stored->body), Not(HasSubstr("whsec_")));
  EXPECT_THAT(expect(200, admin_, {.line = "GET /sinks"})["items"], IsEmpty());
  const auto decide = "POST /approvals/" + std::to_string(waiting.value("id", 0)) + "/decision";
  expect(409, admin_, {.line = decide, .body = {{"decision", "approve"}}});
  expect(200, sam, {.line = decide, .body = {{"decision", "approve"}}});
  EXPECT_THAT(expect(200, admin_, {.line = "GET /sinks"})["items"], SizeIs(1));
  EXPECT_EQ(secret(), kHookSecret);
}

}  // namespace
}  // namespace assay::server::api
