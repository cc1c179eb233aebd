#include "secrets/decode.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <numeric>
#include <optional>

namespace assay::secrets {
namespace {

constexpr std::size_t kLeastRun = 28;      // characters: what 20 bytes take in Base64
constexpr std::size_t kHead = 12;          // decoded bytes that must be text
constexpr std::size_t kLeastWrapped = 40;  // characters of a line that goes on in the next
constexpr std::size_t kReach = 2048;       // bytes of a string to either side of an escape
constexpr std::size_t kLeastUtf16 = 8;     // characters
constexpr std::uint8_t kNone = 255;

constexpr std::array<std::uint8_t, 256> base64_values() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNone);
  std::uint8_t value = 0;
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
    table[static_cast<unsigned char>(c)] = value++;
  table['-'] = 62;
  table['_'] = 63;
  return table;
}

constexpr auto kBase64 = base64_values();

std::uint8_t base64_value(char c) {
  return kBase64[static_cast<unsigned char>(c)];
}

std::optional<unsigned> hex_value(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

bool is_text(unsigned char c) {
  return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
}

// Text, or text in UTF-16.
bool is_text(std::string_view head) {
  if (std::ranges::all_of(head, [](char c) { return is_text(static_cast<unsigned char>(c)); })) return true;
  for (const std::size_t zero : {0U, 1U}) {
    bool wide = true;
    for (std::size_t i = 0; i < head.size(); ++i)
      wide = wide && (i % 2 == zero ? head[i] == '\0' : is_text(static_cast<unsigned char>(head[i])));
    if (wide) return true;
  }
  return false;
}

// Behind the end of a line of wrapped Base64: the line feed and the indentation of the next line.
std::size_t joint(std::string_view text, std::size_t at) {
  constexpr std::size_t kMaxIndent = 64;
  auto next = at;
  if (next < text.size() && text[next] == '\r') ++next;
  if (next >= text.size() || text[next] != '\n') return at;
  ++next;
  const auto limit = std::min(text.size(), next + kMaxIndent);
  while (next < limit && (text[next] == ' ' || text[next] == '\t')) ++next;
  return next < text.size() && base64_value(text[next]) != kNone ? next : at;
}

// Decodes from region.begin on; sets region.end.
void decode_base64(std::string_view text, Decoded& region) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  std::size_t previous = region.begin;  // where the character before stands, which shares its bits
  auto at = region.begin;
  auto line = at;
  while (at < text.size() && region.text.size() < kMaxDecodedRegion) {
    const auto value = base64_value(text[at]);
    if (value == kNone) {
      const auto next = at - line >= kLeastWrapped ? joint(text, at) : at;
      if (next == at) break;
      at = line = next;
      continue;
    }
    bits = (bits << 6U) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      region.text += static_cast<char>((bits >> count) & 0xFFU);
      region.origin.push_back(static_cast<std::uint32_t>(previous - region.begin));
    }
    previous = at++;
    if (count == 0) previous = at;
  }
  while (at < text.size() && text[at] == '=') ++at;
  region.end = at;
}

void decode_hex(std::string_view text, Decoded& region) {
  auto at = region.begin;
  for (; at + 2 <= text.size() && region.text.size() < kMaxDecodedRegion; at += 2) {
    const auto value = hex_value(text.substr(at, 2));
    if (!value) break;
    region.text += static_cast<char>(*value);
    region.origin.push_back(static_cast<std::uint32_t>(at - region.begin));
  }
  region.end = at;
}

void restart(Decoded& region, std::string_view encoding, std::size_t begin) {
  region.encoding = encoding;
  region.begin = begin;
  region.end = begin;
  region.text.clear();
  region.origin.clear();
}

// The first bytes that a run decodes to, from each of the four places where a group may begin.
std::optional<std::size_t> text_in_base64(std::string_view run) {
  constexpr std::size_t kCharacters = kHead / 3 * 4;
  for (std::size_t shift = 0; shift < 4 && shift + kCharacters <= run.size(); ++shift) {
    std::array<char, kHead> head{};
    for (std::size_t i = 0; i < kHead; i += 3) {
      const auto* group = run.data() + shift + i / 3 * 4;
      const auto bits = static_cast<std::uint32_t>(base64_value(group[0]) << 18U | base64_value(group[1]) << 12U |
                                                   base64_value(group[2]) << 6U | base64_value(group[3]));
      head[i] = static_cast<char>(bits >> 16U);
      head[i + 1] = static_cast<char>(bits >> 8U);
      head[i + 2] = static_cast<char>(bits);
    }
    if (is_text({head.data(), head.size()})) return shift;
  }
  return std::nullopt;
}

