// What happens around a handler: who asks, whether they may, what every answer carries.

#include "server/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "ledger/audit.h"
#include "ledger/people.h"
#include "ledger/sessions.h"
#include "ledger/tokens.h"
#include "server/auth/first_run.h"
#include "server/auth/sign_in.h"
#include "server/conditional.h"
#include "server/operations.h"
#include "server/problem.h"
#include "server/security_headers.h"
#include "server/static_files.h"
#include "unit/temp_directory.h"

namespace assay::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::array kFiles{
    EmbeddedFile{"/index.html", "text/html; charset=utf-8", "<!doctype html>", "", "\"1\"", false},
    EmbeddedFile{"/assets/app-12345678.js", "text/javascript; charset=utf-8", "code", "zip", "\"2\"", true}};

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() {
    auto opened = ledger::Ledger::open("sqlite:" + (directory_.path() / "ledger.db").string(), std::nullopt);
    EXPECT_TRUE(opened) << opened.error().message();
    ledger_ = std::move(*opened);
    add("open", Method::get, "/open", Permission::open);
    add("readApps", Method::get, "/api/v1/apps", Permission::read);
    add("changeApp", Method::post, "/api/v1/apps", Permission::manage_apps);
    add("throwing", Method::get, "/throwing", Permission::open,
        [](const Request&) -> Response { throw std::runtime_error("secret detail"); });
    add("failing", Method::get, "/failing", Permission::open,
        [](const Request& request) { return problem(request, {ErrorCode::io, "disk", "is full of secrets", ""}); });
    first_run_ = std::make_shared<auth::FirstRun>();
    EXPECT_TRUE(auth::add_sign_in(router_, {.ledger = *ledger_, .log = *log_, .first_run = first_run_}));
    EXPECT_TRUE(add_operations(router_, *ledger_, *log_, metrics_));
    EXPECT_TRUE(add_static_files(router_, kFiles));
    pipeline_ = std::make_unique<Pipeline>(router_, *ledger_, *log_, metrics_, PipelineSettings{});
  }

  void add(const char* name, Method method, const char* pattern, Permission permission, Handler handler = nullptr) {
    if (!handler) {
      handler = [](const Request& request) {
        return json_response(200, {{"actor", request.actor.label()}, {"org", request.only_org.value_or("")}});
      };
    }
    EXPECT_TRUE(router_.add(
        {.name = name, .method = method, .pattern = pattern, .permission = permission, .handler = std::move(handler)}));
  }
  Response ask(Method method, const std::string& target, std::vector<Parameter> fields = {}, std::string body = {}) {
    Request request;
    const auto parsed = parse_target(target);
    EXPECT_TRUE(parsed);
    request.method = method;
    request.path = parsed->path;
    request.query = parsed->query;
    request.headers.add("Host", host_);
    for (auto& field : fields) request.headers.add(field.name, field.value);
    request.body = std::move(body);
    request.peer = peer_;
    request.loopback = peer_ == "127.0.0.1";
    request.request_id = "req-1";
    return pipeline_->answer(std::move(request));
  }
  ledger::Person person(ledger::Role role) {
    const auto added = ledger_->write([&](ledger::Work& work) {
      return ledger::add_person(
          work, {.issuer = "i", .subject = std::string(to_string(role)), .email = "p@example.com", .role = role});
    });
    EXPECT_TRUE(added) << added.error().message();
    return added.value_or(ledger::Person{});
  }
  ledger::StartedSession session(const ledger::Person& who) {
    return *ledger_->write([&](ledger::Work& work) { return ledger::start_session(work, who.id, "test", ""); });
  }

  TempDirectory directory_;
  std::string peer_ = "127.0.0.1";
  std::string host_ = "127.0.0.1:8080";
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Log> log_ = Log::silent();
  Metrics metrics_;
  Router router_;
  std::shared_ptr<auth::FirstRun> first_run_;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(PipelineTest, EveryAnswerCarriesTheHeadersOfTheChecklist) {
  for (const char* target : {"/open", "/nothing.txt", "/api/v1/apps", "/throwing", "/__version__"}) {
    const Response response = ask(Method::get, target);
    EXPECT_THAT(response.headers.get("Content-Type"), ::testing::Not(StartsWith("text/html"))) << target;
    EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(response.headers.get("Content-Security-Policy"),
              "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; report-uri /__cspreport__")
        << target;
    EXPECT_EQ(response.headers.get("Cache-Control"), "no-store") << target;
    EXPECT_FALSE(response.headers.find("Strict-Transport-Security")) << target;
  }
  const Response page = ask(Method::get, "/apps/some-app");
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_THAT(page.headers.get("Content-Security-Policy"), HasSubstr("require-trusted-types-for 'script'"));
  EXPECT_THAT(page.headers.get("Content-Security-Policy"), ::testing::Not(HasSubstr("unsafe")));
  Response secure;
  add_security_headers(secure, true);
  EXPECT_THAT(secure.headers.get("Strict-Transport-Security"), StartsWith("max-age=31536000"));
}

