#pragma once

// What of a delta tree an earlier search has gone through, found out without inflating anything.

#include <cstdint>
#include <vector>

#include "source/git/delta_forest.h"
#include "source/git/object_store.h"
#include "source/search_cache.h"

namespace assay::source::git {

// The bytes of the node's entry, head and compressed content, and no byte of its neighbours.
ByteView entry_bytes(const ObjectStore& store, const DeltaForest& forest, std::uint32_t node);

// Names every version of one tree by the compressed bytes that it is made of: its own, and by its base's name all that
// it is built on. Ids would be shorter, but nobody has checked them; equal bytes are equal versions for sure.
// A version is known when what is new in it was searched and held nothing. One thread at a time.
class KnownTree {
 public:
  struct Version {
    std::uint32_t node = 0;
    SearchCache::Name name{};
    bool known = false;
    std::uint32_t open = 0;   // versions of the tree below it, itself among them, that are not known
    std::uint32_t blobs = 0;  // of the same: different blobs, as DeltaForest::duplicate() says
  };

  // `cache` may be null: then nothing is known. All must outlive it.
  KnownTree(const ObjectStore& store, const DeltaForest& forest, SearchCache* cache)
      : store_(store), forest_(forest), cache_(cache) {}

  void survey(std::uint32_t root);
  // `node` is one of the tree that was surveyed last. Null without a cache.
  const Version* find(std::uint32_t node) const;
  // What is new in the version was searched and held nothing.
  void learn(std::uint32_t node);

 private:
  SearchCache::Name name_of(std::uint32_t node, const SearchCache::Name* base) const;

  const ObjectStore& store_;
  const DeltaForest& forest_;
  SearchCache* cache_;
  std::vector<Version> versions_;  // by node
};

}  // namespace assay::source::git