bool is_text_in_hex(std::string_view run) {
  if (run.size() < 2 * kHead) return false;
  for (std::size_t i = 0; i < 2 * kHead; i += 2) {
    const auto value = hex_value(run.substr(i, 2));
    if (!value || !is_text(static_cast<unsigned char>(*value))) return false;
  }
  return true;
}

bool decode_run(std::string_view text, std::size_t begin, std::size_t end, Decoded& region) {
  const auto run = text.substr(begin, end - begin);
  if (is_text_in_hex(run)) {
    restart(region, "hex", begin);
    decode_hex(text, region);
    return true;
  }
  const auto shift = text_in_base64(run);
  if (!shift) return false;
  restart(region, "base64", begin + *shift);
  decode_base64(text, region);
  return true;
}

bool ends_a_url(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || std::string_view("\"'`<>()[]{}\\").find(c) != std::string_view::npos;
}

bool ends_a_string(char c) {
  return c == '\n' || c == '\r' || c == '\0';
}

// What stands around `at`, up to where `ends`, at most kReach to either side and not before `least`.
template <class Ends>
std::pair<std::size_t, std::size_t> surroundings(std::string_view text, std::size_t at, std::size_t least, Ends ends) {
  auto begin = at;
  while (begin > least && at - begin < kReach && !ends(text[begin - 1])) --begin;
  auto end = at;
  while (end < text.size() && end - at < kReach && !ends(text[end])) ++end;
  return {begin, end};
}

void append_utf8(std::string& text, unsigned code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0U | (code >> 6U));
    text += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    text += static_cast<char>(0xE0U | (code >> 12U));
    text += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    text += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

// Takes over what stands between `from` and the next `sign`, or the region's end; returns where that is.
std::size_t take_up_to(char sign, std::string_view text, std::size_t from, Decoded& region) {
  const auto plain = text.substr(from, region.end - from);
  const auto size = std::min(plain.find(sign), plain.size());
  region.text += plain.substr(0, size);
  const auto before = region.origin.size();
  region.origin.resize(before + size);
  std::iota(region.origin.begin() + static_cast<std::ptrdiff_t>(before), region.origin.end(),
            static_cast<std::uint32_t>(from - region.begin));
  return from + size;
}

void decode_percent(std::string_view text, Decoded& region) {
  for (auto at = region.begin; (at = take_up_to('%', text, at, region)) < region.end;) {
    const auto value = at + 3 <= region.end ? hex_value(text.substr(at + 1, 2)) : std::nullopt;
    region.text += value ? static_cast<char>(*value) : text[at];
    region.origin.push_back(static_cast<std::uint32_t>(at - region.begin));
    at += value ? 3 : 1;
  }
}

// Bytes of the escape at the beginning of `s`, 0 when it is none; `code` gets what it stands for.
std::size_t read_escape(std::string_view s, unsigned& code) {
  if (s.size() < 2 || s[0] != '\\') return 0;
  constexpr std::string_view kLetters = "nrtbf";
  constexpr std::string_view kMeanings = "\n\r\t\b\f";
  const std::size_t digits = s[1] == 'u' ? 4 : s[1] == 'x' ? 2 : 0;
  if (digits != 0) {
    const auto value = s.size() >= digits + 2 ? hex_value(s.substr(2, digits)) : std::nullopt;
    code = value.value_or(0);
    return value ? digits + 2 : 0;
  }
  const auto letter = kLetters.find(s[1]);
  if (letter == std::string_view::npos && std::string_view("\"'\\/`").find(s[1]) == std::string_view::npos) return 0;
  code = static_cast<unsigned char>(letter == std::string_view::npos ? s[1] : kMeanings[letter]);
  return 2;
}

void decode_escapes(std::string_view text, Decoded& region) {
  for (auto at = region.begin; (at = take_up_to('\\', text, at, region)) < region.end;) {
    unsigned code = 0;
    const auto length = read_escape(text.substr(at, region.end - at), code);
    const auto before = region.text.size();
    if (length == 0)
      region.text += text[at];
    else
      append_utf8(region.text, code);
    region.origin.resize(region.origin.size() + region.text.size() - before,
                         static_cast<std::uint32_t>(at - region.begin));
    at += std::max<std::size_t>(length, 1);
  }
}

