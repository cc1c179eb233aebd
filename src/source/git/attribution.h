#pragma once

// Where blobs were in history: under which paths, from which commit to which.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/secret.h"
#include "source/git/commit_graph.h"
#include "source/git/object_id.h"
#include "source/git/object_store.h"

namespace assay::source::git {

struct Occurrence {
  std::uint32_t blob = 0;  // of the list that was asked for
  std::string path;
  std::uint32_t first = 0, last = 0;  // of the commits' list: the oldest and the newest commit that has it there
  bool present = false;               // in the tree of a branch's head
};

struct Attribution {
  std::vector<Occurrence> occurrences;  // sorted by blob and path
  std::vector<SweepGap> gaps;           // trees that cannot be read, limits
};

struct AttributionOptions {
  unsigned threads = 1;
  std::function<bool()> stop;  // asked now and then, from several threads; may be empty
};

// Walks the trees of `commits` (newest first) for `blobs` (sorted, each once). Every tree is read once a thread. The
// same at any number of threads.
Attribution attribute(const ObjectStore& store, std::span<const Commit> commits, std::span<const ObjectId> blobs,
                      const AttributionOptions& options);

struct TreeEntry {
  bool tree = false, submodule = false;  // else a file or a link
  std::string_view name;
  const std::uint8_t* id = nullptr;  // ObjectId::kSize bytes
};
// Takes the first entry off `content` of a tree object. False at its end, and when what is left is no entry.
bool next_entry(ByteView& content, TreeEntry& entry);

}  // namespace assay::source::git