TEST_F(PipelineTest, FailuresOfOursTellTheClientNothing) {
  for (const char* target : {"/throwing", "/failing"}) {
    const Response response = ask(Method::get, target);
    EXPECT_EQ(response.status, 500);
    EXPECT_THAT(response.body, ::testing::Not(HasSubstr("secret")));
    EXPECT_THAT(response.body, HasSubstr("req-1"));
    ASSERT_TRUE(response.cause);
    EXPECT_THAT(response.cause->message(), HasSubstr("secret"));
  }
}

TEST_F(PipelineTest, PathsAndMethods) {
  for (const Method method : {Method::get, Method::post, Method::put, Method::patch, Method::remove})
    EXPECT_EQ(ask(method, "/api/v1/none").status, 404);
  EXPECT_EQ(ask(Method::get, "/apps/x.png").status, 404);
  const Response wrong = ask(Method::put, "/api/v1/apps");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.get("Allow"), "GET, HEAD, POST, OPTIONS");
  const Response options = ask(Method::options, "/open", {{"Origin", "https://evil.example"}});
  EXPECT_EQ(options.status, 204);
  EXPECT_FALSE(options.headers.find("Access-Control-Allow-Origin"));
}

TEST_F(PipelineTest, NobodyIsAskedToSignIn) {
  const Response response = ask(Method::get, "/api/v1/apps");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.headers.get("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(ask(Method::get, "/api/v1/apps", {{"Cookie", "assay-plain-http=unknown"}}).status, 401);
  EXPECT_EQ(ask(Method::get, "/open", {{"Authorization", "Bearer nonsense"}}).status, 401);
  EXPECT_EQ(ask(Method::get, "/open", {{"Authorization", "Basic YTpi"}}).status, 401);
}

TEST_F(PipelineTest, SessionsNeedTheirTokenToChangeThings) {
  const auto started = session(person(ledger::Role::security_engineer));
  const Parameter cookie{"Cookie", "assay-plain-http=" + started.key};
  EXPECT_EQ(ask(Method::get, "/api/v1/apps", {cookie}).status, 200);
  // The name that TLS has is not taken in plain, and the other way round.
  EXPECT_EQ(ask(Method::get, "/api/v1/apps", {{"Cookie", "__Host-assay=" + started.key}}).status, 401);
  EXPECT_EQ(ask(Method::post, "/api/v1/apps", {cookie}).status, 403);
  EXPECT_EQ(ask(Method::post, "/api/v1/apps", {cookie, {"X-CSRF-Token", started.session.csrf}}).status, 200);
  EXPECT_EQ(ask(Method::post, "/api/v1/apps",
                {cookie, {"X-CSRF-Token", started.session.csrf}, {"Origin", "https://evil.example"}})
                .status,
            403);
}

TEST_F(PipelineTest, TokensHaveScopesAndNoCsrf) {
  const auto who = person(ledger::Role::admin);
  const auto made = ledger_->write([&](ledger::Work& work) {
    return ledger::create_token(work, who.id, "ci", {ledger::Scope::read}, now() + std::chrono::hours(1));
  });
  ASSERT_TRUE(made);
  const Parameter field{"Authorization", "Bearer " + made->text};
  EXPECT_THAT(ask(Method::get, "/api/v1/apps", {field}).body, HasSubstr("p@example.com (token ci)"));
  const Response refused = ask(Method::post, "/api/v1/apps", {field});
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("scope manage"));
  const auto used = ledger_->read([&](ledger::Work& work) { return ledger::tokens_of(work, who.id); });
  EXPECT_TRUE(used->front().last_used);
}

TEST_F(PipelineTest, TooManyRequestsAreTurnedAway) {
  peer_ = "192.0.2.1";
  Response last;
  for (int i = 0; i < 1000 && last.status != 429; ++i) last = ask(Method::get, "/open");
  EXPECT_EQ(last.status, 429);
  EXPECT_NE(last.headers.get("Retry-After"), "");
  peer_ = "192.0.2.2";
  EXPECT_EQ(ask(Method::get, "/open").status, 200);
}

TEST_F(PipelineTest, TheFirstRunLinkSignsInOnce) {
  EXPECT_EQ(ask(Method::get, "/auth/first-run?key=wrong").status, 400);
  const Response response = ask(Method::get, first_run_->path());
  EXPECT_EQ(response.status, 303);
  std::string cookie(response.headers.get("Set-Cookie"));
  EXPECT_THAT(cookie, StartsWith("assay-plain-http="));
  cookie = cookie.substr(0, cookie.find(';'));
  EXPECT_THAT(ask(Method::get, "/api/v1/apps", {{"Cookie", cookie}}).body, HasSubstr("admin@localhost"));
  EXPECT_EQ(ask(Method::get, first_run_->path()).status, 400);
  const auto log = ledger_->read([](ledger::Work& work) { return ledger::audit_entries(work, {}); });
  ASSERT_EQ(log->size(), 1U);
  EXPECT_EQ(log->front().act, "session.start");
}

