#include "secrets/text_shapes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/ascii.h"
#include "secrets/bit_places.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kLongWord = 22;

constexpr bool is_token(char c) {
  return (c >= 'a' && c <= 'z') || is_upper(c) || is_digit(c) || c == '_' || c == '-';
}

// Letters of one case in a row that no word has.
bool holds_long_word(std::string_view run) {
  std::size_t lower = 0;
  std::size_t upper = 0;
  for (const char c : run) {
    lower = c >= 'a' && c <= 'z' ? lower + 1 : 0;
    upper = is_upper(c) ? upper + 1 : 0;
    if (lower >= kLongWord || upper >= kLongWord) return true;
  }
  return false;
}

// A quarter to three quarters of upper-case letters: fewer are the seams of a name, more are a constant's.
bool is_mixed(std::size_t upper, std::size_t length) {
  return upper * 4 >= length && upper * 4 <= length * 3;
}

bool may_be_drawn(std::string_view run) {
  return std::ranges::any_of(run, is_digit) ||
         is_mixed(static_cast<std::size_t>(std::ranges::count_if(run, is_upper)), run.size()) || holds_long_word(run);
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

void find_shapes_plainly(std::string_view text, TextShapes& shapes) {
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

#if defined(__x86_64__)

constexpr std::size_t kWord = 64;  // bytes looked at together: a bit each

// What a step of the search looks at: a bit for each byte, the word before the step first, the one behind it last, so
// that runs can be read that begin in the one or end in the other.
struct Step {
  static constexpr std::size_t kWords = 64;
  static constexpr std::size_t kFirst = 1, kBehind = kFirst + kWords;
  using Bits = std::array<std::uint64_t, kBehind + 1>;
  Bits tokens{}, digits{}, upper{}, joints{};
  Bits signs{};  // as is_sign() tells
  bool zeros = false;
};

// Fills words [from, to) of a step with what `text` shows; reads one byte behind them.
using Fill = void (*)(const char* text, std::size_t from, std::size_t to, Step& step);

#define ASSAY_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

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

ASSAY_AVX2 inline __m256i signs_of(__m256i bytes, __m256i next) {
  const auto letters = _mm256_or_si256(_mm256_or_si256(equal(next, 'u'), equal(next, 'x')), equal(next, '/'));
  return _mm256_or_si256(_mm256_and_si256(equal(bytes, '\\'), letters),
                         _mm256_and_si256(equal(bytes, '%'), between(next, '0', 7)));
}

ASSAY_AVX2 inline __m256i joints_of(__m256i bytes) {
  return _mm256_or_si256(equal(bytes, '_'), equal(bytes, '-'));
}

ASSAY_AVX2 inline __m256i tokens_of(__m256i bytes) {
  const auto letters = between(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), 'a', 25);
  return _mm256_or_si256(_mm256_or_si256(letters, between(bytes, '0', 9)), joints_of(bytes));
}

// Where the run ends that holds what stands before `at`: of Base64 it may be far.
ASSAY_AVX2 std::size_t end_of_run(std::string_view text, std::size_t at) {
  for (constexpr std::size_t kHalf = 32; at + kHalf <= text.size(); at += kHalf) {
    const auto others = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(tokens_of(load(text.data() + at))));
    if (others != 0) return at + static_cast<std::size_t>(std::countr_zero(others));
  }
  while (at < text.size() && is_token(text[at])) ++at;
  return at;
}

ASSAY_AVX2 void fill_with_avx2(const char* text, std::size_t from, std::size_t to, Step& step) {
  constexpr unsigned kHalf = 32;
  for (auto word = from; word < to; ++word) {
    step.tokens[word] = step.digits[word] = step.upper[word] = step.joints[word] = step.signs[word] = 0;
    for (unsigned shift = 0; shift < kWord; shift += kHalf, text += kHalf) {
      const auto bytes = load(text);
      const auto bits = [shift](__m256i all) ASSAY_AVX2 {
        return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(all))) << shift;
      };
      step.tokens[word] |= bits(tokens_of(bytes));
      step.digits[word] |= bits(between(bytes, '0', 9));
      step.upper[word] |= bits(between(bytes, 'A', 25));
      step.joints[word] |= bits(joints_of(bytes));
      step.signs[word] |= bits(signs_of(bytes, load(text + 1)));
      step.zeros |= bits(equal(bytes, '\0')) != 0;
    }
  }
}

