#pragma once

// Packs: many objects in one file, with an index that finds them by id (gitformat-pack, pack versions 2 and 3, index
// version 2). Every offset and size of these files is checked before it is used.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "source/git/object_id.h"

namespace assay::source::git {

// A file in memory, read-only, until this ends. Git writes packs once and never changes them.
class Mapping {
 public:
  // Errors: io. An empty file is an empty view.
  static Result<Mapping> open(const std::string& path);
  Mapping() = default;
  Mapping(Mapping&& other) noexcept : bytes_(other.bytes_) { other.bytes_ = {}; }
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();
  ByteView view() const { return bytes_; }

 private:
  ByteView bytes_;
};

// The sorted ids of a pack, over the bytes of its .idx file.
class PackIndex {
 public:
  // Checks the frame: magic, version, sizes, an ascending fan-out. Errors: invalid_input, unsupported (version).
  static Result<PackIndex> parse(ByteView bytes, const std::string& name);

  std::uint32_t count() const { return count_; }
  // `position` < count().
  ObjectId id(std::uint32_t position) const { return object_id_at(ids_ + std::size_t{position} * ObjectId::kSize); }
  // Of the object's entry in the pack; not checked against the pack's size. ~0 when the index contradicts itself.
  std::uint64_t offset(std::uint32_t position) const;
  std::optional<std::uint32_t> find(const ObjectId& id) const;

 private:
  const std::uint8_t* fan_out_ = nullptr;
  const std::uint8_t* ids_ = nullptr;
  const std::uint8_t* offsets_ = nullptr;
  const std::uint8_t* large_offsets_ = nullptr;
  std::uint32_t count_ = 0, large_count_ = 0;
};

// What stands before an object's compressed bytes.
struct EntryHead {
  ObjectType type = ObjectType::none;
  std::uint64_t size = 0;      // inflated: of the object, or of the delta
  std::size_t length = 0;      // of this head
  std::uint64_t distance = 0;  // of an offset_delta: how far before the entry its base's entry begins
  ObjectId base;               // of an id_delta
};
// `bytes` begins with the entry and ends with the pack's entries. Nothing when it is cut off or its type is unknown.
std::optional<EntryHead> read_entry_head(ByteView bytes);

struct Pack {
  // `path` without ".pack" or ".idx". Errors: io, invalid_input, unsupported.
  static Result<Pack> open(const std::string& path);
  // From the entry's offset to the end of the last entry; empty when `offset` is outside.
  ByteView from(std::uint64_t offset) const;

  std::string path;
  Mapping data, index_data;
  PackIndex index;
};

}  // namespace assay::source::git
