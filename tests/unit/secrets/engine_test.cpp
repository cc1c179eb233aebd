#include "secrets/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "unit/secrets/template.h"

namespace assay::secrets {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

SecretRule token_rule() {
  SecretRule rule{.id = "acme-token", .provider = "Acme", .title = "T", .opens = "O"};
  rule.keywords = {"acme_"};
  rule.pattern = "acme_[0-9A-Za-z]{36}";
  rule.checks = {{"checksum", "crc32-base62"}};
  return rule;
}

SecretRule assignment_rule() {
  SecretRule rule{.id = "beta-key", .provider = "Beta", .title = "T", .opens = "O"};
  rule.context = {"beta cloud", "aws"};
  rule.value = "[0-9a-f]{32}";
  return rule;
}

std::shared_ptr<const Engine> engine_of(std::vector<SecretRule> rules) {
  auto engine = Engine::build(std::move(rules));
  if (!engine) throw std::runtime_error(engine.error().message());
  return *engine;
}

const Engine& engine() {
  static const auto kEngine = engine_of({token_rule(), assignment_rule()});
  return *kEngine;
}

std::vector<Hit> scan(const Engine& e, std::string_view text, std::string_view path = {}) {
  Engine::Scratch scratch(e);
  std::vector<Hit> hits;
  e.scan(text, {path}, scratch, hits);
  return hits;
}

std::vector<Hit> scan(std::string_view text, std::string_view path = {}) {
  return scan(engine(), text, path);
}

std::string token(std::uint64_t seed = 1) {
  return fill_template("acme_{{base62:30}}{{crc32-base62}}", seed);
}

std::string utf16(std::string_view s, bool big) {
  std::string out;
  for (const char c : s) out += big ? std::string{'\0', c} : std::string{c, '\0'};
  return out;
}

std::string escaped(std::string_view s, std::string_view opening) {
  std::string out;
  for (const char c : s) out += std::string(opening) + to_hex(as_bytes(std::string_view(&c, 1)));
  return out;
}

struct Encoding {
  std::string name;
  std::function<std::string(const std::string&)> encode;
  std::vector<std::string_view> expected;
};

std::vector<Encoding> encodings() {
  const auto base64 = [](const std::string& s) { return to_base64(as_bytes(s)); };
  const auto hex = [](const std::string& s) { return to_hex(as_bytes(s)); };
  return {{"plain", [](const std::string& s) { return s; }, {}},
          {"base64", base64, {"base64"}},
          {"base64url", [](const std::string& s) { return to_base64url(as_bytes(s)); }, {"base64"}},
          {"hex", hex, {"hex"}},
          {"percent", [](const std::string& s) { return escaped(s, "%"); }, {"percent"}},
          {"json-u", [](const std::string& s) { return escaped(s, "\\u00"); }, {"json"}},
          {"json-x", [](const std::string& s) { return escaped(s, "\\x"); }, {"json"}},
          {"utf-16le", [](const std::string& s) { return utf16(s, false); }, {"utf-16"}},
          {"utf-16be", [](const std::string& s) { return utf16(s, true); }, {"utf-16"}},
          {"base64 of base64", [=](const std::string& s) { return base64(base64(s)); }, {"base64", "base64"}},
          {"base64 of utf-16", [=](const std::string& s) { return base64(utf16(s, false)); }, {"base64", "utf-16"}},
          {"hex of base64", [=](const std::string& s) { return hex(base64(s)); }, {"hex", "base64"}}};
}

// Moving a secret through encodings and offsets keeps it found, in its place.
TEST(SecretEngine, FindsASecretInEachEncodingAtEachOffset) {
  constexpr std::size_t kOffsets = 70;
  const auto secret = token();
  for (const auto& encoding : encodings())
    for (std::size_t offset = 0; offset <= kOffsets; ++offset) {
      const auto before = std::string(offset, ' ') + "\"";
      const auto form = encoding.encode("a = " + secret + " ; b");
      const auto text = before + form + "\" end\n";
      const auto hits = scan(text);
      ASSERT_EQ(hits.size(), 1U) << encoding.name << " at " << offset;
      EXPECT_EQ(hits[0].secret, secret);
      EXPECT_EQ(hits[0].encodings, encoding.expected) << encoding.name;
      EXPECT_EQ(hits[0].confidence, Confidence::high);
      EXPECT_GE(hits[0].begin, before.size()) << encoding.name;
      EXPECT_LE(hits[0].end, before.size() + form.size()) << encoding.name;
      if (encoding.expected.empty()) {
        EXPECT_EQ(text.substr(hits[0].begin, hits[0].end - hits[0].begin), secret);
      }
    }
}

TEST(SecretEngine, TellsWhereTheEncodedFormStands) {
  const auto secret = token();
  const auto text = "x: \"" + escaped("k=" + secret, "%") + "\"";
  const auto hits = scan(text);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(text.substr(hits[0].begin, hits[0].end - hits[0].begin), escaped(secret, "%"));
  const auto base64 = to_base64(as_bytes("abc" + std::string(12, ' ') + secret));
  const auto in_base64 = scan(base64);
  ASSERT_EQ(in_base64.size(), 1U);
  EXPECT_EQ(in_base64[0].begin, 20U);  // 15 bytes before it are 20 characters
  EXPECT_THAT(from_base64(base64.substr(in_base64[0].begin)),
              ::testing::Truly([&](const auto& bytes) { return bytes && as_text(*bytes).starts_with(secret); }));
}

TEST(SecretEngine, FindsBase64ThatIsWrapped) {
  const auto form = to_base64(as_bytes(std::string(100, 'x') + " key " + token() + " " + std::string(100, 'y')));
  std::string wrapped = "data: |\n";
  for (std::size_t i = 0; i < form.size(); i += 64) wrapped += "    " + form.substr(i, 64) + "\n";
  const auto hits = scan(wrapped);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].secret, token());
}