#define ASSAY_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi")))

enum Class : std::uint8_t {
  kToken = 1,
  kDigit = 2,
  kUpper = 4,
  kJoint = 8,
  kBackslash = 16,
  kPercent = 32,
  kEscaped = 64,  // behind a backslash
  kHex = 128,     // behind a percent sign
};

alignas(64) constexpr auto kClasses = [] {
  std::array<std::uint8_t, 128> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto c = static_cast<char>(i);
    classes[i] = static_cast<std::uint8_t>(
        (is_token(c) ? kToken : 0) | (is_digit(c) ? kDigit : 0) | (is_upper(c) ? kUpper : 0) |
        (c == '_' || c == '-' ? kJoint : 0) | (c == '\\' ? kBackslash : 0) | (c == '%' ? kPercent : 0) |
        (c == 'u' || c == 'x' || c == '/' ? kEscaped : 0) | (c >= '0' && c <= '7' ? kHex : 0));
  }
  return classes;
}();

ASSAY_AVX512 void fill_with_avx512(const char* text, std::size_t from, std::size_t to, Step& step) {
  const auto low = _mm512_load_si512(kClasses.data());
  const auto high = _mm512_load_si512(kClasses.data() + kWord);
  __mmask64 zeros = 0;
  for (auto word = from; word < to; ++word, text += kWord) {
    const auto bytes = _mm512_loadu_si512(text);
    const auto next = _mm512_loadu_si512(text + 1);
    const auto classes = _mm512_maskz_permutex2var_epi8(~_mm512_movepi8_mask(bytes), low, bytes, high);
    const auto behind = _mm512_maskz_permutex2var_epi8(~_mm512_movepi8_mask(next), low, next, high);
    step.tokens[word] = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(kToken));
    step.digits[word] = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(kDigit));
    step.upper[word] = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(kUpper));
    step.joints[word] = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(kJoint));
    // A backslash and what it escapes are two bits apart, and so are a percent sign and its digit.
    static_assert(kBackslash << 2 == kEscaped && kPercent << 2 == kHex);
    const auto first = _mm512_and_si512(_mm512_slli_epi16(classes, 2), behind);
    step.signs[word] = _mm512_test_epi8_mask(first, _mm512_set1_epi8(static_cast<char>(kEscaped | kHex)));
    zeros |= _mm512_testn_epi8_mask(bytes, bytes);
  }
  step.zeros |= zeros != 0;
}

// The places of `tokens` where a run reaches kLeastTokenRun characters; `before`: the word before. Without state from
// word to word, so that compilers reckon several at once.
inline std::uint64_t reached(std::uint64_t tokens, std::uint64_t before) {
  static_assert(kLeastTokenRun == 8 + 6);
  const auto both = [&](unsigned distance) {
    tokens &= tokens << distance | before >> (kWord - distance);
    before &= before << distance;
  };
  for (const unsigned distance : {1U, 2U, 4U, 6U}) both(distance);
  return tokens & ~(tokens << 1U | before >> (kWord - 1));
}

// Whether kLongWord bits in a row are set.
inline bool holds_long_word(std::uint64_t letters) {
  static_assert(kLongWord == 16 + 6);
  for (const unsigned distance : {1U, 2U, 4U, 8U, 6U}) letters &= letters >> distance;
  return letters != 0;
}

// The kWord bits from `at` on.
inline std::uint64_t bits_from(const Step::Bits& bits, std::size_t at) {
  const auto* word = bits.data() + at / kWord;
  const auto shift = at % kWord;
  return word[0] >> shift | word[1] << 1U << (kWord - 1 - shift);
}

// Searches a text step by step.
class ShapeFinder {
 public:
  ShapeFinder(std::string_view text, VectorWidth width, TextShapes& shapes)
      : text_(text),
        width_(width),
        fill_(width == VectorWidth::avx512 ? fill_with_avx512 : fill_with_avx2),
        shapes_(shapes) {}

  ASSAY_AVX2 void run() {
    fill(0, Step::kFirst, Step::kFirst + 1);
    for (std::size_t begin = 0; begin < text_.size(); begin += Step::kWords * kWord) {
      const auto words = std::min(Step::kWords, (text_.size() - begin + kWord - 1) / kWord);
      fill(begin + kWord, Step::kFirst + 1, Step::kFirst + words + 1);
      read_runs(begin, words);
      read_signs(begin, words);
      for (auto* bits : {&step_.tokens, &step_.digits, &step_.upper, &step_.joints, &step_.signs})
        std::copy_n(bits->end() - 2, 2, bits->begin());
    }
    shapes_.zeros = step_.zeros;
  }

