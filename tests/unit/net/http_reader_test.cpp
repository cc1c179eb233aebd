#include "net/http/response_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "base/text.h"
#include "malformed/corpus.h"

namespace assay::net::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;
using namespace std::string_view_literals;

Result<Response> read(std::string_view bytes, EndOfBytes end, std::size_t portion, const ReaderLimits& limits = {},
                      bool head = false) {
  ResponseReader reader(head, limits);
  for (std::size_t at = 0; at < bytes.size(); at += portion) reader.feed(bytes.substr(at, portion));
  reader.finish(end);
  EXPECT_TRUE(reader.done());
  return reader.take();
}

Result<Response> read(std::string_view bytes) {
  return read(bytes, EndOfBytes::closed, bytes.size());
}

EndOfBytes end_of(const malformed::Case& c) {
  if (c.end == "reset") return EndOfBytes::reset;
  return c.end == "wait" ? EndOfBytes::timeout : EndOfBytes::closed;
}

void expect_as_told(const malformed::Case& c, const Result<Response>& got) {
  const auto& expect = c.expect;
  if (expect.contains("error")) {
    ASSERT_FALSE(got) << "status " << got->status;
    EXPECT_EQ(to_string(got.error().code), expect.at("error").get<std::string>()) << got.error().message();
    return;
  }
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->status, expect.at("status").get<int>());
  EXPECT_EQ(field_value(got->fields, malformed::kField).value_or("") == malformed::kValue,
            expect.at("hsts").get<bool>());
  EXPECT_EQ(got->complete, expect.at("complete").get<bool>());
  if (expect.contains("body")) {
    EXPECT_EQ(got->body, expect.at("body").get<std::string>());
  }
  EXPECT_THAT(got->anomalies, UnorderedElementsAreArray(expect.at("anomalies").get<std::vector<std::string>>()));
}

TEST(HttpReader, ReadsTheCorpusAsToldHoweverItIsPortioned) {
  int read_whole = 0;
  for (const auto& c : malformed::load_corpus()) {
    SCOPED_TRACE(c.name);
    const auto bytes = malformed::wire_bytes(c);
    const auto whole = read(bytes, end_of(c), std::max<std::size_t>(bytes.size(), 1));
    expect_as_told(c, whole);
    if (whole && field_value(whole->fields, malformed::kField)) ++read_whole;
    for (const std::size_t portion : {1U, 7U, 4096U}) {
      SCOPED_TRACE(portion);
      expect_as_told(c, read(bytes, end_of(c), portion));
    }
  }
  EXPECT_EQ(read_whole, 104);
}

TEST(HttpReader, CorpusShowsEveryAnomalyCode) {
  std::set<std::string> shown = {std::string(anomaly::kBodyStopped)};  // ours alone: see the test below
  for (const auto& c : malformed::load_corpus()) {
    for (const auto& code : c.expect.value("anomalies", Json::array())) shown.insert(code);
  }
  const std::set<std::string> known(anomaly::kAll.begin(), anomaly::kAll.end());
  EXPECT_EQ(shown, known);
}

TEST(HttpReader, DocumentListsEveryAnomalyCode) {
  std::ifstream file("docs/http-reader.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const auto code : anomaly::kAll) EXPECT_THAT(text, HasSubstr("`" + std::string(code) + "`"));
}

TEST(HttpReader, CorpusHasUniqueNames) {
  std::set<std::string> names;
  for (const auto& c : malformed::load_corpus()) EXPECT_TRUE(names.insert(c.name).second) << c.name;
  EXPECT_GE(names.size(), 70U);
}

TEST(HttpReader, ReadsAPlainResponse) {
  const auto r =
      read("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nSet-Cookie: a=b\r\nset-cookie:  c=d \r\n\r\nno\n");
  ASSERT_TRUE(r);
  EXPECT_EQ(r->status, 404);
  EXPECT_EQ(r->version, "HTTP/1.1");
  EXPECT_EQ(r->reason, "Not Found");
  EXPECT_EQ(r->body, "no\n");
  EXPECT_THAT(field_values(r->fields, "Set-Cookie"), ElementsAre("a=b", "c=d"));
  EXPECT_EQ(r->fields[2].name, "set-cookie");
  EXPECT_TRUE(r->reusable);
  EXPECT_TRUE(r->complete);
  EXPECT_TRUE(r->head_complete);
  EXPECT_FALSE(r->truncated);
  EXPECT_TRUE(r->anomalies.empty());
}

TEST(HttpReader, IsDoneAtTheLastByteOfTheMessage) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  ResponseReader reader;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(reader.done()) << i;
    reader.feed(bytes.substr(i, 1));
  }
  EXPECT_TRUE(reader.done());
}