// The search goes in steps; a secret on the seam of two is found once.
TEST(SecretEngine, FindsASecretAcrossTheSeamsOfItsSteps) {
  constexpr std::size_t kStep = 1U << 20U;
  const auto secret = token();
  for (std::size_t at = kStep - secret.size() - 2; at <= kStep + 2; ++at) {
    const auto text = std::string(at, '\n') + secret + std::string(10, '\n');
    const auto hits = scan(text);
    ASSERT_EQ(hits.size(), 1U) << at;
    EXPECT_EQ(hits[0].begin, at);
  }
}

TEST(SecretEngine, BoundsSecretsByWhatIsNoLetter) {
  const auto secret = token();
  EXPECT_TRUE(scan("x" + secret).empty());
  EXPECT_TRUE(scan(secret + "_y").empty());
  for (const std::string before : {"\\n", "%3D", "\\u003d", "\\x3d", "=", "\""})
    EXPECT_EQ(scan(before + secret + "\\n").size(), 1U) << before;
}

TEST(SecretEngine, DistrustsAWrongChecksum) {
  auto secret = token();
  secret.back() = secret.back() == 'a' ? 'b' : 'a';
  const auto hits = scan(secret);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].confidence, Confidence::low);
  EXPECT_THAT(hits[0].reasons, Contains("checksum-wrong"));
}

TEST(SecretEngine, FindsContextWordsHoweverTheyAreWritten) {
  const auto value = fill_template("{{hex:32}}", 3);
  for (const std::string line : {"BETA_CLOUD_KEY=", "betaCloudKey: '", "beta-cloud.key = \"", "<betacloud>",
                                 "beta.cloud: ", "connect(\"beta cloud\", key=\"", "MY_AWS_KEY=", "awsKey = '"}) {
    const auto hits = scan(line + value);
    ASSERT_EQ(hits.size(), 1U) << line;
    EXPECT_EQ(hits[0].rule->id, "beta-key");
  }
  EXPECT_TRUE(scan("laws = " + value).empty());
  EXPECT_TRUE(scan("beta cloud\nkey = " + value).empty());
}

