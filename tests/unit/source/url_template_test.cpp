#include "source/url_template.h"

#include <gtest/gtest.h>

namespace assay::source {
namespace {

Url base(std::string_view text) {
  return parse_url(text).value();
}

struct Composition {
  std::string_view base, written, id, url;
};

class Composes : public testing::TestWithParam<Composition> {};

TEST_P(Composes, AsTheProductDoes) {
  const auto& c = GetParam();
  const auto composed = compose_url(base(c.base), c.written, "com.example.app");
  ASSERT_TRUE(composed) << composed.error().message();
  EXPECT_EQ(composed->id, c.id);
  EXPECT_EQ(composed->url.to_string(), c.url);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, Composes,
    testing::Values(
        Composition{"https://a.example/app/", "/hook", "https://a.example/app/hook", "https://a.example/app/hook"},
        Composition{"https://a.example/app", "hook", "https://a.example/app/hook", "https://a.example/app/hook"},
        Composition{"https://a.example", "hook", "https://a.example/hook", "https://a.example/hook"},
        Composition{"https://a.example:8443/", "/x", "https://a.example:8443/x", "https://a.example:8443/x"},
        Composition{"https://a.example/app", "?page=1", "https://a.example/app?page=1", "https://a.example/app?page=1"},
        Composition{"https://a.example", "?page=1", "https://a.example/?page=1", "https://a.example/?page=1"},
        Composition{"https://a.example", "", "https://a.example/", "https://a.example/"},
        Composition{"https://a.example", "/p#tab", "https://a.example/p", "https://a.example/p"},
        Composition{"https://a.example", "HTTPS://B.Example:443/x", "https://b.example/x", "https://b.example/x"},
        Composition{"https://a.example", "//b.example?x", "https://b.example/?x", "https://b.example/?x"},
        Composition{"https://a.example", "/go?to=http://b.example/", "https://a.example/go?to=http://b.example/",
                    "https://a.example/go?to=http://b.example/"},
        Composition{"https://a.example", "/u/{ac.id}/x?y={z}", "https://a.example/u/{ac.id}/x?y={z}",
                    "https://a.example/u/assay/x?y=assay"},
        Composition{"https://a.example", "/{addonkey}?jwt={jwt}", "https://a.example/{addonkey}?jwt={jwt}",
                    "https://a.example/com.example.app?jwt="}));

TEST(ComposeUrl, RefusesWhatIsNoEndpoint) {
  const auto b = base("https://a.example/app");
  EXPECT_EQ(compose_url(b, "javascript:alert(1)", "k").error().code, ErrorCode::unsupported);
  EXPECT_EQ(compose_url(b, "mailto:me@a.example", "k").error().code, ErrorCode::unsupported);
  EXPECT_EQ(compose_url(b, "https://{tenant}.a.example/x", "k").error().code, ErrorCode::unsupported);
  EXPECT_EQ(compose_url(b, "https://me:pw@a.example/x", "k").error().code, ErrorCode::invalid_input);
  EXPECT_EQ(compose_url(b, "https://", "k").error().code, ErrorCode::invalid_input);
  EXPECT_EQ(compose_url(b, std::string(9000, '{'), "k").error().code, ErrorCode::limit_exceeded);
}

TEST(FillVariables, OneByOne) {
  EXPECT_EQ(fill_variables("/u/{ac.id}/x?y={z}", "k"), "/u/assay/x?y=assay");
  EXPECT_EQ(fill_variables("/i/${issue.id}?p=${project.key}", "k"), "/i/assay?p=assay");
  EXPECT_EQ(fill_variables("?c={condition.is_admin}&d={condition.entity_property_equal_to(a=b,c)}", "k"),
            "?c=true&d=true");
  EXPECT_EQ(fill_variables("{{name}}/{ user.key }", "k"), "assay/assay");
  EXPECT_EQ(fill_variables("{addonKey}", "a b"), "a%20b");
  EXPECT_EQ(fill_variables("/open{/close}/{}x}", "k"), "/openassay/{}x}");
  EXPECT_EQ(fill_variables("no $variable", "k"), "no $variable");
}

TEST(BasePlaceholder, OfBothFrameworks) {
  EXPECT_EQ(replace_base_placeholder("{{localBaseUrl}}/x", "https://a.example"), "https://a.example/x");
  EXPECT_EQ(replace_base_placeholder("${addon.base-url}", "https://a.example"), "https://a.example");
  EXPECT_EQ(replace_base_placeholder("https://a.example/{project.key}", "x"), std::nullopt);
}

}  // namespace
}  // namespace assay::source
