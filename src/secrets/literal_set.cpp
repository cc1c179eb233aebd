#include "secrets/literal_set.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <tuple>

#include "base/text.h"
#include "secrets/randomness.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMostHashed = 3;  // characters
constexpr std::uint32_t kLowerCase = 0x20202020;

// Four bytes from `at` on, zeros behind the end.
std::uint32_t load(std::string_view text, std::size_t at) {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, text.data() + at, std::min<std::size_t>(sizeof bytes, text.size() - at));
  return bytes;
}

std::uint32_t load_inside(const char* at) {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

char other_case(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Every text of `characters` characters that may stand `offset` characters from a literal's beginning.
std::vector<std::string> forms(const Literal& literal, int offset, std::size_t characters) {
  std::vector<std::string> all = {""};
  for (std::size_t i = 0; i < characters; ++i) {
    const int at = offset + static_cast<int>(i);
    std::string here;
    if (at < 0 || static_cast<std::size_t>(at) >= literal.text.size()) {
      for (int c = 0; c <= std::numeric_limits<unsigned char>::max(); ++c) here += static_cast<char>(c);
    } else {
      here = literal.text[static_cast<std::size_t>(at)];
      if (const char other = other_case(here[0]); literal.caseless && other != here[0]) here += other;
    }
    std::vector<std::string> longer;
    for (const auto& form : all)
      for (const char c : here) longer.push_back(form + c);
    all = std::move(longer);
  }
  return all;
}

// Of the places `first`, `first` + `step`, … where `characters` fit into the literal, the one that texts have least.
int rarest(const Literal& literal, int first, int step, std::size_t characters) {
  int best = first;
  double most = -1;
  for (int at = first; static_cast<std::size_t>(at) + characters <= literal.text.size(); at += step) {
    const auto bits = surprise(std::string_view(literal.text).substr(static_cast<std::size_t>(at), characters));
    if (bits > most) best = at;
    most = std::max(most, bits);
  }
  return best;
}

}  // namespace

LiteralSet::LiteralSet(const std::vector<Literal>& literals) : literals_(literals) {
  auto shortest = kMostHashed;
  for (const auto& literal : literals) {
    shortest = std::min(shortest, literal.text.size());
    longest_ = std::max(longest_, literal.text.size());
  }
  characters_ = shortest;
  shift_ = 32 - 8 * static_cast<unsigned>(shortest);
  step_ = shortest == kMostHashed ? 2 : 1;
  if (std::ranges::all_of(literals, &Literal::caseless)) fold_ = kLowerCase;
  std::vector<std::pair<std::uint32_t, Entry>> hashed;
  for (std::uint32_t i = 0; i < literals.size(); ++i) {
    const auto& literal = literals[i];
    const auto step = static_cast<int>(step_);
    enter(i, rarest(literal, 0, step, characters_), hashed);
    if (step_ == 2) enter(i, literal.text.size() > characters_ ? rarest(literal, 1, step, characters_) : -1, hashed);
  }
  std::ranges::sort(hashed, {}, [](const auto& h) { return std::tuple(h.first, h.second.literal, h.second.offset); });
  for (const auto& [value, entry] : hashed) {
    if (!holds(bits_, value)) first_.push_back(static_cast<std::uint32_t>(entries_.size()));
    set(bits_, value);
    // Several forms of one place may have one hash.
    const bool again = entries_.size() > first_.back() && entries_.back().literal == entry.literal &&
                       entries_.back().offset == entry.offset;
    if (!again) entries_.push_back(entry);
  }
  first_.push_back(static_cast<std::uint32_t>(entries_.size()));
  std::uint32_t set = 0;
  for (std::size_t i = 0; i < bits_.size(); ++i) {
    rank_[i] = set;
    set += static_cast<std::uint32_t>(std::popcount(bits_[i]));
  }
}

void LiteralSet::enter(std::uint32_t literal, int offset, std::vector<std::pair<std::uint32_t, Entry>>& hashed) {
  const auto& [text, caseless] = literals_[literal];
  std::uint32_t mask = load(std::string(std::min<std::size_t>(text.size(), sizeof mask), '\xFF'), 0);
  if (caseless) mask &= ~kLowerCase;
  for (const auto& form : forms(literals_[literal], offset, characters_))
    hashed.emplace_back(hash(load(form, 0)), Entry{literal, offset, load(text, 0) & mask, mask});
  if (step_ != 2) return;
  const bool has_previous = offset > 0 && static_cast<std::size_t>(offset) + sizeof mask > text.size();
  for (const auto& form : forms(literals_[literal], has_previous ? offset - 1 : offset, sizeof mask))
    set(has_previous ? with_previous_ : with_next_, hash_of_four(load(form, 0)));
}

bool LiteralSet::goes_on(std::string_view text, std::size_t at) const {
  if (at == 0 || at + sizeof(std::uint32_t) > text.size())
    return holds(with_next_, hash_of_four(load(text, at))) ||
           (at != 0 && holds(with_previous_, hash_of_four(load(text, at - 1))));
  const char* const here = text.data() + at;
  const bool next = holds(with_next_, hash_of_four(load_inside(here)));
  return next | holds(with_previous_, hash_of_four(load_inside(here - 1)));
}

template <std::size_t kStep>
void LiteralSet::scan_by(std::string_view text, const Listener& listener) const {
  constexpr std::size_t kAtOnce = 8;  // places: one rarely taken branch for all of them
  constexpr std::size_t kBlock = kAtOnce * kStep;
  std::size_t at = 0;
  for (; at + kBlock + sizeof(std::uint32_t) <= text.size(); at += kBlock) {
    const char* const block = text.data() + at;
    unsigned found = 0;
    for (std::size_t i = 0; i < kAtOnce; ++i)
      found |= static_cast<unsigned>(holds(bits_, hash(load_inside(block + i * kStep)))) << i;
    for (; found != 0; found &= found - 1) {
      const auto place = static_cast<std::size_t>(std::countr_zero(found)) * kStep;
      if (kStep == 1 || goes_on(text, at + place))
        compare(text, at + place, hash(load_inside(block + place)), listener);
    }
  }
  for (; at < text.size(); at += kStep)
    if (const auto value = hash(load(text, at)); holds(bits_, value)) compare(text, at, value, listener);
}

template void LiteralSet::scan_by<1>(std::string_view text, const Listener& listener) const;
template void LiteralSet::scan_by<2>(std::string_view text, const Listener& listener) const;

void LiteralSet::compare(std::string_view text, std::size_t at, std::uint32_t hash, const Listener& listener) const {
  const auto before = bits_[hash / 64] & ((1ULL << (hash % 64)) - 1);
  const auto rank = rank_[hash / 64] + static_cast<std::uint32_t>(std::popcount(before));
  for (auto i = first_[rank]; i < first_[rank + 1]; ++i) {
    const auto& entry = entries_[i];
    const auto begin = at - static_cast<std::size_t>(entry.offset);  // beyond the end when it would be before the text
    if (begin >= text.size()) continue;
    const bool inside = begin + sizeof(std::uint32_t) <= text.size();
    const auto head = inside ? load_inside(text.data() + begin) : load(text, begin);
    if ((head & entry.mask) != entry.head) continue;
    const auto& literal = literals_[entry.literal];
    const auto there = text.substr(begin, literal.text.size());
    if (literal.caseless ? iequals(there, literal.text) : there == literal.text)
      listener.tell(listener.context, entry.literal, begin + literal.text.size());
  }
}

}  // namespace assay::secrets
