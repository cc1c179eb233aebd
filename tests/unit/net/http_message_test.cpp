#include "net/http/message.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "net/http/retry_after.h"
#include "net/request_signer.h"

namespace assay::net::http {
namespace {

using namespace std::chrono_literals;

Time at(std::string_view text) {
  return *parse_rfc3339(text);
}

TEST(HttpDate, ReadsTheThreeForms) {
  const auto expected = at("1994-11-06T08:49:37Z");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), expected);
}

TEST(HttpDate, RefusesWhatIsNoDate) {
  for (const auto* text : {"", "soon", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "06 Nov 1994",
                           "08:49:37", "Sun, 06 Nov 1994 08:49 GMT", "1 2 3 Nov 08:49:37"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(RetryAfter, SecondsAndDates) {
  const auto t = at("2026-11-22T10:00:00Z");
  EXPECT_EQ(parse_retry_after("120", t), Duration(120s));
  EXPECT_EQ(parse_retry_after(" 0 ", t), Duration(0));
  EXPECT_EQ(parse_retry_after("999999999", t), Duration(std::chrono::days(365)));
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 10:01:00 GMT", t), Duration(60s));
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2020 10:01:00 GMT", t), Duration(0));
  for (const auto* text : {"-5", "1.5", "", "99999999999999999999", "later"}) {
    EXPECT_EQ(parse_retry_after(text, t), std::nullopt) << text;
  }
}

TEST(Redactor, LongestSecretFirstInEveryForm) {
  const Redactor redact({"abc", "abc=def", ""});
  EXPECT_EQ(redact("x abc=def abc%3Ddef abc y"), "x REDACTED REDACTED REDACTED y");
}

TEST(Message, HostOfIpv6AndDefaultPort) {
  Request r;
  r.url = *parse_url("https://[::1]:443/");
  EXPECT_EQ(field_value(compose(r, "ua", nullptr, now())->fields, "Host"), "[::1]");
  r.url = *parse_url("http://[::1]:8080/");
  EXPECT_EQ(field_value(compose(r, "ua", nullptr, now())->fields, "Host"), "[::1]:8080");
}

TEST(Message, CallersFieldsTakeThePlaceOfOursButForHost) {
  Request r;
  r.url = *parse_url("https://a.example/");
  r.fields = {{"accept", "text/html"}, {"Host", "evil.example"}};
  const auto message = compose(r, "ua", nullptr, now());
  ASSERT_TRUE(message);
  EXPECT_EQ(field_values(message->fields, "Accept"), std::vector<std::string>{"text/html"});
  EXPECT_EQ(field_values(message->fields, "Host"), std::vector<std::string>{"a.example"});
}

}  // namespace
}  // namespace assay::net::http
