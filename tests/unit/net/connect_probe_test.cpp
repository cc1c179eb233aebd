#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "net/connect/lifecycle.h"
#include "net/connect/probe.h"
#include "net/connect/token.h"

namespace assay::net::connect {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kRequestsPerLink = 6;

// Runs a task that never waits.
struct Driver {
  struct promise_type {
    Driver get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};
Driver drive(Task<void> task) {
  co_await task;
}

struct Reply {
  int status = 401;  // 0: no answer
  std::string body = "no";
  std::string location = {};
};

// An app behind a script, asked as http::Client would: books on the budget, follows redirects as allowed.
class App {
 public:
  explicit App(std::function<Reply(const http::Request&)> script) : script_(std::move(script)) {}

  Fetch fetch(ScanContext& scan) {
    return [this, &scan](http::Request request) { return answer(scan, std::move(request)); };
  }

  std::vector<http::Request> requests;
  std::vector<std::string> lines;  // "GET /path credential", redirect hops as "-> /path"

 private:
  Task<std::vector<http::Hop>> answer(ScanContext& scan, http::Request request) {
    std::vector<http::Hop> hops;
    requests.push_back(request);
    for (int hop = 0;; ++hop) {
      EXPECT_TRUE(scan.budget.spend_request(request.link)) << "more requests than the link's budget";
      lines.push_back(hop == 0 ? request.method + " " + request.url.path + " " + request.credential
                               : "-> " + request.url.path);
      const auto reply = script_(request);
      http::Hop& made = hops.emplace_back();
      made.exchange.request.url = request.url.to_string();
      made.body = reply.body;
      if (reply.status != 0) made.exchange.response.emplace().status = reply.status;
      if (reply.location.empty() || hop >= request.max_redirects) break;
      const auto next = resolve_url(request.url, reply.location);
      if (!next || !std::ranges::count(request.redirect_hosts, next->host)) break;
      request.url = *next;
    }
    co_return hops;
  }

