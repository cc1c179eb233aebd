#include "catalog/packed_rules.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/file.h"
#include "catalog/catalog.h"
#include "catalog/files.h"

namespace assay::catalog {
namespace {

TEST(PackedRules, AreThoseOfTheFiles) {
  std::map<std::string, std::vector<SecretRule>> read;
  for (const auto& entry : std::filesystem::directory_iterator("catalog/secrets")) {
    const auto text = read_file(entry.path().string(), 1U << 20U);
    ASSERT_TRUE(text) << text.error().message();
    auto rules = read_secret_rules(*text, entry.path().string());
    ASSERT_TRUE(rules) << rules.error().message();
    read["secrets/" + entry.path().filename().string()] = std::move(*rules);
  }
  const auto packed = unpack(embedded_secret_rules());
  ASSERT_EQ(packed.size(), read.size());
  std::size_t count = 0;
  for (const auto& file : packed) {
    EXPECT_EQ(file.rules, read[file.path]) << file.path;
    count += file.rules.size();
  }
  const auto catalog = Catalog::embedded();
  ASSERT_TRUE(catalog) << catalog.error().message();
  EXPECT_EQ(catalog->secret_rules()->size(), count) << "an id stands twice";
}

TEST(PackedRules, KeepEveryField) {
  SecretRule rule{.id = "a-b", .provider = "1 2", .title = "", .opens = "x\ny", .severity = Severity::critical};
  rule.keywords = {"abcd", ""};
  rule.pattern = "(?P<secret>\xC3\xA4)";
  rule.context = {"c"};
  rule.value = "v";
  rule.bounded = false;
  rule.checks = {{"entropy", "3.5"}};
  rule.companions = {{.rule = "c-d", .within_lines = 3, .required = true}};
  rule.public_by_design = true;
  rule.remedy = "r";
  rule.references = "https://a https://b";
  rule.validation = SecretValidation{
      .method = "POST", .url = "https://a", .fields = {"F: {{secret}}"}, .body = "b", .valid = {200}, .invalid = {401}};
  rule.examples = {"e"};
  rule.negatives = {"n", "m"};
  const auto files = unpack(pack({{"secrets/a.yaml", {rule, {}}}}));
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.front().path, "secrets/a.yaml");
  EXPECT_EQ(files.front().rules, (std::vector<SecretRule>{rule, {}}));
}

}  // namespace
}  // namespace assay::catalog
