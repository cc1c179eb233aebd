#include "base/domain.h"

#include <gtest/gtest.h>

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

TEST(Domain, SameSite) {
  EXPECT_TRUE(same_site("app.example.com", "www.example.com"));
  EXPECT_TRUE(same_site("127.0.0.1", "127.0.0.1"));
  EXPECT_TRUE(same_site("localhost", "localhost"));
  EXPECT_FALSE(same_site("a.herokuapp.com", "b.herokuapp.com"));
  EXPECT_FALSE(same_site("example.com", "example.org"));
  EXPECT_FALSE(same_site("127.0.0.1", "127.0.0.2"));
  EXPECT_FALSE(same_site("a.co.uk", "b.co.uk"));
}

}  // namespace
}  // namespace assay
