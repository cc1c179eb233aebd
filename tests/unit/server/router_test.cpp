// Which request reaches which handler, and how targets are read.

#include "server/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::server {
namespace {

using ::testing::ElementsAre;

Router sample() {
  Router router;
  const auto add = [&](const char* name, Method method, const char* pattern) {
    const auto added = router.add(
        {.name = name, .method = method, .pattern = pattern, .handler = [](const Request&) { return Response{}; }});
    EXPECT_TRUE(added) << added.error().message();
  };
  add("any", Method::get, "/{rest*}");
  add("list", Method::get, "/apps");
  add("create", Method::post, "/apps");
  add("one", Method::get, "/apps/{app}");
  add("export", Method::get, "/apps/export");
  add("verify", Method::post, "/apps/{app}/verify");
  return router;
}

std::string name_of(const Router& router, Method method, std::string_view path) {
  const auto match = router.match(method, path);
  return match.route != nullptr ? match.route->name : "";
}

TEST(Router, FindsTheClosestPattern) {
  const Router router = sample();
  EXPECT_EQ(name_of(router, Method::get, "/apps"), "list");
  EXPECT_EQ(name_of(router, Method::post, "/apps"), "create");
  EXPECT_EQ(name_of(router, Method::get, "/apps/export"), "export");
  EXPECT_EQ(name_of(router, Method::head, "/apps/x"), "one");
  EXPECT_EQ(name_of(router, Method::get, "/some/page"), "any");
  EXPECT_EQ(router.match(Method::get, "/some/page").parameters.get("rest"), "some/page");
}

TEST(Router, OnlyARestMayEndWithASlash) {
  const Router router = sample();
  EXPECT_EQ(name_of(router, Method::get, "/apps/com.example.app/"), "any");
  EXPECT_EQ(router.match(Method::get, "/apps/com.example.app/").parameters.get("rest"), "apps/com.example.app/");
  EXPECT_EQ(name_of(router, Method::get, "/apps/"), "any");
  EXPECT_EQ(name_of(router, Method::post, "/apps/x/verify/"), "");
  for (const char* path : {"//", "//apps", "/apps//x", "/apps//"}) EXPECT_EQ(name_of(router, Method::get, path), "");
}

TEST(Router, DecodesParametersAfterSplitting) {
  const Router router = sample();
  const auto match = router.match(Method::post, "/apps/com.example%2Fa%20b/verify");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.parameters.get("app"), "com.example/a b");
}

TEST(Router, TellsWhichMethodsAPathTakes) {
  const Router router = sample();
  const auto match = router.match(Method::remove, "/apps");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_THAT(match.allowed, ElementsAre(Method::get, Method::post));
  // Not GET of the pattern that takes everything.
  EXPECT_THAT(router.match(Method::get, "/apps/x/verify").allowed, ElementsAre(Method::post));
  // What only that pattern has is not there for another method.
  for (const Method method : {Method::post, Method::put, Method::patch, Method::remove})
    EXPECT_TRUE(router.match(method, "/some/page").allowed.empty());
  EXPECT_THAT(router.match(Method::options, "/some/page").allowed, ElementsAre(Method::get));
}

TEST(Router, PathsThatNameNothing) {
  const Router router = sample();
  for (const char* path :
       {"", "apps", "//apps", "/apps/..", "/apps/%2e%2e", "/apps/%", "/apps/%zz", "/apps/%00", "/apps/%ff", "/./apps"})
    EXPECT_TRUE(router.match(Method::get, path).allowed.empty()) << path;
}

TEST(Router, RefusesRoutesThatContradict) {
  Router router = sample();
  const Handler handler = [](const Request&) { return Response{}; };
  for (const char* pattern : {"apps", "/a//b", "/{x", "/{}", "/{rest*}/more", "/apps"}) {
    EXPECT_FALSE(router.add({.name = "new", .method = Method::get, .pattern = pattern, .handler = handler})) << pattern;
  }
  EXPECT_FALSE(router.add({.name = "list", .method = Method::get, .pattern = "/other", .handler = handler}));
}

TEST(Target, IsSplitAndDecoded) {
  const auto target = parse_target("/apps/x%2Fy?filter=a+b%20c&filter=%C3%A9&flag&=v");
  ASSERT_TRUE(target) << target.error().message();
  EXPECT_EQ(target->path, "/apps/x%2Fy");
  EXPECT_THAT(target->query.all(), ElementsAre(Parameter{"filter", "a b c"}, Parameter{"filter", "é"},
                                               Parameter{"flag", ""}, Parameter{"", "v"}));
}

TEST(Target, RefusesWhatIsNotOurs) {
  for (const std::string& text :
       {std::string("*"), std::string("http://other/"), std::string("/a b"), std::string("/a#b"), std::string("/a\x80"),
        std::string("/?x=%"), std::string("/?x=%ff"), std::string("/?x=%00"), "/" + std::string(9000, 'a')})
    EXPECT_FALSE(parse_target(text)) << text.substr(0, 20);
  std::string many = "/?";
  for (int i = 0; i < 101; ++i) many += "a=1&";
  EXPECT_FALSE(parse_target(many));
}

}  // namespace
}  // namespace assay::server