TEST_F(PipelineTest, SigningOutEndsTheSession) {
  const auto started = session(person(ledger::Role::triager));
  const Parameter cookie{"Cookie", "assay-plain-http=" + started.key};
  const Response out = ask(Method::post, "/auth/logout", {cookie, {"X-CSRF-Token", started.session.csrf}});
  EXPECT_EQ(out.status, 204);
  EXPECT_THAT(out.headers.get("Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(ask(Method::get, "/api/v1/apps", {cookie}).status, 401);
}

TEST_F(PipelineTest, OperatorsPaths) {
  EXPECT_THAT(ask(Method::get, "/__version__").body, HasSubstr("\"name\":\"assay\""));
  EXPECT_EQ(ask(Method::get, "/__heartbeat__").status, 200);
  EXPECT_EQ(ask(Method::get, "/__lbheartbeat__").status, 200);
  EXPECT_EQ(ask(Method::post, "/__cspreport__", {}, R"({"csp-report":{"blocked-uri":"x"}})").status, 204);
  EXPECT_EQ(ask(Method::post, "/__cspreport__", {}, "[]").status, 400);
  EXPECT_THAT(ask(Method::get, "/metrics").body, HasSubstr("assay_http_requests_total"));
  host_ = "rebound.example";  // resolves to 127.0.0.1, says a hostile name server
  EXPECT_EQ(ask(Method::get, "/metrics").status, 401);
  host_ = "127.0.0.1:8080";
  peer_ = "192.0.2.3";
  EXPECT_EQ(ask(Method::get, "/metrics").status, 401);
}

TEST_F(PipelineTest, FilesAreCachedByTheirName) {
  const Response file = ask(Method::get, "/assets/app-12345678.js", {{"Accept-Encoding", "br, gzip;q=0.8"}});
  EXPECT_EQ(file.body, "zip");
  EXPECT_EQ(file.headers.get("Content-Encoding"), "gzip");
  EXPECT_THAT(file.headers.get("Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(ask(Method::get, "/assets/app-12345678.js", {{"Accept-Encoding", "gzip;q=0"}}).body, "code");
  const Response same = ask(Method::get, "/assets/app-12345678.js", {{"If-None-Match", "W/\"0\", \"2\""}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
}

TEST_F(PipelineTest, PagesOfTheDashboardCanBeReloaded) {
  for (const char* path : {"/", "/findings", "/apps/com.example.app/", "/apps/com.example.app/findings/fp1-0"})
    EXPECT_THAT(ask(Method::get, path).headers.get("Content-Type"), HasSubstr("text/html")) << path;
  for (const char* path : {"/api/v1/nothing/", "/assets/none.js", "/__nothing__/"})
    EXPECT_EQ(ask(Method::get, path).status, 404) << path;
}

TEST(Forwarded, IsBelievedFromTheProxyOnly) {
  Request request;
  request.peer = "10.0.0.2";
  request.loopback = true;
  request.headers.add("X-Forwarded-For", "203.0.113.9, 198.51.100.7");
  request.headers.add("X-Forwarded-Proto", "https");
  Request direct = request;
  apply_forwarded(request);
  EXPECT_EQ(request.peer, "198.51.100.7");
  EXPECT_TRUE(request.secure);
  EXPECT_FALSE(request.loopback);
  direct.peer = "8.8.8.8";
  apply_forwarded(direct);
  EXPECT_EQ(direct.peer, "8.8.8.8");
  EXPECT_FALSE(direct.secure);
}

TEST_F(PipelineTest, ARequestThatIsSentTwiceHasItsEffectOnce) {
  int effects = 0;
  Request request;
  request.method = Method::post;
  request.actor.person_id = "per_1";
  request.headers.add("Idempotency-Key", "k1");
  request.body = "{}";
  const auto run = [&] {
    return in_transaction(*ledger_, request, [&](ledger::Work&) -> Result<Response> {
      Response response = json_response(201, {{"n", ++effects}});
      response.with("Location", "/x");
      return response;
    });
  };
  EXPECT_EQ(run().body, R"({"n":1})");
  const Response again = run();
  EXPECT_EQ(again.body, R"({"n":1})");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.headers.get("Location"), "/x");
  EXPECT_EQ(again.headers.get("Idempotency-Replayed"), "true");
  request.body = "{\"other\":1}";
  EXPECT_EQ(run().status, 409);
  EXPECT_EQ(effects, 1);
}

TEST(Preconditions, ProtectOthersChanges) {
  Request request;
  request.method = Method::patch;
  EXPECT_EQ(check_if_match(request, 3)->status, 428);
  request.headers.add("If-Match", "\"2\", \"3\"");
  EXPECT_FALSE(check_if_match(request, 3));
  EXPECT_EQ(check_if_match(request, 4)->status, 412);
  request.headers.set("If-Match", "W/\"4\"");
  EXPECT_EQ(check_if_match(request, 4)->status, 412);  // weak tags do not count here
}

}  // namespace
}  // namespace assay::server
