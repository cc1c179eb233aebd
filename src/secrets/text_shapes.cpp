#include "secrets/text_shapes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "secrets/bit_places.h"

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

void restart(TextShapes& shapes) {
  shapes.runs.clear();
  shapes.escapes.clear();
  shapes.percents.clear();
  shapes.zeros = false;
}

// Whether the two characters at `at` begin an escape.
bool is_sign(std::string_view text, std::size_t at) {
  if (at + 1 == text.size()) return false;
  const char next = text[at + 1];
  if (text[at] == '%') return next >= '0' && next <= '7';
  return text[at] == '\\' && (next == 'u' || next == 'x' || next == '/');
}

void add_sign(std::string_view text, std::size_t at, TextShapes& shapes) {
  (text[at] == '%' ? shapes.percents : shapes.escapes).push_back(at);
}

#if defined(__x86_64__)

#define ASSAY_AVX2 __attribute__((target("avx2,bmi,popcnt")))

constexpr std::size_t kWord = 64;  // bytes looked at together: a bit each

ASSAY_AVX2 inline __m256i load(const char* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

ASSAY_AVX2 inline __m256i between(__m256i bytes, char first, char count) {
  const auto shifted = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
  return _mm256_cmpeq_epi8(_mm256_min_epu8(shifted, _mm256_set1_epi8(count)), shifted);
}

ASSAY_AVX2 inline __m256i equal(__m256i bytes, char c) {
  return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c));
}

// A bit for each byte of which `low` and `high` are all ones or none.
ASSAY_AVX2 inline std::uint64_t bits_of(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(high))) << 32U;
}

ASSAY_AVX2 inline __m256i joints_of(__m256i bytes) {
  return _mm256_or_si256(equal(bytes, '_'), equal(bytes, '-'));
}

ASSAY_AVX2 inline __m256i tokens_of(__m256i bytes) {
  const auto letters = between(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), 'a', 25);
  return _mm256_or_si256(_mm256_or_si256(letters, between(bytes, '0', 9)), joints_of(bytes));
}

// is_long_word() of a mask that is set where no joint stands.
inline bool has_long_word(std::uint64_t letters) {
  static_assert(kLongWord == 16 + 6);
  for (const unsigned distance : {1U, 2U, 4U, 8U, 6U}) letters &= letters >> distance;
  return letters != 0;
}

struct Marks {
  std::uint64_t tokens, signs, zeros;  // of token runs; as is_sign() tells; zero bytes
};

ASSAY_AVX2 inline __m256i signs_of(__m256i bytes, __m256i next) {
  const auto letters = _mm256_or_si256(_mm256_or_si256(equal(next, 'u'), equal(next, 'x')), equal(next, '/'));
  return _mm256_or_si256(_mm256_and_si256(equal(bytes, '\\'), letters),
                         _mm256_and_si256(equal(bytes, '%'), between(next, '0', 7)));
}

// Reads one byte behind the word.
ASSAY_AVX2 inline Marks marks_at(const char* at) {
  const auto low = load(at);
  const auto high = load(at + kWord / 2);
  return {bits_of(tokens_of(low), tokens_of(high)),
          bits_of(signs_of(low, load(at + 1)), signs_of(high, load(at + kWord / 2 + 1))),
          bits_of(equal(low, '\0'), equal(high, '\0'))};
}

// Tells where kLeastTokenRun characters of a run have been seen, from word to word.
class RunLengths {
 public:
  // The places where a run of `tokens`, which follow on those of the call before, reaches that length.
  std::uint64_t reached(std::uint64_t tokens) {
    static_assert(kLeastTokenRun == 8 + 6);
    const auto two = with_those_before(tokens, 1, last_one_);
    const auto four = with_those_before(two, 2, last_two_);
    const auto eight = with_those_before(four, 4, last_four_);
    const auto all = with_those_before(eight, 6, last_eight_);
    return all & ~(all << 1U | std::exchange(last_all_, all) >> 63U);
  }

 private:
  static std::uint64_t with_those_before(std::uint64_t mask, unsigned distance, std::uint64_t& last) {
    return mask & (mask << distance | std::exchange(last, mask) >> (kWord - distance));
  }
  std::uint64_t last_one_ = 0, last_two_ = 0, last_four_ = 0, last_eight_ = 0, last_all_ = 0;
};

