// The other files of a repository: a pack's index, a loose object, a tree, a commit. The first byte says which.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/bytes.h"
#include "source/git/attribution.h"
#include "source/git/commit_graph.h"
#include "source/git/inflate.h"
#include "source/git/loose.h"
#include "source/git/pack.h"

namespace {

using namespace assay::source::git;

void check(bool holds) {
  if (!holds) std::abort();
}

void try_index(assay::ByteView bytes) {
  const auto index = PackIndex::parse(bytes, "fuzz.idx");
  if (!index) return;
  check(std::size_t{index->count()} * 28 <= bytes.size());
  for (std::uint32_t i = 0; i < index->count(); ++i) {
    static_cast<void>(index->offset(i));
    // Of an index that is not sorted ids may be missed, and never lead elsewhere.
    const auto found = index->find(index->id(i));
    check(!found || index->id(*found) == index->id(i));
  }
  static_cast<void>(index->find({}));
}

void try_loose(assay::ByteView bytes) {
  const auto head = read_loose_head(bytes);
  if (!head || head->size > (1U << 20U)) return;
  Inflater inflater;
  Buffer object;
  if (read_loose(bytes, *head, inflater, object)) check(object.size() == head->length + head->size);
}

void try_tree(assay::ByteView bytes) {
  const std::uint8_t* const end = bytes.data() + bytes.size();
  for (TreeEntry entry; next_entry(bytes, entry);) {
    check(entry.name.find('\0') == std::string_view::npos);
    check(entry.id + ObjectId::kSize <= end);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const assay::ByteView rest(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      try_index(rest);
      break;
    case 1:
      try_loose(rest);
      break;
    case 2:
      try_tree(rest);
      break;
    default:
      static_cast<void>(parse_commit(assay::as_text(rest)));
  }
  return 0;
}
