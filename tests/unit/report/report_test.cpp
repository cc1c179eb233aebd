#include "report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "base/bytes.h"
#include "base/text.h"
#include "model/evidence.h"
#include "model/secret.h"
#include "report/html_template.h"
#include "unit/report/sample.h"

namespace assay::report {
namespace {

using testing::HasSubstr;
using testing::Not;

const catalog::Catalog& the_catalog() {
  static const auto kCatalog = catalog::Catalog::embedded();
  return *kCatalog;
}

std::string rendered(Format format, const std::vector<ScanRecord>& records, const Options& options = {}) {
  return render(format, records, the_catalog(), options);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void expect_valid(const Json& report) {
  const Json schema_json = Json::parse(read_file("docs/report.schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser parser;
  valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_json);
  parser.populateSchema(schema_adapter, schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  valijson::adapters::NlohmannJsonAdapter target(report);
  const bool valid = validator.validate(schema, target, &results);
  valijson::ValidationResults::Error error;
  std::string why;
  while (results.popError(error)) why += error.description + "\n";
  EXPECT_TRUE(valid) << why;
}

TEST(JsonReport, FollowsItsSchema) {
  const Json report = Json::parse(rendered(Format::json, {sample_record()}));
  expect_valid(report);
  EXPECT_EQ(report["schema"], "assay-report/1");
  EXPECT_EQ(report["verdicts"][2]["findings"][0]["standing"], "new");
  EXPECT_EQ(report["scan"]["counts"]["inconclusive"], 1);
  EXPECT_EQ(report["not_verified"][0]["requirement"], "csp");
}

TEST(JsonReport, TheSchemaRefusesAnotherOutcome) {
  Json report = Json::parse(rendered(Format::json, {sample_record()}));
  report["verdicts"][0]["outcome"] = "clean";
  const Json schema_json = Json::parse(read_file("docs/report.schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser parser;
  valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_json);
  parser.populateSchema(schema_adapter, schema);
  valijson::Validator validator;
  valijson::adapters::NlohmannJsonAdapter target(report);
  EXPECT_FALSE(validator.validate(schema, target, nullptr));
}

TEST(JsonReport, SeveralAppsMakeAnArrayAndNoneAnEmptyOne) {
  const Json two = Json::parse(rendered(Format::json, {sample_record(), sample_record()}));
  ASSERT_TRUE(two.is_array());
  EXPECT_EQ(two.size(), 2U);
  EXPECT_EQ(Json::parse(rendered(Format::json, {})), Json::array());
}

TEST(TextReport, NamesProofRemedyAndWhatCouldNotBeSeen) {
  const auto text = rendered(Format::text, {sample_record()});
  EXPECT_THAT(text, HasSubstr("MEDIUM · 1 finding"));
  EXPECT_THAT(text, HasSubstr("[new]"));
  EXPECT_THAT(text, HasSubstr("Proof"));
  EXPECT_THAT(text, HasSubstr("Fix     Send Strict-Transport-Security"));
  EXPECT_THAT(text, HasSubstr("INCONCLUSIVE"));
  EXPECT_THAT(text, HasSubstr("no handshake: timeout"));
  EXPECT_THAT(text, HasSubstr("NOT LOOKED AT"));
  EXPECT_THAT(text, HasSubstr("FIXED · 1 finding"));
  EXPECT_THAT(text, HasSubstr("NO LONGER NAMED BY THE APP · 1 finding\n  hsts  https://old.example.com"));
  EXPECT_THAT(text, HasSubstr("pass 1 · fail 1 · inconclusive 1 · not applicable 1"));
  EXPECT_THAT(text, HasSubstr("127.0.0.0/8"));
}

TEST(TextReport, ForeignControlCharactersNeverReachTheTerminal) {
  EXPECT_THAT(rendered(Format::text, {sample_record()}), Not(HasSubstr("\x1b")));
  const auto coloured = rendered(Format::text, {sample_record()}, {.color = true, .width = 80});
  EXPECT_THAT(coloured, HasSubstr("\x1b[1m"));
  EXPECT_THAT(coloured, Not(HasSubstr("\x1b[31mred")));
  EXPECT_TRUE(is_valid_utf8(coloured));
}

TEST(TextReport, WrapsToTheWidth) {
  const auto text = rendered(Format::text, {sample_record()}, {.color = false, .width = 60});
  for (const auto line : split(text, '\n')) {
    // Fingerprints and the head (a URL) are single words and may be longer than the terminal.
    if (line.starts_with("            ") && line.find("fp1-") == std::string_view::npos) {
      EXPECT_LE(display_width(line), 60U) << line;
    }
  }
}

TEST(Reports, SayOfAFailInPartWhatCouldNotBeSeen) {
  auto record = sample_record();
  auto& failed = *std::ranges::find(record.verdicts, Outcome::fail, &Verdict::outcome);
  failed.reason += " One page gave no answer.";
  failed.reason_code = "timeout";
  EXPECT_EQ(count_outcomes(record).in_part, 1);
  for (const auto format : {Format::text, Format::html, Format::sarif, Format::junit, Format::json})
    EXPECT_THAT(rendered(format, {record}), HasSubstr("One page gave no answer")) << static_cast<int>(format);
  EXPECT_THAT(rendered(Format::text, {record}, {.quiet = true}), HasSubstr("fail 1 (1 in part inconclusive)"));
}

TEST(TextReport, QuietLeavesFindingsAndSummary) {
  const auto text = rendered(Format::text, {sample_record()}, {.quiet = true});
  EXPECT_THAT(text, HasSubstr("No HSTS"));
  EXPECT_THAT(text, Not(HasSubstr("NOT LOOKED AT")));
  EXPECT_THAT(text, HasSubstr("pass 1"));
}

TEST(JunitReport, CountsAndEscapes) {
  const auto xml = rendered(Format::junit, {sample_record()});
  EXPECT_THAT(xml, HasSubstr("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(xml, Not(HasSubstr("<script>")));
  EXPECT_THAT(xml, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(is_valid_utf8(xml));
}

TEST(JunitReport, AcceptedFindingsDoNotFail) {
  auto record = sample_record();
  record.ignored[record.verdicts[2].findings[0].fingerprint] = "accepted";
  const auto xml = rendered(Format::junit, {record});
  EXPECT_THAT(xml, HasSubstr("failures=\"0\""));
  EXPECT_THAT(xml, HasSubstr("skipped=\"2\""));
}

TEST(SarifReport, CarriesFingerprintRuleAndExchange) {
  const Json sarif = Json::parse(rendered(Format::sarif, {sample_record()}));
  EXPECT_EQ(sarif["version"], "2.1.0");
  const auto& run = sarif["runs"][0];
  const auto& result = run["results"][0];
  EXPECT_EQ(result["ruleId"], "hsts");
  EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"], "hsts");
  EXPECT_EQ(result["partialFingerprints"]["assay/v1"], sample_record().verdicts[2].findings[0].fingerprint);
  EXPECT_EQ(result["baselineState"], "new");
  EXPECT_EQ(result["level"], "warning");
  EXPECT_EQ(result["webResponse"]["statusCode"], 200);
  EXPECT_EQ(run["results"][1]["baselineState"], "absent");
  EXPECT_EQ(run["results"][1]["kind"], "pass");
  EXPECT_EQ(run["results"][2]["baselineState"], "absent");
  EXPECT_EQ(run["results"][2]["kind"], "notApplicable");
  EXPECT_FALSE(run["invocations"][0]["toolExecutionNotifications"].empty());
}

TEST(HtmlReport, IsSelfContainedAndSafe) {
  const auto html = rendered(Format::html, {sample_record(), sample_record()});
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("https://old.example.com"));
  EXPECT_FALSE(std::regex_search(html, std::regex("(src|href)=\"https?:")));
  EXPECT_THAT(html, HasSubstr("style-src 'sha256-" + to_base64(sha256(as_bytes(kStyle))) + "'"));
  EXPECT_THAT(html, HasSubstr("<style>" + std::string(kStyle) + "</style>"));
  EXPECT_TRUE(is_valid_utf8(html));
}

// A finding of one secret in a file, in an archive, and in a file with an odd name; and one that was put aside.
ScanRecord record_of_source() {
  SecretSweep sweep;
  sweep.inputs = {"tree"};
  sweep.files = 12;
  SecretSighting s;
  s.rule = "acme-token";
  s.hash = "abcd";
  s.redacted = "acme…9f2a (40)";
  s.places = {{"a b/\x1b"
               "c.js",
               7, 3, "tree", "", "", false},
              {"dist/app.zip!/main.js", 9, 2, "archive", "", "", false},
              {"src/config.js", 12, 5, "tree", "", "", false}};
  sweep.sightings.push_back(s);
  s.hash = "ef01";
  s.suppressed = "placeholder";
  s.places = {{"README.md", 3, 1, "tree", "", "", false}};
  sweep.sightings.push_back(s);
  ScanRecord r;
  r.id = "id";
  r.app = {"acme", "acme", "source", ".", "", {}};
  r.evidence.push_back(make_evidence(kind::kSecretSweep, "acme", Time{}, "test", Json(sweep)));
  Finding f;
  f.requirement = "secrets-source";
  f.subject = "acme";
  f.locator = "acme-token:abcd";
  f.title = "Acme token";
  f.proof = "src/config.js:12:5";
  f.evidence = {r.evidence.front().id};
  f.fingerprint = fingerprint_of(f.requirement, f.subject, f.locator);
  r.verdicts.push_back({f.requirement, f.subject, Outcome::fail, "Acme token.", "", f.evidence, {f}});
  return r;
}

TEST(Source, SarifNamesEveryPlaceByFileAndLine) {
  const auto sarif = Json::parse(rendered(Format::sarif, {record_of_source()}));
  const auto& locations = sarif["runs"][0]["results"][0]["locations"];
  ASSERT_EQ(locations.size(), 3U);
  const auto place = [&](std::size_t i) { return locations[i]["physicalLocation"]; };
  EXPECT_EQ(place(0)["artifactLocation"]["uri"], "a%20b/%1Bc.js");
  EXPECT_EQ(place(1)["artifactLocation"]["uri"], "dist/app.zip");
  EXPECT_EQ(place(1)["region"]["startLine"], 1);
  EXPECT_EQ(place(2)["artifactLocation"]["uriBaseId"], "%SRCROOT%");
  EXPECT_EQ(place(2)["region"]["startLine"], 12);
  EXPECT_EQ(place(2)["region"]["startColumn"], 5);
}

TEST(Source, WhatWasPutAsideIsShownOnDemand) {
  Options options;
  EXPECT_THAT(rendered(Format::text, {record_of_source()}, options), Not(HasSubstr("PUT ASIDE")));
  options.show_suppressed = true;
  const auto text = rendered(Format::text, {record_of_source()}, options);
  EXPECT_THAT(text, HasSubstr("PUT ASIDE"));
  EXPECT_THAT(text, HasSubstr("README.md:3"));
  EXPECT_THAT(text, HasSubstr("placeholder"));
  EXPECT_THAT(text, HasSubstr("12 files"));
  const auto json = Json::parse(rendered(Format::json, {record_of_source()}, options));
  expect_valid(json);
  ASSERT_EQ(json["suppressed"].size(), 1U);
  EXPECT_EQ(json["suppressed"][0]["hash"], "ef01");
}

}  // namespace
}  // namespace assay::report