// "\u00XX", "\xXX" and "\/": what hides characters of secrets. "\n" and "\"" are read where they stand.
bool hides_a_character(std::string_view s) {
  if (s.size() < 2) return false;
  if (s[1] == 'u') return s.size() >= 6 && s.substr(2, 2) == "00" && hex_value(s.substr(4, 2)).has_value();
  if (s[1] == 'x') return s.size() >= 4 && hex_value(s.substr(2, 2)).has_value();
  return s.starts_with("\\/\\/");
}

// Whether the backslash at `at` is itself behind one that escapes it.
bool is_escaped(std::string_view text, std::size_t at) {
  auto first = at;
  while (first > 0 && text[first - 1] == '\\') --first;
  return (at - first) % 2 != 0;
}

bool is_wide(std::string_view text, std::size_t at) {
  return at + 1 < text.size() && is_text(static_cast<unsigned char>(text[at])) && text[at + 1] == '\0';
}

}  // namespace

std::size_t Decoded::outer_end(std::size_t to) const {
  if (encoding == "base64" || encoding == "hex" || encoding == "utf-16")
    return std::min(end, begin + origin[to - 1] + 2);
  return to < origin.size() ? begin + std::max(origin[to], origin[to - 1] + 1) : end;
}

// `at` moves over the token runs behind it; Base64 goes on across "+" and "/".
bool EncodedRegions::next_run(std::size_t& at, Decoded& region) const {
  const auto from = std::ranges::lower_bound(shapes_.runs, at, {}, &TokenRun::begin);
  for (auto run = from; run != shapes_.runs.end(); ++run) {
    if (run->begin < at) continue;
    auto begin = run->begin;
    while (begin > at && base64_value(text_[begin - 1]) != kNone) --begin;
    auto end = run->end;
    while (end < text_.size() && base64_value(text_[end]) != kNone) ++end;
    at = end;
    if (end - begin < kLeastRun || !decode_run(text_, begin, end, region)) continue;
    at = std::max(region.end, end);
    return true;
  }
  return false;
}

bool EncodedRegions::next_percent(std::size_t& at, Decoded& region) const {
  for (auto sign = std::ranges::lower_bound(shapes_.percents, at); sign != shapes_.percents.end(); ++sign) {
    // "%02x" of a format is no escape: what it would stand for is no text.
    const auto value = *sign + 3 <= text_.size() ? hex_value(text_.substr(*sign + 1, 2)) : std::nullopt;
    if (!value || !is_text(static_cast<unsigned char>(*value))) continue;
    const auto [begin, end] = surroundings(text_, *sign, region.encoding == "percent" ? region.end : 0, ends_a_url);
    restart(region, "percent", begin);
    region.end = end;
    decode_percent(text_, region);
    at = end;
    return true;
  }
  return false;
}

bool EncodedRegions::next_escape(std::size_t& at, Decoded& region) const {
  for (auto sign = std::ranges::lower_bound(shapes_.escapes, at); sign != shapes_.escapes.end(); ++sign) {
    if (!hides_a_character(text_.substr(*sign, 6)) || is_escaped(text_, *sign)) continue;
    const auto [begin, end] = surroundings(text_, *sign, region.encoding == "json" ? region.end : 0, ends_a_string);
    restart(region, "json", begin);
    region.end = end;
    decode_escapes(text_, region);
    at = end;
    return true;
  }
  return false;
}

// Characters with a zero between each: of either byte order, at any place.
bool EncodedRegions::next_utf16(std::size_t& at, Decoded& region) const {
  while (shapes_.zeros && at < text_.size()) {
    const auto zero = text_.find('\0', at);
    if (zero == std::string_view::npos) return false;
    auto begin = zero == at ? zero + 1 : zero - 1;
    if (!is_wide(text_, begin)) {
      at = std::min(text_.find_first_not_of('\0', zero), text_.size());
      continue;
    }
    auto end = begin;
    while (is_wide(text_, end)) end += 2;
    at = end;
    if (end - begin < 2 * kLeastUtf16) continue;
    restart(region, "utf-16", begin);
    // The last character of big-endian text has no zero behind it.
    const bool more =
        begin > 0 && text_[begin - 1] == '\0' && end < text_.size() && is_text(static_cast<unsigned char>(text_[end]));
    region.end = more ? end + 1 : end;
    for (auto i = begin; i < region.end && region.text.size() < kMaxDecodedRegion; i += 2) {
      region.text += text_[i];
      region.origin.push_back(static_cast<std::uint32_t>(i - begin));
    }
    return true;
  }
  return false;
}

}  // namespace assay::secrets
