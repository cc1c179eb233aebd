#pragma once

// Loose objects: one zlib stream a file, "<type> <size>", NUL, content.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "source/git/inflate.h"
#include "source/git/object_id.h"

namespace assay::source::git {

struct LooseHead {
  ObjectType type = ObjectType::none;
  std::uint64_t size = 0;  // of the content
  std::size_t length = 0;  // of the head with its NUL
};
// The head of the object whose file has the bytes `file`. Nothing when it is none.
std::optional<LooseHead> read_loose_head(ByteView file);

// Fills `object` with head and content. False when the stream is broken or not as long as `head` says.
bool read_loose(ByteView file, const LooseHead& head, Inflater& inflater, Buffer& object);

// The ids of the loose objects in a folder "objects", sorted; at most `most`.
std::vector<ObjectId> list_loose(const std::string& objects, std::size_t most);
// Where the object `id` of the folder `objects` is.
std::string loose_path(const std::string& objects, const ObjectId& id);

}  // namespace assay::source::git