TEST(SecretEngine, LowersItsConfidenceInTestsAndSamples) {
  const auto secret = token();
  const auto confidence = [&](const char* path) { return scan(secret, path).at(0).confidence; };
  EXPECT_EQ(confidence("src/main.py"), Confidence::high);
  EXPECT_EQ(confidence("tests/data/main.py"), Confidence::low);
  EXPECT_EQ(confidence("src/token_test.go"), Confidence::low);
  EXPECT_EQ(confidence("config/.env.example"), Confidence::low);
  EXPECT_EQ(confidence("README.md"), Confidence::medium);
  EXPECT_EQ(scan("/**\n * " + secret + "\n */", "src/main.ts").at(0).confidence, Confidence::low);
  EXPECT_THAT(scan(secret, "test/a.js").at(0).reasons, Contains("test-path"));
}

TEST(SecretEngine, AsksForRequiredCompanionsNearby) {
  auto rules = std::vector{token_rule(), assignment_rule()};
  rules[1].companions = {{.rule = "acme-token", .within_lines = 2, .required = true}};
  const auto with = engine_of(std::move(rules));
  const auto value = "aws_ref=" + fill_template("{{hex:32}}", 4);
  EXPECT_TRUE(scan(*with, value).empty());
  const auto near = scan(*with, token() + "\n\n" + value);
  ASSERT_EQ(near.size(), 2U);
  EXPECT_THAT(near[1].reasons, Contains("companion-near"));
  EXPECT_EQ(scan(*with, token() + "\n\n\n" + value).size(), 1U);
}

TEST(SecretEngine, SuppressesWhatIsMeantForBrowsers) {
  auto rule = token_rule();
  rule.public_by_design = true;
  const auto hits = scan(*engine_of({rule}), token());
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].suppressed, "public-by-design");
}

TEST(SecretEngine, SaysTheSameOnAnyNumberOfThreads) {
  std::string text;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    text += fill_template(
        "x = acme_{{base62:30}}{{crc32-base62}}\npassword: \"{{base62:14}}\"\nd={{b64:acme_{{base62:36}} }}\n", seed);
  const auto described = [](const std::vector<Hit>& hits) {
    std::string all;
    for (const auto& hit : hits)
      all += hit.rule->id + std::to_string(hit.begin) + "-" + std::to_string(hit.end) + hit.secret + hit.suppressed +
             std::to_string(hit.score) + "\n";
    return all;
  };
  const auto expected = described(scan(text));
  EXPECT_THAT(expected, HasSubstr("generic-assignment"));
  std::vector<std::string> found(20);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Engine::Scratch scratch(engine());
      for (std::size_t run = t; run < found.size(); run += 4) {
        std::vector<Hit> hits;
        engine().scan(text, {}, scratch, hits);
        found[run] = described(hits);
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& one : found) EXPECT_EQ(one, expected);
}

TEST(SecretEngine, TakesTextOfAnyBytes) {
  std::string all;
  for (int round = 0; round < 300; ++round)
    for (int c = 0; c < 256; ++c) all += static_cast<char>((c * 7 + round) % 256);
  EXPECT_TRUE(scan(all).empty());
  EXPECT_TRUE(scan("").empty());
  EXPECT_TRUE(scan(std::string(100000, '\0')).empty());
  EXPECT_TRUE(scan(std::string(100000, '%')).empty());
  EXPECT_TRUE(scan(std::string(100000, 'A')).empty());
}

TEST(SecretEngine, RefusesRulesThatCannotWork) {
  const auto error_of = [](SecretRule rule) {
    const auto engine = Engine::build({std::move(rule)});
    return engine ? "" : engine.error().message();
  };
  auto rule = token_rule();
  rule.pattern = "acme_(?=x)";
  EXPECT_THAT(error_of(rule), HasSubstr("acme-token"));
  rule = token_rule();
  rule.keywords = {"acm"};
  EXPECT_THAT(error_of(rule), HasSubstr("shorter than four"));
  rule = token_rule();
  rule.companions = {{.rule = "nobody"}};
  EXPECT_THAT(error_of(rule), HasSubstr("is no rule"));
  const auto twice = Engine::build({token_rule(), token_rule()});
  EXPECT_FALSE(twice);
}

TEST(SecretEngine, ChangesItsVersionWithItsRules) {
  EXPECT_EQ(engine().version(), engine_of({assignment_rule(), token_rule()})->version());
  auto other = token_rule();
  other.pattern += "(?:x)?";
  EXPECT_NE(engine().version(), engine_of({other, assignment_rule()})->version());
}

}  // namespace
}  // namespace assay::secrets
