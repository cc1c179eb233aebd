// catalog/secrets/*.yaml; docs/secrets.md describes the shape.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "catalog/files.h"
#include "catalog/yaml.h"

namespace assay::catalog {

namespace {

using yaml::Mapping;
using yaml::Value;

constexpr std::size_t kMinKeyword = 4;  // shorter ones are everywhere, and each place costs a look
constexpr std::size_t kMinContext = 3;
constexpr int kMaxLinesApart = 1000;
constexpr int kMinStatus = 100;
constexpr int kMaxStatus = 599;

std::vector<std::string> optional_texts(const Mapping& fields, std::string_view key) {
  const auto value = fields.optional(key);
  return value ? value->texts() : std::vector<std::string>{};
}

std::string optional_text(const Mapping& fields, std::string_view key) {
  const auto value = fields.optional(key);
  return value ? value->text() : std::string();
}

bool flag(const Mapping& fields, std::string_view key, bool otherwise) {
  const auto value = fields.optional(key);
  return value ? value->one_of({"true", "false"}) == "true" : otherwise;
}

std::string read_id(const Value& value) {
  auto id = value.text();
  const auto word = [](std::string_view part) {
    return !part.empty() &&
           std::ranges::all_of(part, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  };
  if (!std::ranges::all_of(split(id, '-'), word))
    value.reject(fmt::format("\"{}\" is no id of a rule", printable(id)),
                 "join lower-case words by \"-\", the provider first");
  return id;
}

SecretCheck read_check(const Value& value) {
  const auto entries = value.entries();
  if (entries.size() != 1) value.reject("a check has one key", "write one list item for each check");
  const auto& [kind, argument] = entries.front();
  if (kind == "entropy") {
    if (argument.number() <= 0 || argument.number() > 8) argument.reject("entropy is of 0 to 8 bits a character");
    return {kind, argument.text()};
  }
  if (kind == "classes") {
    std::vector<std::string> classes;
    for (const auto& item : argument.list()) classes.push_back(item.one_of({"lower", "upper", "digit"}));
    return {kind, join(classes, " ")};
  }
  if (kind == "checksum") return {kind, argument.one_of({"crc32-base62", "crc32-hex", "nkey"})};
  if (kind == "structure")
    return {kind, argument.one_of(
                      {"jwt", "pem", "basic", "base64-json", "aws-key-id", "url-userinfo", "base64", "hex", "uuid"})};
  argument.reject(fmt::format("there is no check \"{}\"", printable(kind)),
                  "use one of entropy, classes, checksum, structure");
}

std::vector<SecretCompanion> read_companions(const Value& value) {
  std::vector<SecretCompanion> companions;
  for (const auto& item : value.list()) {
    const auto fields = item.mapping({"rule", "within_lines", "required"});
    SecretCompanion companion{.rule = read_id(fields.required("rule"))};
    if (const auto lines = fields.optional("within_lines"))
      companion.within_lines = static_cast<std::size_t>(lines->integer(0, kMaxLinesApart));
    companion.required = flag(fields, "required", false);
    companions.push_back(std::move(companion));
  }
  return companions;
}

std::vector<int> read_statuses(const Value& value) {
  std::vector<int> statuses;
  for (const auto& item : value.list()) statuses.push_back(item.integer(kMinStatus, kMaxStatus));
  return statuses;
}

SecretValidation read_validation(const Value& value) {
  const auto fields = value.mapping({"method", "url", "fields", "body", "valid", "invalid"});
  SecretValidation validation;
  if (const auto method = fields.optional("method")) validation.method = method->one_of({"GET", "HEAD", "POST"});
  const auto url = fields.required("url");
  validation.url = url.text();
  // The host is fixed by the rule: what was found must never choose whom it is sent to.
  const auto host = std::string_view(validation.url).substr(0, validation.url.find('/', 8));
  if (!host.starts_with("https://") || host.size() < 9)
    url.reject(fmt::format("\"{}\" is no https URL", printable(validation.url)));
  validation.fields = optional_texts(fields, "fields");
  validation.body = optional_text(fields, "body");
  validation.valid = read_statuses(fields.required("valid"));
  validation.invalid = read_statuses(fields.required("invalid"));
  return validation;
}

std::vector<std::string> read_words(const Value& value, std::size_t least) {
  auto words = value.texts();
  for (const auto& word : words)
    if (word.size() < least)
      value.reject(fmt::format("\"{}\" is shorter than {} characters", printable(word), least),
                   "shorter words are everywhere; name a longer part of what is sought");
  return words;
}

// What is looked for: keywords and pattern, or context and value.
void read_shape(const Mapping& fields, SecretRule& rule) {
  const auto keywords = fields.optional("keywords");
  const auto context = fields.optional("context");
  const bool token = keywords && fields.optional("pattern");
  const bool assignment = context && fields.optional("value");
  if (token == assignment || (token && (context || fields.optional("value"))) ||
      (assignment && (keywords || fields.optional("pattern"))))
    fields.whole().reject(fmt::format("{} is neither a token rule nor an assignment rule", rule.id),
                          "give it keywords and pattern, or context and value");
  if (token) {
    rule.keywords = read_words(*keywords, kMinKeyword);
    rule.pattern = fields.required("pattern").text();
  } else {
    rule.context = read_words(*context, kMinContext);
    rule.value = fields.required("value").text();
  }
}

SecretRule read_rule(const Value& value, const std::optional<Value>& file_provider) {
  const auto fields = value.mapping({"id", "provider", "title", "opens", "severity", "keywords", "pattern", "context",
                                     "value", "bounded", "checks", "companions", "references", "remedy", "validation",
                                     "public_by_design", "examples", "negatives"});
  SecretRule rule;
  rule.id = read_id(fields.required("id"));
  rule.provider =
      file_provider && !fields.optional("provider") ? file_provider->text() : fields.required("provider").text();
  rule.title = fields.required("title").text();
  rule.opens = fields.required("opens").text();
  rule.severity = *severity_from_string(fields.required("severity").one_of({"low", "medium", "high", "critical"}));
  read_shape(fields, rule);
  rule.bounded = flag(fields, "bounded", true);
  if (const auto checks = fields.optional("checks"))
    for (const auto& item : checks->list()) rule.checks.push_back(read_check(item));
  if (const auto companions = fields.optional("companions")) rule.companions = read_companions(*companions);
  rule.public_by_design = flag(fields, "public_by_design", false);
  rule.remedy = optional_text(fields, "remedy");
  if (const auto references = fields.optional("references"))
    rule.references = references->is_scalar() ? references->text() : join(references->texts(), " ");
  if (const auto validation = fields.optional("validation")) rule.validation = read_validation(*validation);
  rule.examples = fields.required("examples").texts();
  rule.negatives = optional_texts(fields, "negatives");
  return rule;
}

std::vector<SecretRule> read_fields(const Value& file) {
  const auto fields = file.mapping({"provider", "rules"});
  const auto provider = fields.optional("provider");
  std::vector<SecretRule> rules;
  std::set<std::string> used;
  for (const auto& item : fields.required("rules").list()) {
    rules.push_back(read_rule(item, provider));
    if (!used.insert(rules.back().id).second)
      item.reject(fmt::format("the id \"{}\" stands twice", rules.back().id), "ids name findings and must be unique");
  }
  return rules;
}

}  // namespace

Result<std::vector<SecretRule>> read_secret_rules(std::string_view text, const std::string& file) {
  return yaml::read_document(text, file, read_fields);
}

}  // namespace assay::catalog
