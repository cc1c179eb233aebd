#include "base/url.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

std::string parsed(std::string_view text) {
  const auto url = parse_url(text);
  return url ? url->to_string() : "error: " + url.error().reason;
}

struct Pair {
  const char* in;
  const char* out;
};

TEST(Url, IsReadAsBrowsersReadIt) {
  constexpr Pair kPairs[] = {
      {"https://app.example.com", "https://app.example.com/"},
      {"HTTPS://App.Example.COM/Path", "https://app.example.com/Path"},
      {"https://app.example.com:443/", "https://app.example.com/"},
      {"http://app.example.com:80/", "http://app.example.com/"},
      {"https://app.example.com:80/", "https://app.example.com:80/"},
      {"https://app.example.com:/", "https://app.example.com/"},
      {"https://app.example.com:00443/", "https://app.example.com/"},
      {"  https://app.example.com/ \n", "https://app.example.com/"},
      {"https://app.exa\tmple.com/a\nb", "https://app.example.com/ab"},
      {"https:\\\\app.example.com\\a\\b", "https://app.example.com/a/b"},
      {"https:/app.example.com/", "https://app.example.com/"},
      {"https:app.example.com", "https://app.example.com/"},
      {"https://app.example.com?x=1", "https://app.example.com/?x=1"},
      {"https://app.example.com/?x=1#top", "https://app.example.com/?x=1"},
      {"https://app.example.com#top", "https://app.example.com/"},
      {"https://app.example.com./", "https://app.example.com/"},
      {"https://user:pw@app.example.com/", "https://app.example.com/"},
      {"https://a@b@app.example.com/", "https://app.example.com/"},
      {"https://app.example.com/a b\"<>`{}", "https://app.example.com/a%20b%22%3C%3E%60%7B%7D"},
      {"https://app.example.com/ü?ü", "https://app.example.com/%C3%BC?%C3%BC"},
      {"https://app.example.com/%7Euser%2F", "https://app.example.com/%7Euser%2F"},
      {"https://under_score.example.com/", "https://under_score.example.com/"},
      {"https://-hyphen.example.com/", "https://-hyphen.example.com/"},
      {"https://localhost:8443/x", "https://localhost:8443/x"},
      {"mailto:a@b.example", "mailto:a@b.example"},
      {"file:///etc/passwd", "file:/etc/passwd"},
      {"javascript:alert(1)", "javascript:alert(1)"},
  };
  for (const auto& pair : kPairs) EXPECT_EQ(parsed(pair.in), pair.out) << pair.in;
}

TEST(Url, HostsAreNormalised) {
  constexpr Pair kPairs[] = {
      // IDNA, UTS #46 non-transitional.
      {"http://bücher.example/", "http://xn--bcher-kva.example/"},
      {"http://BÜCHER.example/", "http://xn--bcher-kva.example/"},
      {"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"},
      {"http://faß.example/", "http://xn--fa-hia.example/"},
      {"http://日本語。example/", "http://xn--wgv71a119e.example/"},
      {"http://ｅｘａｍｐｌｅ.com/", "http://example.com/"},
      {"http://%65xample.com/", "http://example.com/"},
      // Every spelling of an IPv4 address.
      {"http://127.1/", "http://127.0.0.1/"},
      {"http://0x7f.1/", "http://127.0.0.1/"},
      {"http://0x7F000001/", "http://127.0.0.1/"},
      {"http://2130706433/", "http://127.0.0.1/"},
      {"http://017700000001/", "http://127.0.0.1/"},
      {"http://192.168.257/", "http://192.168.1.1/"},
      {"http://0x/", "http://0.0.0.0/"},
      {"http://１２７.０.０.１/", "http://127.0.0.1/"},
      {"http://1.2.3.4./", "http://1.2.3.4/"},
      {"http://1.2.3.example/", "http://1.2.3.example/"},
      // IPv6, compressed.
      {"http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"},
      {"http://[2001:DB8::0:1]:8080/", "http://[2001:db8::1]:8080/"},
      {"http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/"},
  };
  for (const auto& pair : kPairs) EXPECT_EQ(parsed(pair.in), pair.out) << pair.in;
}

TEST(Url, ErrorsSayWhy) {
  const auto reason = [](std::string_view text) { return parse_url(text).error().reason; };
  EXPECT_EQ(reason(""), "is no absolute URL");
  EXPECT_EQ(reason("app.example.com"), "is no absolute URL");
  EXPECT_EQ(reason("/path"), "is no absolute URL");
  EXPECT_EQ(reason("1http://x/"), "is no absolute URL");
  EXPECT_EQ(reason("https://"), "the URL has no host");
  EXPECT_EQ(reason("https://:8080/"), "the URL has no host");
  EXPECT_EQ(reason("https://a:65536/"), "the port \"65536\" is no number below 65536");
  EXPECT_EQ(reason("https://a:-1/"), "the port \"-1\" is no number below 65536");
  EXPECT_EQ(reason("https://a:8o/"), "the port \"8o\" is no number below 65536");
  for (const auto* text : {"http://a b/", "http://a<b/", "http://a|b/", "http://a%00b/", "http://a%2fb/",
                           "http://a..b/", "http://[::1/", "http://[::1%25lo]/", "http://[1.2.3.4]/",
                           "http://256.1.1.1/", "http://1.2.3.4.5/", "http://09/", "http://a.0x100000000/"})
    EXPECT_FALSE(parse_url(text)) << text;
  EXPECT_FALSE(parse_url("http://" + std::string(64, 'a') + ".example/"));
  std::string labels;
  for (int i = 0; i < 130; ++i) labels += "a.";
  EXPECT_FALSE(parse_url("http://" + labels + "example/"));
  const auto long_one = parse_url("http://a/" + std::string(9000, 'x'));
  ASSERT_FALSE(long_one);
  EXPECT_EQ(long_one.error().code, ErrorCode::limit_exceeded);
  EXPECT_LT(long_one.error().message().size(), 300U);
}

