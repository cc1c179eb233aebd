#pragma once

// The rules, ready for use: what starts a look (literals) and what decides it (RE2).

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/secret_rule.h"
#include "secrets/context_word.h"
#include "secrets/generic_rules.h"
#include "secrets/literal_set.h"

namespace assay::secrets {

// Characters that every match begins with, from which on they tell a provider: "sk_".
inline constexpr std::uint8_t kLeastPrefix = 3;

struct Pattern {
  explicit Pattern(const std::string& text);  // expression.ok() says whether RE2 takes it; a broken one matches nothing

  re2::RE2 expression;
  int group = 0;           // of `expression` that is the secret
  std::uint8_t fixed = 0;  // characters that every match begins with, 32 at most: the more, the more specific
};

// A rule whose pattern is compiled when the first candidate needs it: most scans need few of them.
class CompiledRule {
 public:
  explicit CompiledRule(const SecretRule& r);

  const SecretRule* rule;
  bool at_keyword = false;  // each match begins with the keyword, so no look to its left is needed
  bool pem = false;

  bool generic() const { return pattern_ == nullptr; }
  // Of a token rule, or of the value of an assignment rule; not of a generic one. Thread-safe.
  const Pattern& pattern() const;
  std::uint8_t fixed() const { return generic() ? 0 : pattern().fixed; }
  std::uint8_t rank() const;  // token 3, assignment 2, generic 1

 private:
  struct Lazy {
    std::once_flag once;
    std::optional<Pattern> pattern;
  };
  std::unique_ptr<Lazy> pattern_;
};

// What a place of a literal starts.
struct LiteralUse {
  std::vector<std::uint32_t> tokens;  // rules whose keyword it is
  bool key = false;                   // part of a name that secrets are given: "password"
  const GenericTrigger* trigger = nullptr;
  bool only_key = false;  // `key` and nothing else
};

struct WordRules {
  ContextWord word;
  std::vector<std::uint32_t> rules;
};

struct RuleTable {
  std::vector<SecretRule> rules;  // those given, sorted by id, then the generic ones
  std::vector<CompiledRule> compiled;
  std::vector<WordRules> words;
  std::vector<LiteralUse> uses;    // by index of the literal
  std::vector<std::size_t> sizes;  // the same: bytes of the literal
  LiteralSet literals;
  LiteralSet commands;  // of command_triggers(), in their order
  // Context words are sought only on the lines of token runs.
  std::vector<std::vector<std::uint32_t>> word_uses;  // by index of the literal: the words that it is a part of
  LiteralSet word_literals;
  std::uint32_t generic = 0;  // the first of the generic rules, which stand in the order of GenericRule
  std::string version;

  // Errors name the rule.
  static Result<std::unique_ptr<RuleTable>> build(std::vector<SecretRule> rules);
};

}  // namespace assay::secrets
