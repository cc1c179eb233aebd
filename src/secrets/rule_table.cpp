#include "secrets/rule_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "secrets/generic_rules.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMinKeyword = 4;
constexpr std::size_t kMinContext = 3;
constexpr std::int64_t kMaxPatternMemory = 4 << 20;  // of one RE2: bytes
constexpr std::string_view kCodeVersion = "5";       // changes when the same rules may find something else

Error broken(const SecretRule& rule, std::string reason, std::string remedy) {
  return {ErrorCode::invalid_input, "secret rule " + rule.id, std::move(reason), std::move(remedy)};
}

// Opening groups and word boundaries that stand before what a pattern first matches.
std::string_view without_openings(std::string_view pattern) {
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view opening : {"(?P<secret>", "(?:", "\\b", "("})
      if (pattern.starts_with(opening) && !(opening == "(" && pattern.starts_with("(?"))) {
        pattern.remove_prefix(opening.size());
        more = true;
      }
  }
  return pattern;
}

// Whether each match begins with the one keyword. An alternative anywhere before the keyword's end would be another
// beginning, so patterns that hold "|" outside of what follows are not looked into.
bool begins_with_keyword(const SecretRule& rule) {
  if (rule.keywords.size() != 1) return false;
  const auto rest = without_openings(rule.pattern);
  const auto keyword = re2::RE2::QuoteMeta(rule.keywords.front());
  std::string plain;  // QuoteMeta escapes "_" and "-", which patterns leave as they are
  for (const char c : rule.keywords.front()) {
    if (std::string_view(".+*?()[]{}|^$\\/").find(c) != std::string_view::npos && c != '/') plain += '\\';
    plain += c;
  }
  const bool begins = rest.starts_with(plain) || rest.starts_with(keyword);
  const auto next = begins && rest.starts_with(plain) ? rest.substr(plain.size()) : std::string_view();
  const bool repeated = !next.empty() && std::string_view("?*{").find(next.front()) != std::string_view::npos;
  return begins && !repeated && rule.pattern.find('|') == std::string::npos;
}

// Characters that every match begins with.
std::uint8_t fixed_beginning(const re2::RE2& pattern) {
  constexpr int kMost = 32;
  std::string least;
  std::string greatest;
  if (!pattern.PossibleMatchRange(&least, &greatest, kMost)) return 0;
  const auto differs = std::ranges::mismatch(least, greatest).in1;
  return static_cast<std::uint8_t>(differs - least.begin());
}

re2::RE2::Options options() {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMaxPatternMemory);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // bytes: texts need not be UTF-8
  return options;
}

std::optional<Error> fault_of(const CompiledRule& compiled) {
  const auto& rule = *compiled.rule;
  if (compiled.generic()) return std::nullopt;
  if (rule.pattern.empty() ? rule.context.empty() : rule.keywords.empty())
    return broken(rule, "has nothing to start from", "give it keywords or context");
  for (const auto& keyword : rule.keywords)
    if (keyword.size() < kMinKeyword)
      return broken(rule, "the keyword \"" + keyword + "\" is shorter than four characters",
                    "name a longer part of the secret, or make it an assignment rule");
  for (const auto& word : rule.context)
    if (ContextWord(word).size() < kMinContext)
      return broken(rule, "the context word \"" + word + "\" is shorter than three characters", "name a longer word");
  const auto& expression = compiled.pattern().expression;
  if (expression.ok()) return std::nullopt;
  return broken(rule, "RE2 does not take its pattern: " + expression.error(),
                "write it in RE2's syntax, without look-around and back-references");
}

// Literals without doubles. The same text may be sought with and without regard to case.
class Literals {
 public:
  LiteralUse& at(const std::string& text, bool caseless) {
    const auto [at, added] = index_.try_emplace({text, caseless}, literals_.size());
    if (added) {
      literals_.push_back({text, caseless});
      uses_.emplace_back();
    }
    return uses_[at->second];
  }
  const std::vector<Literal>& literals() const { return literals_; }
  std::vector<LiteralUse> take_uses() { return std::move(uses_); }

 private:
  std::map<std::pair<std::string, bool>, std::size_t> index_;
  std::vector<Literal> literals_;
  std::vector<LiteralUse> uses_;
};

void add_words(RuleTable& table) {
  std::map<std::string, std::size_t> known;
  for (std::uint32_t i = 0; i < table.rules.size(); ++i)
    for (const auto& text : table.rules[i].context) {
      ContextWord word(text);
      const auto [at, added] = known.try_emplace(word.name(), table.words.size());
      if (added) table.words.push_back({std::move(word), {}});
      table.words[at->second].rules.push_back(i);
    }
  std::map<std::string, std::size_t> index;
  std::vector<Literal> literals;
  for (std::uint32_t i = 0; i < table.words.size(); ++i) {
    const auto& literal = table.words[i].word.literal();
    const auto [at, added] = index.try_emplace(literal, literals.size());
    if (added) literals.push_back({literal, true});
    if (added) table.word_uses.emplace_back();
    table.word_uses[at->second].push_back(i);
  }
  table.word_literals = LiteralSet(literals);
}