TEST(Url, PartsAreApart) {
  const auto url = parse_url("https://user@App.Example.com:8443/a/./b/../c?x=1&y=%20#f").value();
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "app.example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a/c");
  EXPECT_EQ(url.query, "x=1&y=%20");
  EXPECT_TRUE(url.has_userinfo);
  EXPECT_EQ(url.origin(), "https://app.example.com:8443");
  EXPECT_EQ(url.target(), "/a/c?x=1&y=%20");
  EXPECT_EQ(url.effective_port(), 8443);
  EXPECT_EQ(parse_url("https://a/")->effective_port(), 443);
  EXPECT_EQ(parse_url("http://a/")->effective_port(), 80);
  EXPECT_FALSE(parse_url("https://a/")->has_userinfo);
  EXPECT_TRUE(parse_url("https://1.2.3.4/")->host_is_ip());
  EXPECT_TRUE(parse_url("https://[::1]/")->host_is_ip());
  EXPECT_FALSE(parse_url("https://a.example/")->host_is_ip());
  EXPECT_EQ(parse_url("http://a/?")->query, "");
  EXPECT_EQ(parse_url("http://a/")->query, std::nullopt);
}

TEST(Url, DotSegmentsAreRemoved) {
  constexpr Pair kPairs[] = {
      {"/a/b/../c", "/a/c"}, {"/a/./b", "/a/b"},   {"/..", "/"},          {"/../../a", "/a"},  {"/a/..", "/"},
      {"/a/b/..", "/a/"},    {"/a/.", "/a/"},      {"/a/%2e%2E/b", "/b"}, {"/a/.%2e/b", "/b"}, {"/a//b", "/a//b"},
      {"/a/b/", "/a/b/"},    {"/.../a", "/.../a"}, {"/a/..b", "/a/..b"},  {"/%2e/a", "/a"},    {"", "/"},
  };
  for (const auto& pair : kPairs) EXPECT_EQ(parse_url(std::string("http://a") + pair.in)->path, pair.out) << pair.in;
}

TEST(Url, ReferencesAreResolved) {
  // RFC 3986 §5.4.1 and §5.4.2, without fragments, and what the WHATWG standard adds.
  const auto base = parse_url("http://a/b/c/d;p?q").value();
  constexpr Pair kPairs[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"./../g", "http://a/b/g"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"https://h:8443/x", "https://h:8443/x"},
      {"\\\\evil.example\\x", "http://evil.example/x"},
      {"/\\evil.example/x", "http://evil.example/x"},
      {"//127.1/x", "http://127.0.0.1/x"},
      {"file:///etc/passwd", "file:/etc/passwd"},
  };
  for (const auto& pair : kPairs) {
    const auto url = resolve_url(base, pair.in);
    ASSERT_TRUE(url) << pair.in;
    EXPECT_EQ(url->to_string(), pair.out) << pair.in;
  }
  EXPECT_FALSE(resolve_url(base, "//"));
  EXPECT_FALSE(resolve_url(base, "http://[::1"));
}

TEST(Url, UserInformationIsNotInherited) {
  const auto base = parse_url("http://user@a/").value();
  EXPECT_FALSE(resolve_url(base, "/x")->has_userinfo);
  EXPECT_TRUE(resolve_url(base, "//user@b/")->has_userinfo);
}

TEST(Url, Ipv4Numbers) {
  EXPECT_EQ(parse_ipv4_number("127.0.0.1"), 0x7F000001U);
  EXPECT_EQ(parse_ipv4_number("0x7f.1"), 0x7F000001U);
  EXPECT_EQ(parse_ipv4_number("0"), 0U);
  EXPECT_EQ(parse_ipv4_number("4294967295"), 0xFFFFFFFFU);
  for (const auto* text :
       {"", ".", "4294967296", "1.2.3.256", "256.1", "1.16777216", "08", "a", "1..2", "1.2.3.4.5", "-1", "+1", "1e3"})
    EXPECT_EQ(parse_ipv4_number(text), std::nullopt) << text;
}

TEST(Url, PercentEncoding) {
  EXPECT_EQ(percent_encode("a b/ü~-._"), "a%20b%2F%C3%BC~-._");
  EXPECT_EQ(percent_decode("a%20b%2f%zz%4"), "a b/%zz%4");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

}  // namespace
}  // namespace assay
