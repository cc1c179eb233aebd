// What our server demands of a request's head, and how it writes its own.

#include "server/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

int status_of_head(const std::string& head) {
  const auto refusal = check_raw_head(head);
  return refusal ? refusal->status : 0;
}

TEST(RequestHead, TakesWhatIsWellFormed) {
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nHost: a\r\nX-Y:\t1\r\n\r\n"), 0);
  EXPECT_EQ(status_of_head("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(RequestHead, RefusesWhatParsersReadDifferently) {
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head(std::string("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", 29)), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\n: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nnonsense\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of_head("GET /\r\n\r\n"), 505);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 101; ++i) many += "X: 1\r\n";
  EXPECT_EQ(status_of_head(many + "\r\n"), 431);
}

Headers headers(std::initializer_list<Parameter> fields) {
  Headers all;
  for (const auto& field : fields) all.add(field.name, field.value);
  return all;
}

int status_of_framing(std::initializer_list<Parameter> fields, bool version_1_0 = false) {
  const auto framing = check_framing(version_1_0, headers(fields));
  return framing ? 0 : framing.error().status;
}

TEST(Framing, KnowsHowTheBodyEnds) {
  const auto chunked = check_framing(false, headers({{"Host", "a"}, {"Transfer-Encoding", "Chunked"}}));
  ASSERT_TRUE(chunked);
  EXPECT_TRUE(chunked->chunked);
  EXPECT_TRUE(chunked->keep_alive);
  const auto length = check_framing(
      false,
      headers(
          {{"Host", "[::1]:80"}, {"Content-Length", "12"}, {"Connection", "x, Close"}, {"Expect", "100-continue"}}));
  ASSERT_TRUE(length);
  EXPECT_EQ(length->length, 12U);
  EXPECT_FALSE(length->keep_alive);
  EXPECT_TRUE(length->expects_continue);
}

TEST(Framing, RefusesWhatSmugglesRequests) {
  EXPECT_EQ(status_of_framing({}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a"}, {"Host", "a"}}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a b"}}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a/b"}}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a:b"}}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a"}, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a"}, {"Content-Length", "1"}, {"Content-Length", "1"}}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a"}, {"Content-Length", "+1"}}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a"}, {"Content-Length", "1, 1"}}), 400);
  EXPECT_EQ(status_of_framing({{"Host", "a"}, {"Transfer-Encoding", "xchunked"}}), 501);
  EXPECT_EQ(status_of_framing({{"Host", "a"}, {"Transfer-Encoding", "gzip, chunked"}}), 501);
  EXPECT_EQ(status_of_framing({{"Host", "a"}, {"Expect", "miracles"}}), 417);
  EXPECT_EQ(status_of_framing({{"Transfer-Encoding", "chunked"}}, true), 400);
  EXPECT_EQ(status_of_framing({}, true), 0);
}

TEST(ResponseHead, CannotBeSplit) {
  Response response = text_response(200, "");
  response.with("X-Echo", "a\r\nSet-Cookie: b");
  const std::string head = response_head(response, 0, false, true, Time{});
  EXPECT_THAT(head, HasSubstr("X-Echo: aSet-Cookie: b\r\n"));
  EXPECT_THAT(head, HasSubstr("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Connection")));
}

}  // namespace
}  // namespace assay::server
