#include "secrets/finder.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "secrets/assignment.h"
#include "secrets/bare_key.h"
#include "secrets/boundary.h"
#include "secrets/checks.h"
#include "secrets/generic.h"
#include "secrets/line_values.h"
#include "secrets/password_file.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kStep = 1U << 20U;          // bytes searched for literals at once
constexpr std::size_t kReachLeft = 256;           // of a pattern before its keyword
constexpr std::size_t kReachRight = 4U << 10U;    // of a pattern behind its keyword, when it may begin before it
constexpr std::size_t kReachOfToken = 8U << 10U;  // when it begins with it
constexpr std::size_t kReachOfKey = 32U << 10U;   // of a PEM block: RSA keys of 16384 bits
constexpr std::size_t kMaxGroups = 8;

constexpr std::uint8_t kKeywordInside = 4;  // rank of a secret that its own keyword tells apart

constexpr double kTokenScore = 0.85;
constexpr double kKeyScore = 0.75;   // the name of the value holds the context word
constexpr double kLineScore = 0.60;  // its line does

class Finder {
 public:
  Finder(const RuleTable& table, std::string_view text, PlaceReader& place, FinderScratch& scratch,
         std::vector<Candidate>& candidates)
      : table_(table), text_(text), place_(place), scratch_(scratch), candidates_(candidates) {}

  void run(const std::vector<TokenRun>& runs) {
    if (!table_.words.empty()) look_at_runs(runs);
    for (const auto& run : runs)
      if (is_given_to_key(text_, run.begin)) look_at_key(run.begin);
    const auto overlap = table_.literals.longest() - 1;
    for (std::size_t begin = 0; begin < text_.size(); begin += kStep) {
      const auto from = begin < overlap ? 0 : begin - overlap;
      search({from, std::min(text_.size(), begin + kStep)}, begin);
      for (const auto& mark : scratch_.marks) look(mark.literal, mark.end);
    }
    if (place_.holds_commands()) look_at_commands();
    for (const auto rule : ended_) scratch_.last_end[rule] = 0;
  }

 private:
  // Marks the literals in `part` that end behind `seen`.
  void search(LiteralSet::Part part, std::size_t seen) {
    scratch_.marks.clear();
    auto found = [&](std::uint32_t literal, std::size_t end) {
      if (end <= seen) return;
      const auto& use = table_.uses[literal];
      // Most places of the words of names are no assignments; these never reach the list.
      if (use.only_key && !may_be_assigned(text_, end)) return;
      scratch_.marks.push_back({literal, end});
    };
    table_.literals.scan(text_, part, found);
    std::ranges::sort(scratch_.marks, {}, [](const auto& m) { return std::pair(m.end, m.literal); });
  }

  void look(std::uint32_t literal, std::size_t end) {
    const auto& use = table_.uses[literal];
    for (const auto rule : use.tokens) look_for_token(rule, end);
    const auto begin = end - table_.sizes[literal];
    if (use.key) {
      find_assigned(text_, begin, end, place_.facts(), finds_);
      add_generic(GenericRule::assignment);
    }
    if (use.trigger != nullptr) look_at(*use.trigger, begin, end);
  }

  void look_at(const GenericTrigger& trigger, std::size_t begin, std::size_t end) {
    trigger.find(text_, begin, end, place_.facts(), finds_);
    add_generic(trigger.rule);
  }

  void look_at_key(std::size_t at) {
    find_bare_key(text_, at, place_.facts(), finds_);
    add_generic(GenericRule::assignment);
  }

  void look_at_commands() {
    auto found = [&](std::uint32_t literal, std::size_t end) {
      const auto& trigger = command_triggers()[literal];
      look_at(trigger, end - trigger.literal.size(), end);
    };
    table_.commands.scan(text_, found);
    if (is_password_file(place_.path())) find_in_password_file(text_, finds_);
    add_generic(GenericRule::argument);
  }

