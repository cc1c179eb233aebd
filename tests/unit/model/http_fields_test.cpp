#include "model/http_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;

std::int64_t age(std::string_view value) {
  const auto h = parse_hsts(value);
  return h ? h->max_age : -1;
}

TEST(Hsts, ReadsWhatRfc6797Allows) {
  EXPECT_EQ(age("max-age=31536000"), 31536000);
  EXPECT_EQ(age("max-age=\"31536000\""), 31536000);
  EXPECT_EQ(age("  MAX-AGE = 0 ; includeSubDomains ;; "), 0);
  EXPECT_EQ(age("includeSubDomains; max-age=1; future=\"a;b,c\""), 1);
  EXPECT_EQ(age("max-age=99999999999999999999999999"), INT64_MAX);
  EXPECT_TRUE(parse_hsts("max-age=1; includesubdomains; preload")->include_sub_domains);
  EXPECT_TRUE(parse_hsts("max-age=1; preload")->preload);
}

TEST(Hsts, RefusesWhatBrowsersIgnore) {
  for (const auto* value : {"", ";", "max-age", "max-age=", "max-age=abc", "max-age=-1", "max-age=31536000junk",
                            "max-age=1.5", "max-age=1; max-age=1", "max-age=1; Max-Age=2", "includeSubDomains",
                            "max-age=1, max-age=1", "max-age=1; includeSubDomains; includeSubDomains", "max-age=\"1",
                            "max-age=1; =x", "max-age=1; a b", "\"max-age=1\""})
    EXPECT_FALSE(parse_hsts(value).has_value()) << value;
  EXPECT_FALSE(parse_hsts(std::string(kMaxFieldValue + 1, ' ')).has_value());
  std::string many = "max-age=1";
  for (int i = 0; i < 100; ++i) many += ";x" + std::to_string(i);
  EXPECT_FALSE(parse_hsts(many).has_value());
}

TEST(SetCookie, ReadsAttributes) {
  const auto c = parse_set_cookie(
      "sid = a=b ; Path=/app; DOMAIN=.Acme-Apps.com; secure; HttpOnly=x; SameSite=LAX; Max-Age=60; Partitioned");
  ASSERT_TRUE(c.has_value());
  EXPECT_EQ(c->name, "sid");
  EXPECT_EQ(c->value, "a=b");
  EXPECT_EQ(c->path, "/app");
  EXPECT_EQ(c->domain, "acme-apps.com");
  EXPECT_TRUE(c->secure && c->http_only && c->partitioned);
  EXPECT_EQ(c->same_site, "lax");
  EXPECT_EQ(c->max_age, 60);
}

TEST(SetCookie, KeepsWhatBrowsersKeep) {
  EXPECT_EQ(parse_set_cookie("just-a-value")->name, "");
  EXPECT_EQ(parse_set_cookie("just-a-value")->value, "just-a-value");
  EXPECT_EQ(parse_set_cookie("a=\"q; secure\"")->value, "\"q");
  EXPECT_EQ(parse_set_cookie("a=1; path=x")->path, "");
  EXPECT_EQ(parse_set_cookie("a=1; path=/x; path=")->path, "");
  EXPECT_EQ(parse_set_cookie("a=1; max-age=-5")->max_age, -5);
  EXPECT_EQ(parse_set_cookie("a=1; max-age=1x")->max_age, std::nullopt);
  EXPECT_EQ(parse_set_cookie("a=1; max-age=5; max-age=x")->max_age, 5);
  EXPECT_EQ(parse_set_cookie("a=1; samesite")->same_site, "");
  EXPECT_EQ(parse_set_cookie("a=1; secure" + std::string(2000, 'x'))->secure, false);
}

TEST(SetCookie, DropsWhatBrowsersDrop) {
  EXPECT_FALSE(parse_set_cookie("").has_value());
  EXPECT_FALSE(parse_set_cookie("=").has_value());
  EXPECT_FALSE(parse_set_cookie(" ; secure").has_value());
  EXPECT_FALSE(parse_set_cookie(std::string("a=\x01", 3)).has_value());
  EXPECT_FALSE(parse_set_cookie("a=" + std::string(4096, 'x')).has_value());
  EXPECT_TRUE(parse_set_cookie("a=" + std::string(4095, 'x')).has_value());
}

TEST(SetCookie, Lifetime) {
  const Time now = *parse_rfc3339("2026-11-22T09:00:00Z");
  EXPECT_EQ(lifetime_of(*parse_set_cookie("a=1"), now), std::nullopt);
  EXPECT_EQ(lifetime_of(*parse_set_cookie("a=1; expires=Sun, 22 Nov 2026 10:00:00 GMT"), now), 3600);
  EXPECT_EQ(lifetime_of(*parse_set_cookie("a=1; expires=Sun, 22 Nov 2026 10:00:00 GMT; max-age=0"), now), 0);
  EXPECT_LT(*lifetime_of(*parse_set_cookie("a=; expires=Thu, 01 Jan 1970 00:00:00 GMT"), now), 0);
}

