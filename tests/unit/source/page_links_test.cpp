#include "source/page_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> urls(std::string_view html, std::string_view base = "https://app.example.com/dir/page") {
  std::vector<std::string> out;
  for (const auto& link : links_of_page(html, *parse_url(base)))
    out.push_back(link.url.to_string() + (link.runs ? " runs" : ""));
  return out;
}

TEST(PageLinks, TakesWhatABrowserWouldLoadOrFollow) {
  EXPECT_THAT(
      urls(R"(<script src="https://cdn.example.net/a.js"></script><a href='/x'>x</a><img src=//img.example.org/p>)"
           R"(<link rel="StyleSheet" href="s.css"><link rel=icon href=i.png><form action="https://pay.example">)"),
      ElementsAre("https://cdn.example.net/a.js runs", "https://app.example.com/x", "https://img.example.org/p",
                  "https://app.example.com/dir/s.css runs", "https://app.example.com/dir/i.png",
                  "https://pay.example/ runs"));
}

TEST(PageLinks, ReadsUntidyTags) {
  EXPECT_THAT(urls("<SCRIPT\n async  SRC = \"https://cdn.example.net/a.js\" /></script "
                   "><a\thref=https://b.example/?x=1&amp;y=2>"),
              ElementsAre("https://cdn.example.net/a.js runs", "https://b.example/?x=1&y=2"));
}

TEST(PageLinks, LooksNeitherIntoCommentsNorIntoScripts) {
  EXPECT_THAT(urls("<!-- <a href=https://no.example> --><script>var a = '<a href=https://no.example>';</script>"
                   "<style><a href=https://no.example></style><a href=https://yes.example>"),
              ElementsAre("https://yes.example/"));
}

TEST(PageLinks, ResolvesAgainstTheBaseElement) {
  EXPECT_THAT(urls("<base href='https://static.example.com/v1/'><script src=a.js></script>"),
              ElementsAre("https://static.example.com/v1/a.js runs"));
}

TEST(PageLinks, LeavesOutWhatIsNoWebAddress) {
  EXPECT_THAT(urls("<a href='javascript:alert(1)'><a href='mailto:a@b.example'><a href='data:text/html,x'><a href=''>"),
              IsEmpty());
}

TEST(PageLinks, EndsOnBrokenInput) {
  for (const std::string_view html :
       {"<", "<a", "<a href", "<a href=", "<a href='x", "<!--", "<script>", "<a =x =y", "</"})
    EXPECT_LE(urls(html).size(), 1U) << html;
}

TEST(PageLinks, TakesNoMoreThanItsLimit) {
  std::string html;
  for (std::size_t i = 0; i < 2 * kMaxPageLinks; ++i) html += "<a href=/x>";
  EXPECT_EQ(urls(html).size(), kMaxPageLinks);
}

TEST(CspHosts, TakesHostsOnly) {
  EXPECT_THAT(hosts_of_csp("default-src 'self' https: data: *; script-src 'nonce-abc' https://cdn.example.net:8443/js "
                           "*.Example.org cdn.example.net, frame-ancestors https://*.atlassian.net"),
              ElementsAre("cdn.example.net", "example.org", "atlassian.net"));
}

TEST(CspHosts, IgnoresDirectiveNamesAndEmptyPolicies) {
  EXPECT_THAT(hosts_of_csp(""), IsEmpty());
  EXPECT_THAT(hosts_of_csp("example.com"), IsEmpty());
  EXPECT_THAT(hosts_of_csp(";;, ;script-src"), IsEmpty());
}

}  // namespace
}  // namespace assay::source