  void look_for_token(std::uint32_t index, std::size_t end) {
    const auto& rule = table_.compiled[index];
    // Inside of what the rule matched already.
    if (end <= scratch_.last_end[index]) return;
    const auto keyword = keyword_ending_at(*rule.rule, end);
    auto at = rule.at_keyword || keyword < kReachLeft ? (rule.at_keyword ? keyword : 0) : keyword - kReachLeft;
    const auto stop = std::min(text_.size(), end + reach(rule, end));
    const auto anchor = rule.at_keyword ? re2::RE2::ANCHOR_START : re2::RE2::UNANCHORED;
    std::array<re2::StringPiece, kMaxGroups> groups;
    while (at <= keyword && match(rule, at, stop, anchor, groups)) {
      const auto begin = begin_of(groups[0]);
      if (begin > keyword) return;
      const auto secret = secret_of(rule, groups);
      if (begin + groups[0].size() >= end && confirm(index, begin_of(secret), secret.size(), kTokenScore, {})) {
        if (begin_of(secret) <= keyword && end <= begin_of(secret) + secret.size())
          candidates_.back().rank = kKeywordInside;
        scratch_.last_end[index] = begin + groups[0].size();
        ended_.push_back(index);
        return;
      }
      at = begin + 1;
      if (rule.at_keyword) return;
    }
  }

  // The whole match first, which RE2's automaton finds without memory of its own; its groups only when there is one.
  bool match(const CompiledRule& rule, std::size_t begin, std::size_t end, re2::RE2::Anchor anchor,
             std::array<re2::StringPiece, kMaxGroups>& groups) const {
    const auto& pattern = rule.pattern();
    const auto& expression = pattern.expression;
    if (!expression.Match(text_, begin, end, anchor, groups.data(), 1)) return false;
    if (pattern.group == 0) return true;
    return expression.Match(text_, begin_of(groups[0]), end, re2::RE2::ANCHOR_START, groups.data(), pattern.group + 1);
  }

  // The group "secret", or the whole match when that took no part in it.
  static re2::StringPiece secret_of(const CompiledRule& rule, const std::array<re2::StringPiece, kMaxGroups>& groups) {
    const auto group = groups[static_cast<std::size_t>(rule.pattern().group)];
    return group.data() != nullptr ? group : groups[0];
  }

  std::size_t begin_of(re2::StringPiece part) const { return static_cast<std::size_t>(part.data() - text_.data()); }

  std::size_t keyword_ending_at(const SecretRule& rule, std::size_t end) const {
    for (const auto& keyword : rule.keywords)
      if (text_.substr(0, end).ends_with(keyword)) return end - keyword.size();
    return end;
  }

  // Bytes behind the keyword that a match may take. A PEM block goes no further than the beginning of the next.
  std::size_t reach(const CompiledRule& rule, std::size_t end) const {
    if (!rule.pem) return rule.at_keyword ? kReachOfToken : kReachRight;
    const auto next = text_.substr(end, kReachOfKey).find("-----BEGIN ");
    return next == std::string_view::npos ? kReachOfKey : next;
  }

  // Values are what token runs stand in; each is tried with the context words to its left.
  void look_at_runs(const std::vector<TokenRun>& runs) {
    std::size_t done = 0;
    for (const auto& run : runs) {
      if (run.begin < done) continue;
      const auto least = run.begin - std::min(run.begin, kMaxLineReach);
      const auto value = value_around(text_, least, run.begin, run.end);
      done = value.end;
      if (value.end - value.begin > kMaxLineReach) continue;
      bool searched = false;
      visit_values(text_, least, value.begin, value.end, [&](std::size_t begin, std::size_t end) {
        if (!std::exchange(searched, true)) find_words(line_of(run.begin), value.end);
        try_words(begin, end);
      });
    }
  }

  // Where the line of `at` begins, or a value's name on the line before ("name: DD_API_KEY", "value: …"); kMaxLineReach
  // bytes before `at` at most.
  std::size_t line_of(std::size_t at) const {
    const auto least = at < kMaxLineReach ? 0 : at - kMaxLineReach;
    const auto begin = begin_of_line(text_, least, at);
    if (begin == least) return least;
    const auto line = text_.substr(begin, at - begin);
    const auto name = line.find_first_not_of(" \t\"'-");
    if (name == std::string_view::npos || !istarts_with(line.substr(name), "value")) return begin;
    return begin_of_line(text_, least, begin - 1);
  }