TEST(HttpReader, ConnectionIsReusedOnlyWithoutDoubt) {
  const auto reusable = [](const std::string& bytes) {
    const auto r = read(bytes);
    return r && r->reusable;
  };
  EXPECT_TRUE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(reusable("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(reusable("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(reusable("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(reusable("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n"));
  EXPECT_FALSE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"));
  EXPECT_FALSE(reusable("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
}

TEST(HttpReader, HeadHasNoBodyWhateverItsLength) {
  const auto r = read("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", EndOfBytes::timeout, 10, {}, true);
  ASSERT_TRUE(r);
  EXPECT_TRUE(r->complete);
  EXPECT_TRUE(r->reusable);
}

TEST(HttpReader, CutHeadSaysSo) {
  const auto r = read("HTTP/1.1 200 OK\r\nA: b\r\nC: d");
  ASSERT_TRUE(r);
  EXPECT_FALSE(r->head_complete);
  EXPECT_FALSE(r->complete);
  EXPECT_TRUE(r->truncated);
  ASSERT_EQ(r->fields.size(), 1U);
}

TEST(HttpReader, StoppedBodySaysSo) {
  const auto r = read("HTTP/1.1 200 OK\r\n\r\npart", EndOfBytes::stopped, 100);
  ASSERT_TRUE(r);
  EXPECT_THAT(r->anomalies, ElementsAre("body-stopped"));
  EXPECT_EQ(r->body, "part");
  EXPECT_FALSE(r->complete);
  const auto early = read("HTTP/1.1 200 OK\r\nA", EndOfBytes::stopped, 100);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::cancelled);
}

TEST(HttpReader, ReplacesWhatAFieldMustNotHold) {
  const auto r = read("HTTP/1.1 200 OK\r\nA: x\0y\rz\r\nB: \xFF\r\nC: one\r\n  two\r\n\r\n"sv);
  ASSERT_TRUE(r);
  EXPECT_EQ(field_value(r->fields, "A"), "x y z");
  EXPECT_EQ(field_value(r->fields, "B"), "\xEF\xBF\xBD");
  EXPECT_EQ(field_value(r->fields, "C"), "one two");
}

TEST(HttpReader, NotHttpShowsHowItBegins) {
  const auto r = read("220 mail.example ESMTP\x1b[2J\r\n");
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, ErrorCode::protocol);
  EXPECT_THAT(r.error().reason, HasSubstr("220 mail.example ESMTP"));
  EXPECT_TRUE(is_valid_utf8(r.error().reason));
  EXPECT_EQ(r.error().reason.find('\x1b'), std::string::npos);
}

TEST(HttpReader, LimitsAreTheCallers) {
  ReaderLimits limits;
  limits.body_bytes = 4;
  const auto exact = read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", EndOfBytes::closed, 100, limits);
  ASSERT_TRUE(exact);
  EXPECT_TRUE(exact->complete);
  const auto over = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
                         EndOfBytes::closed, 100, limits);
  ASSERT_TRUE(over);
  EXPECT_EQ(over->body, "abcd");
  EXPECT_TRUE(over->truncated);
  EXPECT_THAT(over->anomalies, ElementsAre("body-limit"));
  const auto chunked = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
                            EndOfBytes::closed, 100, limits);
  ASSERT_TRUE(chunked);
  EXPECT_TRUE(chunked->complete);
}

TEST(HttpDecode, BombStopsAtTheRatioBeforeTheByteLimit) {
  for (const auto& c : malformed::load_corpus()) {
    if (c.name != "coding-bomb") continue;
    const auto out = decode_content("gzip", c.parts.at(1).bytes, {});
    EXPECT_TRUE(out.limited);
    EXPECT_LE(out.body.size(), 2U << 20U);
    DecodeLimits tight;
    tight.max_ratio = 10;
    tight.ratio_from = 1000;
    EXPECT_LE(decode_content("gzip", c.parts.at(1).bytes, tight).body.size(), 32U << 10U);
  }
}

TEST(HttpDecode, ShortAndEmptyDataAreLeftAlone) {
  EXPECT_EQ(decode_content("gzip", "").body, "");
  const auto one = decode_content("gzip", "A");
  EXPECT_TRUE(one.mismatch);
  EXPECT_EQ(one.body, "A");
}

}  // namespace
}  // namespace assay::net::http
