#include "source/git/object_id.h"

#include <algorithm>

#include "base/bytes.h"

namespace assay::source::git {

std::optional<ObjectId> parse_object_id(std::string_view text) {
  if (text.size() < 2 * ObjectId::kSize) return std::nullopt;
  const auto bytes = from_hex(text.substr(0, 2 * ObjectId::kSize));
  if (!bytes) return std::nullopt;
  ObjectId id;
  std::ranges::copy(*bytes, id.bytes.begin());
  return id;
}

}  // namespace assay::source::git