  // The context words between `line` and `end`, into found_. Values are looked at from left to right, so that most of
  // their lines was searched for those before them.
  void find_words(std::size_t line, std::size_t end) {
    std::erase_if(found_, [&](const Word& word) { return word.literal < line; });
    const auto overlap = table_.word_literals.longest() - 1;
    const auto from = std::max(line, searched_ < overlap ? 0 : searched_ - overlap);
    auto found = [&](std::uint32_t literal, std::size_t at) {
      if (at <= searched_) return;
      for (const auto word : table_.word_uses[literal]) {
        std::size_t word_end = 0;
        if (table_.words[word].word.stands_at(text_, at, word_end))
          found_.push_back({word, at - table_.words[word].word.literal().size(), word_end});
      }
    };
    table_.word_literals.scan(text_, {from, end}, found);
    searched_ = end;
  }

  void try_words(std::size_t begin, std::size_t end) {
    for (const auto& found : found_) {
      if (found.end > begin) continue;
      const auto& word = table_.words[found.index];
      for (const auto rule : word.rules)
        if (match_value(rule, found.end, begin, end))
          candidates_.back().word_size = static_cast<std::uint8_t>(word.word.size());
    }
  }

  bool match_value(std::uint32_t index, std::size_t word_end, std::size_t begin, std::size_t end) {
    const auto& rule = table_.compiled[index];
    std::array<re2::StringPiece, kMaxGroups> groups;
    if (!match(rule, begin, end, re2::RE2::ANCHOR_BOTH, groups)) return false;
    const auto secret = secret_of(rule, groups);
    const bool in_key = is_one_name(word_end, begin);
    return confirm(index, begin_of(secret), secret.size(), in_key ? kKeyScore : kLineScore,
                   text_.substr(word_end, begin - word_end));
  }

  // Whether between a word and a value stand only the rest of a name and an operator.
  bool is_one_name(std::size_t word_end, std::size_t value) const {
    const auto between = text_.substr(word_end, value - word_end);
    const auto name_end = std::ranges::find_if(between, [](char c) {
      return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.');
    });
    return std::all_of(name_end, between.end(),
                       [](char c) { return std::string_view(" \t\"'`=:>([,]").find(c) != std::string_view::npos; });
  }

  // What is in finds_.
  void add_generic(GenericRule rule) {
    for (const auto& find : finds_) {
      if (find.score < kGenericLeast && !place_.suppressed()) continue;
      const auto index = table_.generic + static_cast<std::uint32_t>(rule);
      if (!confirm(index, find.begin, find.end - find.begin, find.score, find.key)) continue;
      auto& hit = candidates_.back().hit;
      if (find.score < kGenericLeast) hit.suppressed = find.words ? "words" : "weak";
    }
    finds_.clear();
  }

  bool confirm(std::uint32_t index, std::size_t begin, std::size_t size, double score, std::string_view key) {
    const auto& rule = *table_.compiled[index].rule;
    if (size == 0 || (rule.bounded && !is_bounded(text_, begin, begin + size))) return false;
    Candidate candidate{.rule = index, .rank = table_.compiled[index].rank(), .text = text_, .at = begin, .key = key};
    auto& hit = candidate.hit;
    const auto secret = text_.substr(begin, size);
    for (const auto& check : rule.checks) {
      std::string note;
      const auto result = check_secret(check, secret, note);
      if (result == CheckResult::failed) return false;
      if (result == CheckResult::wrong) score = std::min(score, 0.3);
      if (result == CheckResult::right && !note.empty()) score = std::max(score, 0.95);
      if (!note.empty()) hit.reasons.push_back(std::move(note));
    }
    hit.rule = &rule;
    hit.begin = begin;
    hit.end = begin + size;
    hit.secret = secret;
    hit.score = score;
    candidates_.push_back(std::move(candidate));
    return true;
  }

  const RuleTable& table_;
  std::string_view text_;
  PlaceReader& place_;
  std::vector<std::uint32_t> ended_;  // rules whose last_end is set
  struct Word {
    std::uint32_t index;
    std::size_t literal, end;  // where the literal begins that it was sought by, and where the word ends
  };
  std::vector<Word> found_;         // on the line that is looked at
  std::size_t searched_ = 0;        // up to where
  std::vector<GenericFind> finds_;  // of the place that is looked at
  FinderScratch& scratch_;
  std::vector<Candidate>& candidates_;
};

}  // namespace

void find_candidates(const RuleTable& table, std::string_view text, const std::vector<TokenRun>& runs,
                     PlaceReader& place, FinderScratch& scratch, std::vector<Candidate>& candidates) {
  Finder(table, text, place, scratch, candidates).run(runs);
}

}  // namespace assay::secrets