  std::function<Reply(const http::Request&)> script_;
};

Surface surface() {
  Surface s;
  s.app_kind = "connect";
  s.app_key = "com.example.app";
  s.base_url = "https://app.example.com/base";
  s.authentication = "jwt";
  s.origins.push_back({.origin = "https://app.example.com", .scheme = "https", .host = "app.example.com", .port = 443});
  s.origins.push_back(
      {.origin = "https://other.net", .scheme = "https", .host = "other.net", .port = 443, .own = false});
  return s;
}

SurfaceEndpoint endpoint(std::string_view role, std::vector<std::string> methods, std::string_view path = "/page") {
  SurfaceEndpoint e;
  e.id = "https://app.example.com/base" + std::string(path) + "?p={project.key}";
  e.url = "https://app.example.com/base" + std::string(path) + "?p=assay";
  e.origin = "https://app.example.com";
  e.role = role;
  e.methods = std::move(methods);
  return e;
}

SurfaceEndpoint page() {
  return endpoint(role::kPage, {"GET"});
}

SurfaceEndpoint lifecycle(std::string event) {
  auto e = endpoint(role::kLifecycle, {"POST"}, "/hooks/add");
  e.lifecycle_event = std::move(event);
  return e;
}

void probe(App& app, const SurfaceEndpoint& e, const ConnectProbeSettings& settings = {}) {
  ScanContext scan;
  const auto s = surface();
  drive(probe_endpoint_through(app.fetch(scan), scan, s, e, settings));
  EXPECT_LE(app.lines.size(), static_cast<std::size_t>(kRequestsPerLink));
}

std::function<Reply(const http::Request&)> always(int status) {
  return [status](const http::Request&) { return Reply{status}; };
}

// The token that a request carries, wherever it stands.
std::string token_of(const http::Request& request) {
  if (const auto field = field_value(request.fields, "Authorization")) return field->substr(4);
  const std::string query = request.url.query.value_or("");
  const auto at = query.find("jwt=");
  return at == std::string::npos ? "" : query.substr(at + 4);
}

Json claims_of(const http::Request& request) {
  return decode_token(token_of(request)).value().claims;
}

bool signed_by(const http::Request& request, std::string_view key) {
  const auto token = decode_token(token_of(request)).value();
  const auto right = hmac_sha256(as_bytes(key), as_bytes(token.signing_input));
  return token.signature == Bytes(right.begin(), right.end());
}

TEST(ConnectProbe, ARefusingPageGetsEveryBadToken) {
  App app(always(401));
  probe(app, page());
  EXPECT_THAT(app.lines, ElementsAre("GET /base/page none", "GET /base/page alg-none", "GET /base/page forged-hs256",
                                     "GET /base/page empty-key-hs256", "GET /base/page forged-rs256"));
  EXPECT_EQ(app.requests[0].evidence_kind, kind::kHttpPage);
  EXPECT_EQ(app.requests[0].purpose, purpose::kPage);
  EXPECT_EQ(token_of(app.requests[0]), "");
  for (std::size_t i = 1; i < app.requests.size(); ++i) {
    const auto& r = app.requests[i];
    EXPECT_EQ(r.evidence_kind, kind::kHttpAuthn);
    EXPECT_EQ(r.purpose, purpose::kAuthn);
    EXPECT_EQ(r.link, page().id);
    EXPECT_EQ(r.subject, page().id);
    EXPECT_EQ(r.endpoint, page().id);
    EXPECT_EQ(r.max_redirects, 0);
    EXPECT_THAT(r.secrets, ElementsAre(token_of(r)));
    EXPECT_EQ(claims_of(r).at("iss"), kForgedIssuer);
    EXPECT_EQ(claims_of(r).at("qsh"),
              query_string_hash("GET", parse_url(page().url).value(), parse_url(surface().base_url).value()));
    EXPECT_EQ(field_value(r.fields, "Authorization").has_value(), r.credential != credential::kForgedHs256);
  }
  EXPECT_THAT(*app.requests[2].url.query, testing::StartsWith("p=assay&jwt="));
  EXPECT_TRUE(signed_by(app.requests[3], ""));
}

TEST(ConnectProbe, AnOpenPageNeedsNoTokens) {
  App app(always(200));
  probe(app, page());
  EXPECT_THAT(app.lines, ElementsAre("GET /base/page none"));
}

TEST(ConnectProbe, StopsAtTheFirstAcceptedToken) {
  App app([](const http::Request& r) { return Reply{r.credential == credential::kForgedHs256 ? 200 : 401}; });
  probe(app, page());
  EXPECT_THAT(app.lines, ElementsAre("GET /base/page none", "GET /base/page alg-none", "GET /base/page forged-hs256"));
}

TEST(ConnectProbe, ALoginRedirectIsARefusal) {
  App app([](const http::Request& r) {
    return r.url.path == "/login" ? Reply{200, "please log in"} : Reply{302, "", "/login"};
  });
  probe(app, page());
  EXPECT_THAT(app.lines,
              ElementsAre("GET /base/page none", "-> /login", "GET /base/page alg-none", "GET /base/page forged-hs256",
                          "GET /base/page empty-key-hs256", "GET /base/page forged-rs256"));
}

TEST(ConnectProbe, ForeignRedirectsAreNotFollowed) {
  App app([](const http::Request&) { return Reply{302, "", "https://other.net/login"}; });
  probe(app, page());
  for (const auto& r : app.requests) {
    EXPECT_EQ(r.url.host, "app.example.com");
    EXPECT_THAT(r.redirect_hosts, ElementsAre("app.example.com"));
  }
  EXPECT_THAT(app.lines, SizeIs(5));
}

TEST(ConnectProbe, TokensGoToThePlaceThatRefuses) {
  App app([](const http::Request& r) {
    return r.url.path.ends_with('/') ? Reply{401} : Reply{301, "", r.url.path + "/?p=assay"};
  });
  probe(app, page());
  EXPECT_THAT(app.lines, ElementsAre("GET /base/page none", "-> /base/page/", "GET /base/page/ alg-none",
                                     "GET /base/page/ forged-hs256", "GET /base/page/ empty-key-hs256",
                                     "GET /base/page/ forged-rs256"));
}

TEST(ConnectProbe, ASlashAddedIsNoRefusal) {
  App app(
      [](const http::Request& r) { return r.url.path.ends_with('/') ? Reply{200} : Reply{301, "", r.url.path + "/"}; });
  probe(app, page());
  EXPECT_THAT(app.lines, ElementsAre("GET /base/page none", "-> /base/page/"));
}

TEST(ConnectProbe, ProviderActionsAreTriedMethodByMethod) {
  App app([](const http::Request& r) { return Reply{r.method == "GET" ? 404 : r.method == "POST" ? 405 : 401}; });
  probe(app, endpoint(role::kProviderAction, {"GET", "POST", "PUT"}));
  EXPECT_THAT(app.lines,
              ElementsAre("GET /base/page none", "POST /base/page none", "PUT /base/page none",
                          "PUT /base/page alg-none", "PUT /base/page forged-hs256", "PUT /base/page empty-key-hs256"));
  EXPECT_EQ(claims_of(app.requests[4]).at("qsh"),
            query_string_hash("PUT", parse_url(page().url).value(), parse_url(surface().base_url).value()));
}

TEST(ConnectProbe, A404MayHideTheMethodButA405DoesNot) {
  App hidden([](const http::Request& r) { return Reply{r.method == "POST" ? 404 : 405}; });
  probe(hidden, endpoint(role::kProviderAction, {"GET", "POST", "PUT"}));
  EXPECT_THAT(hidden.lines, ElementsAre("GET /base/page none", "POST /base/page none", "PUT /base/page none",
                                        "POST /base/page alg-none", "POST /base/page forged-hs256",
                                        "POST /base/page empty-key-hs256"));
  App absent(always(405));
  probe(absent, endpoint(role::kProviderAction, {"GET", "POST", "PUT"}));
  EXPECT_THAT(absent.lines, SizeIs(3));
}

TEST(ConnectProbe, WebhooksArePostedWithAHarmlessBody) {
  App app(always(401));
  probe(app, endpoint(role::kWebhook, {"POST"}));
  EXPECT_THAT(app.lines, SizeIs(5));
  for (const auto& r : app.requests) {
    EXPECT_EQ(r.method, "POST");
    EXPECT_EQ(r.body_type, "application/json");
    EXPECT_THAT(r.body, HasSubstr("ignore"));
    EXPECT_TRUE(parse_json(r.body, "body"));
  }
}

TEST(ConnectProbe, InstallIsTriedUnsignedAndWronglySigned) {
  App app(always(401));
  probe(app, lifecycle("installed"));
  EXPECT_THAT(app.lines, ElementsAre("POST /base/hooks/add none", "POST /base/hooks/add forged-rs256",
                                     "POST /base/hooks/add forged-hs256", "POST /base/hooks/add alg-none"));
  const auto body = parse_json(app.requests[0].body, "body").value();
  EXPECT_EQ(body.at("eventType"), "installed");
  for (const auto& r : app.requests) {
    EXPECT_EQ(r.evidence_kind, kind::kHttpLifecycle);
    EXPECT_EQ(r.purpose, purpose::kLifecycle);
    EXPECT_EQ(r.body, app.requests[0].body);
  }
  const auto rs = decode_token(token_of(app.requests[1])).value();
  EXPECT_EQ(rs.header.at("alg"), "RS256");
  EXPECT_EQ(rs.claims.at("iss"), body.at("clientKey"));
  EXPECT_EQ(rs.claims.at("aud"), Json::array({surface().base_url}));
}

TEST(ConnectProbe, InstallStopsWhenAccepted) {
  App app([](const http::Request& r) { return Reply{r.credential == credential::kForgedRs256 ? 204 : 401}; });
  probe(app, lifecycle("uninstalled"));
  EXPECT_THAT(app.lines, ElementsAre("POST /base/hooks/add none", "POST /base/hooks/add forged-rs256"));
  App open(always(204));
  probe(open, lifecycle("installed"));
  EXPECT_THAT(open.lines, SizeIs(1));
}

TEST(ConnectProbe, OtherLifecycleEventsAreAskedLikeWebhooks) {
  App app(always(401));
  probe(app, lifecycle("enabled"));
  EXPECT_THAT(app.lines, ElementsAre("POST /base/hooks/add none", "POST /base/hooks/add alg-none",
                                     "POST /base/hooks/add forged-hs256", "POST /base/hooks/add empty-key-hs256",
                                     "POST /base/hooks/add forged-rs256"));
  EXPECT_EQ(app.requests[0].evidence_kind, kind::kHttpPage);
  EXPECT_EQ(app.requests[1].evidence_kind, kind::kHttpAuthn);
  EXPECT_EQ(parse_json(app.requests[0].body, "body")->at("eventType"), "enabled");
}

TEST(ConnectProbe, AdminPagesAreAskedWithTheUsersToken) {
  const auto user = sign_hs256({{"iss", "tenant"}, {"sub", "user"}}, "real secret");
  auto admin = page();
  admin.admin = true;
  ConnectProbeSettings settings;
  settings.user_jwt = user;
  App app(always(403));
  probe(app, admin, settings);
  EXPECT_THAT(app.lines,
              ElementsAre("GET /base/page none", "GET /base/page user-jwt", "GET /base/page alg-none",
                          "GET /base/page forged-hs256", "GET /base/page tampered", "GET /base/page empty-key-hs256"));
  EXPECT_EQ(app.requests[1].evidence_kind, kind::kHttpAuthz);
  EXPECT_EQ(app.requests[1].purpose, purpose::kAuthz);
  EXPECT_EQ(field_value(app.requests[1].fields, "Authorization"), "JWT " + user);
  EXPECT_THAT(app.requests[1].secrets, ElementsAre(user));
  EXPECT_EQ(claims_of(app.requests[4]).at("iss"), "tenant");
  EXPECT_FALSE(signed_by(app.requests[4], "real secret"));

  App ordinary(always(403));
  probe(ordinary, page(), settings);
  EXPECT_THAT(ordinary.lines, testing::Not(Contains(HasSubstr("user-jwt"))));
}

TEST(ConnectProbe, ABrokenUserTokenIsNotTamperedWith) {
  ConnectProbeSettings settings;
  settings.user_jwt = "opaque";
  App app(always(401));
  probe(app, page(), settings);
  EXPECT_THAT(app.lines, testing::Not(Contains(HasSubstr("tampered"))));
  EXPECT_THAT(app.lines, SizeIs(5));
}

TEST(ConnectProbe, WithATenantTokensAreRightInAllButOneThing) {
  ConnectProbeSettings settings;
  settings.tenant = Tenant{"tenant-1", "shared"};
  App app([](const http::Request& r) { return Reply{r.credential == credential::kTenantJwt ? 200 : 401}; });
  probe(app, page(), settings);
  EXPECT_THAT(app.lines,
              ElementsAre("GET /base/page none", "GET /base/page tenant-jwt", "GET /base/page alg-none",
                          "GET /base/page forged-hs256", "GET /base/page expired", "GET /base/page wrong-qsh"));
  EXPECT_EQ(app.requests[1].evidence_kind, kind::kHttpPage);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(claims_of(app.requests[i]).at("iss"), "tenant-1");
  const auto right = claims_of(app.requests[1]), expired = claims_of(app.requests[4]),
             wrong = claims_of(app.requests[5]);
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
  EXPECT_TRUE(signed_by(app.requests[1], "shared"));
  EXPECT_GT(right.at("exp").get<std::int64_t>(), now_s);
  EXPECT_FALSE(signed_by(app.requests[3], "shared"));
  EXPECT_TRUE(signed_by(app.requests[4], "shared"));
  EXPECT_LT(expired.at("exp").get<std::int64_t>(), now_s - 600);
  EXPECT_EQ(expired.at("qsh"), right.at("qsh"));
  EXPECT_TRUE(signed_by(app.requests[5], "shared"));
  EXPECT_NE(wrong.at("qsh"), right.at("qsh"));
  EXPECT_GT(wrong.at("exp").get<std::int64_t>(), now_s);
}

TEST(ConnectProbe, APoliteRefusalWith200IsSeenThroughByTheTenant) {
  ConnectProbeSettings settings;
  settings.tenant = Tenant{"tenant-1", "shared"};
  App app([](const http::Request& r) {
    return Reply{200, r.credential == credential::kTenantJwt ? "the page" : "denied"};
  });
  probe(app, page(), settings);
  EXPECT_THAT(app.lines, SizeIs(6)) << "no 2xx answer ends it: strangers get one, too";
  App same(always(200));
  probe(same, page(), settings);
  EXPECT_THAT(same.lines, ElementsAre("GET /base/page none", "GET /base/page tenant-jwt"));
}

TEST(ConnectProbe, WhatNeedsNoTokenIsAskedOnce) {
  auto open = page();
  open.public_by_design = true;
  App app(always(401));
  probe(app, open);
  EXPECT_THAT(app.lines, SizeIs(1));
  App base(always(401));
  probe(base, endpoint(role::kBase, {"GET"}, "/"));
  EXPECT_THAT(base.lines, SizeIs(1));
}

TEST(ConnectProbe, ForeignEndpointsAreNeverAsked) {
  auto foreign = page();
  foreign.own = false;
  App app(always(200));
  probe(app, foreign);
  EXPECT_THAT(app.lines, IsEmpty());
}

TEST(ConnectProbe, AnUnwellHostIsLeftAlone) {
  for (const int status : {0, 429, 500, 502, 503, 504}) {
    App app(always(status));
    probe(app, page());
    EXPECT_THAT(app.lines, SizeIs(1)) << status;
    App hook(always(status));
    probe(hook, lifecycle("installed"));
    EXPECT_THAT(hook.lines, SizeIs(1)) << status;
  }
  App later([](const http::Request& r) { return Reply{r.credential == credential::kAlgNone ? 503 : 401}; });
  probe(later, page());
  EXPECT_THAT(later.lines, SizeIs(2));
}

TEST(ConnectProbe, AsksOnlyWhatThePlanNeeds) {
  ConnectProbeSettings only_page{.page = true, .authn = false, .authz = false, .lifecycle = false};
  App app(always(401));
  probe(app, page(), only_page);
  EXPECT_THAT(app.lines, ElementsAre("GET /base/page none"));
  App hook(always(401));
  probe(hook, lifecycle("installed"), only_page);
  EXPECT_THAT(hook.lines, IsEmpty());
  App nothing(always(401));
  probe(nothing, page(), {.page = false, .authn = false, .authz = false, .lifecycle = true});
  EXPECT_THAT(nothing.lines, IsEmpty());
}

TEST(ConnectProbe, TheScansDeadlineEndsIt) {
  App app(always(401));
  ScanContext scan;
  scan.deadline = std::chrono::steady_clock::now();
  const auto s = surface();
  const ConnectProbeSettings settings;
  drive(probe_endpoint_through(app.fetch(scan), scan, s, page(), settings));
  EXPECT_THAT(app.lines, IsEmpty());
}

// Whatever an app answers to whatever is asked, a link never gets more than six requests.
TEST(ConnectProbe, NeverMoreThanSixRequests) {
  const std::vector<Reply> replies = {{200}, {302, "", "/login"}, {301, "", "/base/page/"}, {401}, {404}, {405}};
  ConnectProbeSettings everything;
  everything.user_jwt = sign_hs256({{"iss", "tenant"}}, "s");
  ConnectProbeSettings tenant = everything;
  tenant.tenant = Tenant{"t", "s"};
  std::vector<SurfaceEndpoint> endpoints = {page(), endpoint(role::kProviderAction, {"GET", "POST", "PUT"}),
                                            lifecycle("installed"), lifecycle("enabled"),
                                            endpoint(role::kWebhook, {"POST"})};
  for (auto& e : endpoints) e.admin = true;
  int conversations = 0;
  std::size_t longest = 0;
  for (const auto& settings : {ConnectProbeSettings{}, everything, tenant})
    for (const auto& e : endpoints)
      for (std::size_t script = 0; script < 6UL * 6 * 6 * 6; ++script) {
        std::size_t state = script;
        App app([&](const http::Request&) {
          const auto& reply = replies[state % replies.size()];
          state = state / replies.size() + script % 7;
          return reply;
        });
        probe(app, e, settings);
        longest = std::max(longest, app.lines.size());
        ++conversations;
      }
  EXPECT_EQ(conversations, 3 * 5 * 1296);
  EXPECT_EQ(longest, 6U) << "the budget is there to be used";
}

}  // namespace
}  // namespace assay::net::connect
