#include "base/domain.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "base/file.h"
#include "base/text.h"
#include "base/url.h"

namespace assay {
namespace {

struct Row {
  const char* host;
  const char* suffix;
  const char* registrable;
  bool is_private;
};

TEST(Domain, SplitsByThePublicSuffixList) {
  constexpr Row kRows[] = {
      {"app.example.com", "com", "example.com", false},
      {"example.com", "com", "example.com", false},
      {"com", "", "", false},
      {"a.b.example.co.uk", "co.uk", "example.co.uk", false},
      {"co.uk", "co.uk", "", false},
      {"my-app.herokuapp.com", "herokuapp.com", "my-app.herokuapp.com", true},
      {"a.my-app.herokuapp.com", "herokuapp.com", "my-app.herokuapp.com", true},
      {"herokuapp.com", "herokuapp.com", "", true},
      {"owner.github.io", "github.io", "owner.github.io", true},
      {"example.unlisted-tld", "unlisted-tld", "example.unlisted-tld", false},
      {"xn--bcher-kva.example", "example", "xn--bcher-kva.example", false},
      {"localhost", "", "", false},
      {"127.0.0.1", "", "", false},
      {"[::1]", "", "", false},
      {"", "", "", false},
  };
  for (const auto& row : kRows) {
    const auto parts = split_domain(row.host);
    EXPECT_EQ(parts.public_suffix, row.suffix) << row.host;
    EXPECT_EQ(parts.registrable_domain, row.registrable) << row.host;
    EXPECT_EQ(parts.suffix_is_private, row.is_private) << row.host;
  }
}

TEST(Domain, IsUnderWholeLabels) {
  EXPECT_TRUE(is_under("example.com", "example.com"));
  EXPECT_TRUE(is_under("a.b.example.com", "example.com"));
  EXPECT_FALSE(is_under("notexample.com", "example.com"));
  EXPECT_FALSE(is_under("com", "example.com"));
  EXPECT_FALSE(is_under("example.com", ""));
}

TEST(Domain, SameSite) {
  EXPECT_TRUE(same_site("app.example.com", "www.example.com"));
  EXPECT_TRUE(same_site("127.0.0.1", "127.0.0.1"));
  EXPECT_TRUE(same_site("localhost", "localhost"));
  EXPECT_FALSE(same_site("a.herokuapp.com", "b.herokuapp.com"));
  EXPECT_FALSE(same_site("example.com", "example.org"));
  EXPECT_FALSE(same_site("127.0.0.1", "127.0.0.2"));
  EXPECT_FALSE(same_site("a.co.uk", "b.co.uk"));
}

TEST(Domain, WhomARegistryKnows) {
  constexpr const char* kRows[][2] = {
      {"app.example.com", "example.com"},
      {"example.com", "example.com"},
      {"x.herokuapp.com", "herokuapp.com"},
      {"herokuapp.com", "herokuapp.com"},
      {"bucket.s3.eu-central-1.amazonaws.com", "amazonaws.com"},
      {"app.azurewebsites.net", "azurewebsites.net"},
      {"account.blob.core.windows.net", "windows.net"},
      {"tunnel.ngrok.io", "ngrok.io"},
      {"a.b.example.co.uk", "example.co.uk"},
      {"a.b.c.kobe.jp", "b.c.kobe.jp"},
      {"x.city.kobe.jp", "city.kobe.jp"},
      {"a.www.ck", "www.ck"},
      {"a.b.ck", "a.b.ck"},
      {"a.b.unlisted-tld", "b.unlisted-tld"},
      {"_dmarc.example.com", "example.com"},
      {"co.uk", ""},
      {"com", ""},
      {"localhost", ""},
      {"127.0.0.1", ""},
      {"[::1]", ""},
      {"", ""},
  };
  for (const auto& row : kRows) EXPECT_EQ(registered_domain(row[0]), row[1]) << row[0];
}

// The vectors of the list's own project (publicsuffix.org, CC0): checkPublicSuffix('host', 'registrable' or null).
TEST(Domain, TheListsOwnVectors) {
  const auto text = read_file("tests/data/test_psl.txt", 1U << 20U);
  ASSERT_TRUE(text) << text.error().message();
  const std::regex vector(R"(^checkPublicSuffix\((null|'([^']*)'), (null|'([^']*)')\);)");
  int checked = 0;
  for (const auto line : split(*text, '\n')) {
    std::cmatch m;
    if (!std::regex_search(line.data(), line.data() + line.size(), m, vector)) continue;
    const auto normal = [](const std::string& name) { return normalise_host(name).value_or(""); };
    EXPECT_EQ(split_domain(normal(m[2])).registrable_domain, normal(m[4])) << line;
    ++checked;
  }
  EXPECT_GE(checked, 78);
}

}  // namespace
}  // namespace assay
