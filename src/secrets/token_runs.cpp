#include "secrets/token_runs.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace assay::secrets {
namespace {

constexpr std::size_t kLongWord = 22;

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_token(char c) {
  return (c >= 'a' && c <= 'z') || is_upper(c) || is_digit(c) || c == '_' || c == '-';
}

// Letters in a row that no word and few names have.
bool is_long_word(std::string_view run) {
  std::size_t letters = 0;
  for (const char c : run) {
    letters = c == '_' || c == '-' ? 0 : letters + 1;
    if (letters >= kLongWord) return true;
  }
  return false;
}

// A quarter to three quarters of upper-case letters: fewer are the seams of a name, more are a constant's.
bool is_mixed(std::size_t upper, std::size_t length) {
  return upper * 4 >= length && upper * 4 <= length * 3;
}

bool may_be_drawn(std::string_view run) {
  return std::ranges::any_of(run, is_digit) ||
         is_mixed(static_cast<std::size_t>(std::ranges::count_if(run, is_upper)), run.size()) || is_long_word(run);
}

// From `at`, which may stand inside of a run that `begin` began.
void go_on_plainly(std::string_view text, std::size_t begin, std::size_t at, std::vector<TokenRun>& runs) {
  while (true) {
    while (at < text.size() && is_token(text[at])) ++at;
    if (at - begin >= kLeastTokenRun && may_be_drawn(text.substr(begin, at - begin))) runs.push_back({begin, at});
    if (at >= text.size()) return;
    while (at < text.size() && !is_token(text[at])) ++at;
    begin = at;
  }
}

#if defined(__x86_64__)

constexpr std::size_t kWord = 64;  // bytes looked at together: a bit each

struct Masks {
  std::uint64_t token, digit, upper;
};

__attribute__((target("avx2"))) inline __m256i between(__m256i bytes, char first, char count) {
  const auto shifted = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
  return _mm256_cmpeq_epi8(_mm256_min_epu8(shifted, _mm256_set1_epi8(count)), shifted);
}

__attribute__((target("avx2"))) inline Masks masks_of_half(const char* at) {
  const auto bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const auto letters = between(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), 'a', 25);
  const auto digits = between(bytes, '0', 9);
  const auto upper = between(bytes, 'A', 25);
  const auto joints =
      _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('_')), _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('-')));
  const auto token = _mm256_or_si256(_mm256_or_si256(letters, digits), joints);
  return {static_cast<std::uint32_t>(_mm256_movemask_epi8(token)),
          static_cast<std::uint32_t>(_mm256_movemask_epi8(digits)),
          static_cast<std::uint32_t>(_mm256_movemask_epi8(upper))};
}

// Whether `mask` holds kLeastTokenRun ones in a row.
inline bool has_run(std::uint64_t mask) {
  static_assert(kLeastTokenRun == 14);
  mask &= mask >> 1U;
  mask &= mask >> 2U;
  mask &= mask >> 4U;
  return (mask & (mask >> 6U)) != 0;
}

__attribute__((target("avx2"))) inline Masks masks_of_word(const char* at) {
  const auto low = masks_of_half(at);
  const auto high = masks_of_half(at + kWord / 2);
  return {low.token | high.token << 32U, low.digit | high.digit << 32U, low.upper | high.upper << 32U};
}

// The runs that begin and end within the word at `at`; `inner`: its token characters without the runs at its ends.
inline void find_inner(std::string_view text, std::size_t at, std::uint64_t inner, const Masks& masks,
                       std::vector<TokenRun>& runs) {
  while (has_run(inner)) {
    const auto first = static_cast<unsigned>(std::countr_zero(inner));
    const auto length = static_cast<unsigned>(std::countr_one(inner >> first));
    const auto run = ((1ULL << length) - 1) << first;
    inner &= ~run;
    if (length < kLeastTokenRun) continue;
    if ((masks.digit & run) != 0 || is_mixed(static_cast<std::size_t>(std::popcount(masks.upper & run)), length) ||
        (length >= kLongWord && is_long_word(text.substr(at + first, length))))
      runs.push_back({at + first, at + first + length});
  }
}

__attribute__((target("avx2"))) void find_with_avx2(std::string_view text, std::vector<TokenRun>& runs) {
  std::size_t begin = 0;  // of the run that the last word ended in; the word's end when it ended in none
  std::size_t at = 0;
  for (; at + kWord <= text.size(); at += kWord) {
    const auto masks = masks_of_word(text.data() + at);
    const auto head = static_cast<unsigned>(std::countr_one(masks.token));
    if (head == kWord) continue;
    const auto end = at + head;
    if (end - begin >= kLeastTokenRun && may_be_drawn(text.substr(begin, end - begin))) runs.push_back({begin, end});
    const auto tail = static_cast<unsigned>(std::countl_one(masks.token));
    auto inner = masks.token & ~((1ULL << head) - 1);
    if (tail != 0) inner &= ~0ULL >> tail;
    find_inner(text, at, inner, masks, runs);
    begin = at + kWord - tail;
  }
  go_on_plainly(text, begin, at, runs);
}

#endif

}  // namespace

void find_token_runs_plainly(std::string_view text, std::vector<TokenRun>& runs) {
  runs.clear();
  go_on_plainly(text, 0, 0, runs);
}

void find_token_runs(std::string_view text, std::vector<TokenRun>& runs) {
#if defined(__x86_64__)
  static const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
  if (kHasAvx2) {
    runs.clear();
    find_with_avx2(text, runs);
    return;
  }
#endif
  find_token_runs_plainly(text, runs);
}

}  // namespace assay::secrets