// The run that begins at `begin`; whether it may be drawn. What can be reckoned without a branch is: no branch here can
// be foretold.
ASSAY_AVX2 bool read_run(std::string_view text, std::size_t begin, TokenRun& run) {
  run = {begin, begin};
  if (begin + kWord <= text.size()) {
    const auto low = load(text.data() + begin);
    const auto high = load(text.data() + begin + kWord / 2);
    const auto length = static_cast<std::size_t>(std::countr_one(bits_of(tokens_of(low), tokens_of(high))));
    run.end += length;
    if (length < kWord) {
      const auto inside = (1ULL << length) - 1;
      const auto digits = bits_of(between(low, '0', 9), between(high, '0', 9)) & inside;
      const auto upper = bits_of(between(low, 'A', 25), between(high, 'A', 25)) & inside;
      const bool mixed = is_mixed(static_cast<std::size_t>(std::popcount(upper)), length);
      const bool long_word = has_long_word(~bits_of(joints_of(low), joints_of(high)) & inside);
      return (static_cast<unsigned>(digits != 0) | static_cast<unsigned>(mixed) | static_cast<unsigned>(long_word)) !=
             0;
    }
  }
  while (run.end < text.size() && is_token(text[run.end])) ++run.end;
  return may_be_drawn(text.substr(begin, run.end - begin));
}

// What one step of the search found, a bit for each place.
struct Step {
  static constexpr std::size_t kWords = 64;
  std::array<std::uint64_t, kWords> reached, signs;
  std::size_t words = 0;
};

// `at`: of the first bit.
ASSAY_AVX2 void read_step(std::string_view text, std::size_t at, const Step& step, TextShapes& shapes) {
  std::array<std::uint32_t, Step::kWords * kWord + kSpareBitPlaces> places;
  auto count = bit_places({step.reached.data(), step.words}, places.data());
  auto filled = shapes.runs.size();
  shapes.runs.resize(filled + count);
  for (const auto place : std::span(places).first(count))
    filled += read_run(text, at + place + 1 - kLeastTokenRun, shapes.runs[filled]) ? 1 : 0;
  shapes.runs.resize(filled);
  count = bit_places({step.signs.data(), step.words}, places.data());
  for (const auto place : std::span(places).first(count)) add_sign(text, at + place, shapes);
}

ASSAY_AVX2 void find_with_avx2(std::string_view text, TextShapes& shapes) {
  RunLengths lengths;
  std::array<char, kWord + 1> rest{};
  Step step;
  for (std::size_t begin = 0; begin < text.size(); begin += Step::kWords * kWord) {
    const auto end = std::min(text.size(), begin + Step::kWords * kWord);
    step.words = 0;
    for (auto at = begin; at < end; at += kWord, ++step.words) {
      const auto size = text.size() - at;
      const char* word = text.data() + at;
      if (size <= kWord) {
        std::memcpy(rest.data(), word, size);
        word = rest.data();
      }
      auto marks = marks_at(word);
      if (size < kWord) marks.zeros &= (1ULL << size) - 1;  // those behind the text are not its own
      step.reached[step.words] = lengths.reached(marks.tokens);
      step.signs[step.words] = marks.signs;
      shapes.zeros |= marks.zeros != 0;
    }
    read_step(text, begin, step, shapes);
  }
}

#endif

}  // namespace

void find_shapes_plainly(std::string_view text, TextShapes& shapes) {
  restart(shapes);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto begin = at;
    while (at < text.size() && is_token(text[at])) ++at;
    if (at - begin >= kLeastTokenRun && may_be_drawn(text.substr(begin, at - begin)))
      shapes.runs.push_back({begin, at});
    if (at == text.size()) return;
    if (is_sign(text, at)) add_sign(text, at, shapes);
    shapes.zeros |= text[at] == '\0';
  }
}

void find_shapes(std::string_view text, TextShapes& shapes) {
#if defined(__x86_64__)
  static const bool kHasAvx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
  if (kHasAvx2) {
    restart(shapes);
    find_with_avx2(text, shapes);
    return;
  }
#endif
  find_shapes_plainly(text, shapes);
}

}  // namespace assay::secrets
