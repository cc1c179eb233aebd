#pragma once

// The name of a git object, and what kinds there are.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace assay::source::git {

// SHA-1 of type, size and content. Taken from the repository, never computed: a wrong one costs a look-up, no more.
struct ObjectId {
  static constexpr std::size_t kSize = 20;
  std::array<std::uint8_t, kSize> bytes{};
  auto operator<=>(const ObjectId&) const = default;
};

struct ObjectIdHash {
  std::size_t operator()(const ObjectId& id) const {
    std::uint64_t a = 0, b = 0;
    std::memcpy(&a, id.bytes.data(), sizeof a);
    std::memcpy(&b, id.bytes.data() + 8, sizeof b);
    return static_cast<std::size_t>((a ^ (b >> 7U)) * 0x9E3779B97F4A7C15ULL);
  }
};

// The id at `bytes`, of which kSize must be readable.
inline ObjectId object_id_at(const std::uint8_t* bytes) {
  ObjectId id;
  std::memcpy(id.bytes.data(), bytes, ObjectId::kSize);
  return id;
}

inline std::string to_hex(const ObjectId& id) {
  return assay::to_hex(ByteView(id.bytes));
}

// What stands for the path of an object that has none: 16 digits, which git takes as it takes all. Forty in a report
// would look like a token themselves.
inline std::string object_name(const ObjectId& id) {
  return "(object " + to_hex(id).substr(0, 16) + ")";
}

// The id in the first 40 hexadecimal digits of `text`; nothing when they are not there.
std::optional<ObjectId> parse_object_id(std::string_view text);

// Numbers as in a pack's entries (Documentation/gitformat-pack of git).
enum class ObjectType : std::uint8_t {
  none = 0,
  commit = 1,
  tree = 2,
  blob = 3,
  tag = 4,
  offset_delta = 6,
  id_delta = 7
};

}  // namespace assay::source::git