std::optional<Error> check_references(const std::vector<SecretRule>& rules) {
  std::set<std::string> ids;
  for (const auto& rule : rules)
    if (!ids.insert(rule.id).second) return broken(rule, "stands twice", "give one of them another id");
  for (const auto& rule : rules)
    for (const auto& companion : rule.companions)
      if (!ids.contains(companion.rule))
        return broken(rule, "its companion " + companion.rule + " is no rule", "name the id of one");
  return std::nullopt;
}

std::string version_of(const std::vector<SecretRule>& rules) {
  std::string all(kCodeVersion);
  const auto add = [&](std::string_view s) { all += std::to_string(s.size()) + ":" + std::string(s); };
  for (const auto& rule : rules) {
    for (const auto& s : {rule.id, rule.pattern, rule.value}) add(s);
    for (const auto& s : rule.keywords) add(s);
    for (const auto& s : rule.context) add(s);
    for (const auto& c : rule.checks) add(c.kind + "=" + c.argument);
    for (const auto& c : rule.companions) add(c.rule + "/" + std::to_string(c.within_lines) + (c.required ? "!" : ""));
    all += rule.bounded ? "b" : "-";
    all += rule.public_by_design ? "p" : "-";
  }
  return std::string(kCodeVersion) + "-" + sha256_hex(all).substr(0, 16);
}

}  // namespace

Pattern::Pattern(const std::string& text) : expression(text, options()) {
  const auto& groups = expression.NamedCapturingGroups();
  if (const auto at = groups.find("secret"); at != groups.end()) group = at->second;
  fixed = fixed_beginning(expression);
}

CompiledRule::CompiledRule(const SecretRule& r) : rule(&r) {
  if (r.pattern.empty() && r.value.empty()) return;
  pattern_ = std::make_unique<Lazy>();
  at_keyword = !r.pattern.empty() && begins_with_keyword(r);
  pem = std::ranges::any_of(r.checks, [](const auto& c) { return c.kind == "structure" && c.argument == "pem"; });
}

const Pattern& CompiledRule::pattern() const {
  std::call_once(pattern_->once,
                 [this] { pattern_->pattern.emplace(rule->pattern.empty() ? rule->value : rule->pattern); });
  return *pattern_->pattern;
}

std::uint8_t CompiledRule::rank() const {
  if (generic()) return 1;
  if (!rule->pattern.empty()) return 3;
  // The provider's name next to its prefix outdoes another's prefix: "sk_live_" is Stripe's and Paystack's.
  return pattern().fixed >= kLeastPrefix ? 5 : 2;
}

Result<std::unique_ptr<RuleTable>> RuleTable::build(std::vector<SecretRule> rules) {
  auto table = std::make_unique<RuleTable>();
  table->rules = std::move(rules);
  std::ranges::sort(table->rules, {}, &SecretRule::id);
  table->generic = static_cast<std::uint32_t>(table->rules.size());
  for (auto& rule : generic_rules()) table->rules.push_back(std::move(rule));
  if (auto error = check_references(table->rules)) return std::unexpected(std::move(*error));
  for (const auto& rule : table->rules) {
    const auto& compiled = table->compiled.emplace_back(rule);
    if (rule.built_in) continue;
    if (auto fault = fault_of(compiled)) return std::unexpected(std::move(*fault));
  }
  Literals literals;
  for (std::uint32_t i = 0; i < table->rules.size(); ++i)
    for (const auto& keyword : table->rules[i].keywords) literals.at(keyword, false).tokens.push_back(i);
  add_words(*table);
  for (const auto& word : key_words()) literals.at(std::string(word), true).key = true;
  literals.at("Key", false).key = true;  // "applicationKey"
  for (const auto& trigger : generic_triggers())
    literals.at(std::string(trigger.literal), trigger.caseless).trigger = &trigger;
  table->literals = LiteralSet(literals.literals());
  std::vector<Literal> commands;
  for (const auto& trigger : command_triggers()) commands.push_back({std::string(trigger.literal), trigger.caseless});
  table->commands = LiteralSet(commands);
  for (const auto& literal : literals.literals()) table->sizes.push_back(literal.text.size());
  table->uses = literals.take_uses();
  for (auto& use : table->uses) use.only_key = use.key && use.tokens.empty() && use.trigger == nullptr;
  table->version = version_of(table->rules);
  return table;
}

}  // namespace assay::secrets