 private:
  // Words [from, to) with what stands at `at`, if anything does.
  void fill(std::size_t at, std::size_t from, std::size_t to) {
    const auto left = at < text_.size() ? text_.size() - at : 0;
    const auto whole = left == 0 ? 0 : std::min(to - from, (left - 1) / kWord);
    fill_(text_.data() + at, from, from + whole, step_);
    from += whole;
    if (from == to) return;
    if (left != 0) fill_last(text_.substr(at + whole * kWord), from++);
    if (from == to) return;
    for (auto* bits : {&step_.tokens, &step_.digits, &step_.upper, &step_.joints, &step_.signs})
      std::fill(bits->begin() + static_cast<std::ptrdiff_t>(from), bits->begin() + static_cast<std::ptrdiff_t>(to), 0);
  }

  void fill_last(std::string_view rest, std::size_t word) {
    std::array<char, kWord + 1> last{};
    std::ranges::copy(rest, last.begin());
    // The zeros behind the text are not its own.
    const bool zeros = step_.zeros || rest.find('\0') != std::string_view::npos;
    fill_(last.data(), word, word + 1, step_);
    step_.zeros = zeros;
  }

  // Of the step that begins at `begin`.
  ASSAY_AVX2 void read_runs(std::size_t begin, std::size_t words) {
    std::array<std::uint64_t, Step::kWords> ends;
    const auto* const before = step_.tokens.data() + Step::kFirst - 1;
    for (std::size_t i = 0; i < words; ++i) ends[i] = reached(before[i + 1], before[i]);
    const auto count = bit_places(std::span(ends).first(words), places_.data(), width_);
    auto filled = shapes_.runs.size();
    shapes_.runs.resize(filled + count);
    for (const auto place : std::span(places_).first(count))
      filled += read_run(begin, place + 1 + kWord - kLeastTokenRun, shapes_.runs[filled]) ? 1 : 0;
    shapes_.runs.resize(filled);
  }

  // The run that begins at bit `at` of the step; whether it may be drawn. What can be reckoned without a branch is: no
  // branch here can be foretold.
  ASSAY_AVX2 bool read_run(std::size_t begin, std::size_t at, TokenRun& run) const {
    const auto length = static_cast<std::size_t>(std::countr_one(bits_from(step_.tokens, at)));
    run.begin = begin + at - kWord;
    run.end = run.begin + length;
    if (length == kWord) {
      run.end = end_of_run(text_, run.end);
      return may_be_drawn(text_.substr(run.begin, run.end - run.begin));
    }
    const auto inside = (1ULL << length) - 1;
    const auto digits = bits_from(step_.digits, at) & inside;
    const auto upper = bits_from(step_.upper, at) & inside;
    const bool mixed = is_mixed(static_cast<std::size_t>(std::popcount(upper)), length);
    const bool long_word =
        holds_long_word(upper) || holds_long_word(~(bits_from(step_.joints, at) | upper | digits) & inside);
    return (static_cast<unsigned>(digits != 0) | static_cast<unsigned>(mixed) | static_cast<unsigned>(long_word)) != 0;
  }

  void read_signs(std::size_t begin, std::size_t words) {
    const auto count = bit_places(std::span(step_.signs).subspan(Step::kFirst, words), places_.data(), width_);
    for (const auto place : std::span(places_).first(count)) add_sign(text_, begin + place, shapes_);
  }

  std::string_view text_;
  VectorWidth width_;
  Fill fill_;
  TextShapes& shapes_;
  Step step_;
  std::array<std::uint32_t, Step::kWords * kWord + kSpareBitPlaces> places_;
};

#endif

}  // namespace

void find_shapes(std::string_view text, TextShapes& shapes, VectorWidth width) {
  shapes.runs.clear();
  shapes.escapes.clear();
  shapes.percents.clear();
  shapes.zeros = false;
#if defined(__x86_64__)
  if (width != VectorWidth::plain) return ShapeFinder(text, width, shapes).run();
#endif
  find_shapes_plainly(text, shapes);
}

}  // namespace assay::secrets
