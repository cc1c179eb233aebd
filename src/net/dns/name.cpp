#include "net/dns/name.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"

namespace assay::net::dns {

namespace {

constexpr std::string_view kLabelSpecials = ".\\\"();@$";

// One octet of a label in presentation form; `text` is moved on. nullopt for a bad escape.
std::optional<std::uint8_t> take_octet(std::string_view& text) {
  const char first = text.front();
  text.remove_prefix(1);
  if (first != '\\') return static_cast<std::uint8_t>(first);
  if (text.empty()) return std::nullopt;
  if (!is_digit(text[0])) {
    const char escaped = text[0];
    text.remove_prefix(1);
    return static_cast<std::uint8_t>(escaped);
  }
  if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2])) return std::nullopt;
  const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  text.remove_prefix(3);
  if (value > 255) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

}  // namespace

bool Reader::need(std::size_t n) {
  if (!failed_ && n <= left()) return true;
  failed_ = true;
  return false;
}

std::uint8_t Reader::u8() {
  if (!need(1)) return 0;
  return message_[at_++];
}

std::uint16_t Reader::u16() {
  if (!need(2)) return 0;
  const auto value = static_cast<std::uint16_t>(message_[at_] << 8U | message_[at_ + 1]);
  at_ += 2;
  return value;
}

std::uint32_t Reader::u32() {
  const std::uint32_t high = u16();
  return high << 16U | u16();
}

ByteView Reader::bytes(std::size_t n) {
  if (!need(n)) return {};
  const auto taken = message_.subspan(at_, n);
  at_ += n;
  return taken;
}

Reader Reader::part(std::size_t n) {
  Reader inner = *this;
  if (need(n)) {
    inner.end_ = at_ + n;
    at_ += n;
  } else {
    inner.failed_ = true;
  }
  return inner;
}

std::string Reader::name(Case c) {
  std::string out;
  std::size_t octets = 1;     // the root's
  std::size_t segment = at_;  // where the part that is being read began
  std::size_t at = at_;       // runs through the parts
  std::size_t end = end_;     // parts behind a pointer may lie anywhere before it
  bool jumped = false;
  const auto broken = [&] {
    failed_ = true;
    return std::string();
  };
  if (failed_) return out;
  for (;;) {
    if (at >= end) return broken();
    const std::size_t length = message_[at];
    if ((length & 0xc0U) == 0xc0U) {
      if (at + 1 >= end) return broken();
      const std::size_t target = (length & 0x3fU) << 8U | message_[at + 1];
      if (target >= segment) return broken();
      if (!jumped) at_ = at + 2;
      jumped = true;
      end = message_.size();
      at = segment = target;
      continue;
    }
    if (length > kLabelOctets || at + 1 + length > end) return broken();
    octets += length == 0 ? 0 : length + 1;
    if (octets > kNameOctets) return broken();
    ++at;
    if (length == 0) break;
    if (!out.empty()) out += '.';
    append_escaped(out, message_.subspan(at, length), kLabelSpecials, Quoted::no);
    at += length;
  }
  if (!jumped) at_ = at;
  if (out.empty()) return ".";
  if (c == Case::lower)
    std::ranges::transform(out, out.begin(),
                           [](char x) { return x >= 'A' && x <= 'Z' ? static_cast<char>(x | 0x20) : x; });
  return out;
}

void append_escaped(std::string& out, ByteView bytes, std::string_view specials, Quoted quoted) {
  const std::uint8_t first_printable = quoted == Quoted::yes ? 0x20 : 0x21;
  for (const auto byte : bytes) {
    const char c = static_cast<char>(byte);
    if (byte >= first_printable && byte < 0x7f) {
      if (specials.contains(c)) out += '\\';
      out += c;
      continue;
    }
    const std::array<char, 4> escape{'\\', static_cast<char>('0' + byte / 100), static_cast<char>('0' + byte / 10 % 10),
                                     static_cast<char>('0' + byte % 10)};
    out.append(escape.data(), escape.size());
  }
}

Result<void> append_name(Bytes& out, std::string_view name) {
  const auto no = [&](std::string reason) {
    return fail(ErrorCode::invalid_input, std::string(name), std::move(reason));
  };
  const std::size_t start = out.size();
  auto rest = name == "." ? std::string_view() : name;
  if (name.empty()) return no("is an empty name");
  while (!rest.empty()) {
    const std::size_t length_at = out.size();
    out.push_back(0);
    while (!rest.empty() && rest.front() != '.') {
      const auto octet = take_octet(rest);
      if (!octet) return no("has an escape that cannot be read");
      out.push_back(*octet);
    }
    const std::size_t length = out.size() - length_at - 1;
    if (length == 0) return no("has an empty label");
    if (length > kLabelOctets) return no("has a label of more than 63 octets");
    out[length_at] = static_cast<std::uint8_t>(length);
    if (!rest.empty()) rest.remove_prefix(1);
  }
  out.push_back(0);
  if (out.size() - start > kNameOctets) return no("is longer than 255 octets");
  return {};
}

}  // namespace assay::net::dns