TEST(SetCookie, Prefixes) {
  const auto broken = [](const char* text) { return prefix_violation(*parse_set_cookie(text)).has_value(); };
  EXPECT_FALSE(broken("sid=1"));
  EXPECT_TRUE(broken("__Secure-a=1"));
  EXPECT_FALSE(broken("__Secure-a=1; Secure"));
  EXPECT_FALSE(broken("__Host-a=1; Secure; Path=/"));
  EXPECT_TRUE(broken("__Host-a=1; Secure; Path=/x"));
  EXPECT_TRUE(broken("__Host-a=1; Secure"));
  EXPECT_TRUE(broken("__Host-a=1; Secure; Path=/; Domain=a.com"));
  EXPECT_TRUE(broken("__HOST-a=1; Path=/"));
  EXPECT_TRUE(broken("__Http-a=1; Secure"));
  EXPECT_FALSE(broken("__Http-a=1; Secure; HttpOnly"));
  EXPECT_TRUE(broken("__Host-Http-a=1; Secure; Path=/"));
  EXPECT_FALSE(broken("__Host-Http-a=1; Secure; Path=/; HttpOnly"));
  EXPECT_TRUE(broken("=__Host-a=1; Secure; Path=/"));
}

TEST(CookieDate, ReadsTheManyForms) {
  const auto expected = *parse_rfc3339("1994-11-06T08:49:37Z");
  for (const auto* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994", "06 november 1994 8:49:37z", "1994 6 NOV 08:49:37"})
    EXPECT_EQ(parse_cookie_date(text), expected) << text;
  EXPECT_EQ(parse_cookie_date("01 Jan 69 00:00:00"), *parse_rfc3339("2069-01-01T00:00:00Z"));
  EXPECT_EQ(parse_cookie_date("01 Jan 70 00:00:00"), *parse_rfc3339("1970-01-01T00:00:00Z"));
}

TEST(CookieDate, RefusesTheRest) {
  for (const auto* text :
       {"", "yesterday", "31 Feb 2026 00:00:00", "01 Jan 2026", "01 Jan 2026 24:00:00", "01 Jan 2026 00:60:00",
        "01 Jan 1600 00:00:00", "00 Jan 2026 00:00:00", "01 Jan 2026 000:00:00", "01 Foo 2026 00:00:00"})
    EXPECT_EQ(parse_cookie_date(text), std::nullopt) << text;
}

TEST(CacheControl, JoinsValuesAndKeepsArguments) {
  const auto c = parse_cache_control({"private=\"a, no-store\", MAX-AGE = 60", "", "no-cache , =x, \"y"});
  ASSERT_EQ(c.directives.size(), 3U);
  EXPECT_EQ(c.directives[0].argument, "a, no-store");
  EXPECT_EQ(c.directives[1].name, "max-age");
  EXPECT_EQ(c.directives[1].argument, "60");
  EXPECT_TRUE(c.has("no-cache"));
  EXPECT_FALSE(c.has("no-store"));
  EXPECT_FALSE(parse_cache_control({}).has("no-store"));
}

TEST(ReferrerPolicy, LastRecognisedTokenWins) {
  EXPECT_EQ(referrer_policy_of({"no-referrer, unsafe-url, future"}), "unsafe-url");
  EXPECT_EQ(referrer_policy_of({"unsafe-url", " Same-Origin "}), "same-origin");
  EXPECT_EQ(referrer_policy_of({"", "never"}), std::nullopt);
  EXPECT_EQ(referrer_policy_of({}), std::nullopt);
}

TEST(ReferrerPolicy, OfMetaElements) {
  EXPECT_EQ(meta_referrer_policy("<meta name=referrer content=origin>"), "origin");
  EXPECT_EQ(meta_referrer_policy("<META CONTENT='never' NAME = \"Referrer\" />"), "no-referrer");
  EXPECT_EQ(meta_referrer_policy("<meta name=referrer content=origin><meta name=referrer content=unknown>"), "origin");
  EXPECT_EQ(meta_referrer_policy("<meta name=referrer content=origin><meta name=referrer content=always>"),
            "unsafe-url");
  EXPECT_EQ(meta_referrer_policy("<!--<meta name=referrer content=origin>-->"), std::nullopt);
  EXPECT_EQ(meta_referrer_policy("<script>'<meta name=referrer content=origin>'</script>"), std::nullopt);
  EXPECT_EQ(meta_referrer_policy("<title><meta name=referrer content=origin></title>"), std::nullopt);
  EXPECT_EQ(meta_referrer_policy("<p title='<meta name=referrer content=origin>'>"), std::nullopt);
  EXPECT_EQ(meta_referrer_policy("<meta name=description content=origin>"), std::nullopt);
  EXPECT_EQ(meta_referrer_policy("<meta name=referrer content="), std::nullopt);
  EXPECT_EQ(meta_referrer_policy("a < b <"), std::nullopt);
}

TEST(Allow, ListsMethods) {
  EXPECT_THAT(parse_allow({"GET, HEAD,,", "TRACE"}), ElementsAre("GET", "HEAD", "TRACE"));
  EXPECT_THAT(parse_allow({"GET POST, a/b"}), ElementsAre());
}

TEST(MediaType, WithoutParameters) {
  EXPECT_EQ(media_type_of(" Text/HTML ; charset=utf-8"), "text/html");
  EXPECT_EQ(media_type_of("html"), "");
  EXPECT_EQ(media_type_of(""), "");
  EXPECT_EQ(media_type_of("a/b/c"), "");
}

}  // namespace
}  // namespace assay
