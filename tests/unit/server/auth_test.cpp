// Cookies, forged requests, pages to return to, rates.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/auth/cookies.h"
#include "server/auth/first_run.h"
#include "server/auth/forgery.h"
#include "server/auth/sign_in.h"
#include "server/rate_limit.h"

namespace assay::server::auth {
namespace {

using std::chrono::seconds;

Headers cookies(std::initializer_list<const char*> fields) {
  Headers headers;
  for (const char* field : fields) headers.add("Cookie", field);
  return headers;
}

TEST(Cookies, AreFoundByTheirWholeName) {
  EXPECT_EQ(find_cookie(cookies({"a=1; __Host-assay=key; b=2"}), "__Host-assay"), "key");
  EXPECT_EQ(find_cookie(cookies({"a=1", "__Host-assay=key"}), "__Host-assay"), "key");
  EXPECT_EQ(find_cookie(cookies({"x__Host-assay=key; __Host-assayx=key"}), "__Host-assay"), std::nullopt);
  // Two of one name: one of them was set by somebody else.
  EXPECT_EQ(find_cookie(cookies({"__Host-assay=a; __Host-assay=b"}), "__Host-assay"), std::nullopt);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a=1; ";
  EXPECT_EQ(find_cookie(cookies({(many + "__Host-assay=key").c_str()}), "__Host-assay"), std::nullopt);
}

TEST(Cookies, HaveThePrefixAndFlagsOverTls) {
  EXPECT_EQ(make_cookie(session_cookie_name(true), "v", true, seconds(60)),
            "__Host-assay=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(make_cookie(session_cookie_name(false), "v", false, seconds(60)),
            "assay-plain-http=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
}

Request unsafe(std::initializer_list<Parameter> fields) {
  Request request;
  request.method = Method::post;
  request.secure = true;
  request.actor = {.kind = Actor::Kind::session, .csrf = "token"};
  request.headers.add("Host", "assay.example");
  for (const auto& field : fields) request.headers.add(field.name, field.value);
  return request;
}

TEST(Forgery, OfASessionIsSeen) {
  EXPECT_EQ(forgery_reason(unsafe({{"X-CSRF-Token", "token"}}), ""), std::nullopt);
  EXPECT_EQ(
      forgery_reason(
          unsafe({{"X-CSRF-Token", "token"}, {"Origin", "https://assay.example"}, {"Sec-Fetch-Site", "same-origin"}}),
          ""),
      std::nullopt);
  EXPECT_NE(forgery_reason(unsafe({}), ""), std::nullopt);
  EXPECT_NE(forgery_reason(unsafe({{"X-CSRF-Token", "tokem"}}), ""), std::nullopt);
  EXPECT_NE(forgery_reason(unsafe({{"X-CSRF-Token", "token"}, {"Origin", "null"}}), ""), std::nullopt);
  EXPECT_NE(forgery_reason(unsafe({{"X-CSRF-Token", "token"}, {"Origin", "http://assay.example"}}), ""), std::nullopt);
  EXPECT_NE(forgery_reason(unsafe({{"X-CSRF-Token", "token"}, {"Origin", "https://assay.example.evil"}}), ""),
            std::nullopt);
  EXPECT_NE(forgery_reason(unsafe({{"X-CSRF-Token", "token"}, {"Sec-Fetch-Site", "same-site"}}), ""), std::nullopt);
  EXPECT_NE(forgery_reason(unsafe({{"X-CSRF-Token", "token"}, {"Origin", "https://assay.example"}}), "https://public"),
            std::nullopt);
}

TEST(Forgery, DoesNotConcernTokensAndReading) {
  Request reading = unsafe({});
  reading.method = Method::get;
  EXPECT_EQ(forgery_reason(reading, ""), std::nullopt);
  Request program = unsafe({});
  program.actor.kind = Actor::Kind::token;
  EXPECT_EQ(forgery_reason(program, ""), std::nullopt);
}

TEST(LocalPage, NeverLeavesTheSite) {
  EXPECT_EQ(local_page("/apps/x?filter=a"), "/apps/x?filter=a");
  for (const char* page : {"", "apps", "//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "/a b"})
    EXPECT_EQ(local_page(page), "/") << page;
}

TEST(FirstRun, WorksOnceAndInTime) {
  FirstRun link;
  const std::string key = link.path().substr(link.path().find('=') + 1);
  EXPECT_FALSE(link.redeem("wrong"));
  EXPECT_TRUE(link.redeem(key));
  EXPECT_FALSE(link.redeem(key));
  FirstRun late;
  EXPECT_FALSE(
      late.redeem(late.path().substr(late.path().find('=') + 1), std::chrono::steady_clock::now() + kFirstRunTime));
}

TEST(RateLimiter, LetsABurstThroughAndThenARate) {
  RateLimiter limiter(0.5, 3, 2);
  const auto begin = RateLimiter::Clock::now();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", begin), std::nullopt);
  EXPECT_EQ(limiter.take("a", begin), seconds(2));
  EXPECT_EQ(limiter.take("b", begin), std::nullopt);
  EXPECT_EQ(limiter.take("a", begin + seconds(2)), std::nullopt);
  // A third key: the full ones are forgotten, or all.
  EXPECT_EQ(limiter.take("c", begin + seconds(2)), std::nullopt);
}

}  // namespace
}  // namespace assay::server::auth
