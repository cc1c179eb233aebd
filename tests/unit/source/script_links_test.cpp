#include "source/script_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "source/page_links.h"

namespace assay::source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Url& base() {
  static const Url kBase = parse_url("https://app.example.com/static/js/main.js").value();
  return kBase;
}

std::vector<std::string> modules(std::string_view script) {
  std::vector<std::string> out;
  for (const auto& url : links_of_script(script, base()).modules) out.push_back(url.to_string());
  return out;
}

std::string source_map(std::string_view script) {
  const auto map = links_of_script(script, base()).source_map;
  return map ? map->to_string() : "none";
}

TEST(ScriptLinks, TakesModulesAndWorkers) {
  EXPECT_THAT(modules("import a from './a.js';import\"../b.mjs\"\nexport * from \"/c.js\";import{d}from`./d.js`\n"
                      "const e = import( \"./e.js\" ); importScripts('f.js'); new Worker('g.js?v=1');\n"
                      "new Worker(new URL(\"h.js\", import.meta.url)); import 'https://cdn.example.net/i.js'"),
              ElementsAre("https://app.example.com/static/js/a.js", "https://app.example.com/static/b.mjs",
                          "https://app.example.com/c.js", "https://app.example.com/static/js/d.js",
                          "https://app.example.com/static/js/e.js", "https://app.example.com/static/js/f.js",
                          "https://app.example.com/static/js/g.js?v=1", "https://app.example.com/static/js/h.js",
                          "https://cdn.example.net/i.js"));
}

TEST(ScriptLinks, LeavesOtherLiteralsAlone) {
  EXPECT_THAT(
      modules("import React from 'react'; const from = './no.js'; fetch('./no.js'); x['from'] = \"./no.js\";"
              "new URL('./no.png', base); import(`./no-${name}.js`); import './no no.js'; dataImport('./no.js')"),
      IsEmpty());
  EXPECT_THAT(modules("from"), IsEmpty());
  EXPECT_THAT(modules("import './never-ends.js"), ElementsAre("https://app.example.com/static/js/never-ends.js"));
  EXPECT_THAT(modules("import './" + std::string(1000, 'a') + ".js'"), IsEmpty());
}

TEST(ScriptLinks, StopsAtTheLimitAndTakesEachOnce) {
  std::string script;
  for (std::size_t i = 0; i < kMaxScriptLinks * 2; ++i) script += "import './" + std::to_string(i) + ".js';";
  EXPECT_EQ(modules(script).size(), kMaxScriptLinks);
  EXPECT_THAT(modules("import './a.js';import './a.js';"), testing::SizeIs(1));
}

TEST(ScriptLinks, FindsTheSourceMapOfTheLastComment) {
  EXPECT_EQ(source_map("a();\n//# sourceMappingURL=main.js.map\n"), "https://app.example.com/static/js/main.js.map");
  EXPECT_EQ(source_map("a();/*# sourceMappingURL=/m.map */"), "https://app.example.com/m.map");
  EXPECT_EQ(source_map("//@ sourceMappingURL=one.map\n//# sourceMappingURL=two.map"),
            "https://app.example.com/static/js/two.map");
  EXPECT_EQ(source_map("//# sourceMappingURL=data:application/json;base64,e30="), "none");
  EXPECT_EQ(source_map("log('sourceMappingURL=main.js.map')"), "none");
  EXPECT_EQ(source_map("//# sourceMappingURL="), "none");
}

TEST(SourceMap, GivesTheFilesThatItHolds) {
  const auto sources =
      sources_of_map(R"({"version":3,"sources":["webpack://acme/./src/a.js?1f","../b.js",null,"c.js"],)"
                     R"("sourcesContent":["let a;","let b;","let none;",null],"mappings":""})",
                     "main.js.map");
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->size(), 3U);
  EXPECT_EQ(sources->at(0).name, "acme/./src/a.js");
  EXPECT_EQ(sources->at(0).text, "let a;");
  EXPECT_EQ(sources->at(1).name, "b.js");
  EXPECT_EQ(sources->at(2).name, "source-3");
}

TEST(SourceMap, LooksIntoSectionsAndPastTheGuardLine) {
  const auto sources = sources_of_map(
      ")]}'\n{\"version\":3,\"sections\":[{\"map\":{\"version\":3,\"sources\":[\"s.js\"],\"sourcesContent\":[\"x\"]}},"
      "7]}",
      "a.map");
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->size(), 1U);
  EXPECT_EQ(sources->front().name, "s.js");
}

TEST(SourceMap, RefusesWhatIsNone) {
  EXPECT_FALSE(sources_of_map("<!doctype html>", "a.map"));
  EXPECT_FALSE(sources_of_map("[1]", "a.map"));
  EXPECT_FALSE(sources_of_map("{}", "a.map"));
}

TEST(PageScripts, AreWhatThePageNamesAsJavaScript) {
  std::vector<std::string> scripts;
  for (const auto& link : links_of_page(
           "<script src=a.js></script><link rel=modulepreload href=b.js><link rel=preload as=script href=c.js>"
           "<link rel=preload as=font href=d.woff><link rel=stylesheet href=e.css><a href=f.js>f</a>",
           base()))
    if (link.script) scripts.push_back(link.url.path);
  EXPECT_THAT(scripts, ElementsAre("/static/js/a.js", "/static/js/b.js", "/static/js/c.js"));
}

}  // namespace
}  // namespace assay::source
