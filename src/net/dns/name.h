#pragma once

// Domain names on the wire (RFC 1035 §3.1, §4.1.4) and reading of messages, for the files of this folder.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace assay::net::dns {

// The longest name in octets, with the length bytes and the root (RFC 1035 §2.3.4).
inline constexpr std::size_t kNameOctets = 255;
inline constexpr std::size_t kLabelOctets = 63;

enum class Case { lower, as_sent };

// Walks over a message. What runs over the end sets failed() and gives zeros; the caller looks once, at the end.
class Reader {
 public:
  explicit Reader(ByteView message) : message_(message), end_(message.size()) {}

  bool failed() const { return failed_; }
  std::size_t at() const { return at_; }
  std::size_t left() const { return end_ - at_; }

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  ByteView bytes(std::size_t n);
  // A name, compressed or not, in presentation form. A pointer must lead to before the part of the name that it ends,
  // so that no chain of them is endless.
  std::string name(Case c = Case::lower);
  // The next `n` bytes as a reader of their own that can follow pointers into the whole message.
  Reader part(std::size_t n);

 private:
  bool need(std::size_t n);

  ByteView message_;
  std::size_t at_ = 0;
  std::size_t end_;
  bool failed_ = false;
};

// Appends `bytes`, escaped as RFC 1035 §5.1 says: "\" before `specials`, three decimal digits for what is not
// printable. A blank is printable inside quotes only.
enum class Quoted { no, yes };
void append_escaped(std::string& out, ByteView bytes, std::string_view specials, Quoted quoted);

// Appends `name` (presentation form, the dot at the end may be there) uncompressed. Errors: invalid_input.
Result<void> append_name(Bytes& out, std::string_view name);

}  // namespace assay::net::dns
