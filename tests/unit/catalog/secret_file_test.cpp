#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "catalog/catalog.h"
#include "catalog/files.h"

namespace assay::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string file_with(const std::string& rest) {
  return "provider: Acme\nrules:\n  - {id: acme-key, title: T, opens: O, severity: high, " + rest + "}\n";
}

std::string error_of(const std::string& text) {
  const auto rules = read_secret_rules(text, "acme.yaml");
  return rules ? "" : rules.error().message();
}

const std::string kToken = "keywords: [acme_], pattern: 'acme_[a-z]{9}', examples: ['acme_{{lower:9}}']";
const std::string kAssignment = "context: [acme], value: '[a-z]{9}', examples: ['acme={{lower:9}}']";

TEST(SecretFile, ReadsWhatItSays) {
  const auto rules = read_secret_rules(
      file_with(kToken +
                ", bounded: false, checks: [{entropy: 3.5}, {classes: [lower, digit]}, {checksum: nkey}], "
                "companions: [{rule: acme-id, within_lines: 3, required: true}], public_by_design: true, remedy: R, "
                "references: \"https://a.example/\", negatives: [x], validation: {url: \"https://a.example/me\", "
                "fields: [\"X: {{secret}}\"], valid: [200], invalid: [401, 403]}"),
      "acme.yaml");
  ASSERT_TRUE(rules) << rules.error().message();
  ASSERT_EQ(rules->size(), 1U);
  const auto& rule = rules->front();
  EXPECT_EQ(rule.provider, "Acme");
  EXPECT_EQ(rule.severity, Severity::high);
  EXPECT_THAT(rule.keywords, ElementsAre("acme_"));
  EXPECT_FALSE(rule.bounded);
  ASSERT_EQ(rule.checks.size(), 3U);
  EXPECT_EQ(rule.checks[1].argument, "lower digit");
  ASSERT_EQ(rule.companions.size(), 1U);
  EXPECT_EQ(rule.companions[0].within_lines, 3U);
  EXPECT_TRUE(rule.companions[0].required);
  EXPECT_TRUE(rule.public_by_design);
  ASSERT_TRUE(rule.validation);
  EXPECT_THAT(rule.validation->invalid, ElementsAre(401, 403));
}

TEST(SecretFile, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(error_of(file_with(kToken)), "");
  EXPECT_EQ(error_of(file_with(kAssignment)), "");
  EXPECT_THAT(error_of(file_with(kToken + ", value: x")), HasSubstr("neither a token rule nor an assignment rule"));
  EXPECT_THAT(error_of(file_with("keywords: [acme_], examples: [a]")), HasSubstr("neither a token rule"));
  EXPECT_THAT(error_of(file_with("keywords: [acm], pattern: x, examples: [a]")), HasSubstr("shorter than 4"));
  EXPECT_THAT(error_of(file_with("context: [ac], value: x, examples: [a]")), HasSubstr("shorter than 3"));
  EXPECT_THAT(error_of(file_with(kToken + ", checks: [{entrpy: 3}]")), HasSubstr("there is no check"));
  EXPECT_THAT(error_of(file_with(kToken + ", checks: [{entropy: 9}]")), HasSubstr("bits a character"));
  EXPECT_THAT(error_of(file_with(kToken + ", keyword: [b]")), HasSubstr("acme.yaml:3:"));
  EXPECT_THAT(error_of(file_with(kToken + ", validation: {url: \"http://a\", valid: [200], invalid: [401]}")),
              HasSubstr("no https URL"));
  EXPECT_THAT(error_of(file_with("keywords: [acme_], pattern: x")), HasSubstr("examples"));
  EXPECT_THAT(error_of("provider: A\nrules:\n  - {id: Acme_Key}\n"), HasSubstr("no id of a rule"));
}

TEST(SecretFile, LetsAnOperatorReplaceARuleByItsId) {
  const auto shipped = Catalog::embedded();
  ASSERT_TRUE(shipped) << shipped.error().message();
  const auto& rules = *shipped->secret_rules();
  const auto id = rules.empty() ? "own-key" : rules.front().id;
  const auto root = std::filesystem::path(testing::TempDir()) / "own_secret_rules";
  std::filesystem::create_directories(root / "secrets");
  std::ofstream(root / "secrets" / "own.yaml")
      << "provider: Own\nrules:\n  - {id: " << id << ", title: Mine, opens: O, severity: low, " << kToken << "}\n";
  const auto both = Catalog::from_directory(root.string(), true);
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_EQ(both->secret_rules()->size(), std::max<std::size_t>(1, rules.size()));
  EXPECT_EQ(both->secret_rules()->front().title, "Mine");
  const auto alone = Catalog::from_directory(root.string(), false);
  ASSERT_TRUE(alone) << alone.error().message();
  EXPECT_EQ(alone->secret_rules()->size(), 1U);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace assay::catalog
