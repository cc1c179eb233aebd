#pragma once

// The objects of all packs as trees: a delta hangs on its base. Going down from the roots inflates every object once.

#include <cstdint>
#include <vector>

#include "source/git/object_id.h"
#include "source/git/object_store.h"

namespace assay::source::git {

class DeltaForest {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct Node {
    std::uint64_t offset = 0;    // of the entry in its pack
    std::uint32_t position = 0;  // in its pack's index
    std::uint32_t first_child = kNone, next_sibling = kNone;
    std::uint32_t weight = 1;  // nodes of the tree below it, itself among them
  };

  // Reads the head of every entry. 24 bytes of memory an object, 36 while it works.
  explicit DeltaForest(const ObjectStore& store);

  const std::vector<Node>& nodes() const { return nodes_; }
  std::uint32_t pack_of(std::uint32_t node) const;
  // Where the next entry of its pack begins; ~0 for the last one.
  std::uint64_t end_of(std::uint32_t node) const;
  // Blobs that are no deltas, in the order of packs and offsets, those with very heavy trees first.
  const std::vector<std::uint32_t>& blob_roots() const { return blob_roots_; }
  // What hangs on no root: entries with a broken head, deltas on an object that no pack has, or on themselves.
  const std::vector<std::uint32_t>& unrooted() const { return unrooted_; }
  // True when a pack before the node's has the same object.
  bool duplicate(std::uint32_t node) const { return !duplicates_.empty() && duplicates_[node]; }

 private:
  void add_pack(const Pack& pack, std::uint32_t number);
  void read_heads(const ObjectStore& store, std::uint32_t number, std::vector<std::uint32_t>& bases);
  std::uint32_t node_at(std::uint32_t pack, std::uint64_t offset) const;
  std::uint32_t base_of(const ObjectStore& store, std::uint32_t pack, std::uint32_t node, const EntryHead& head) const;
  void weigh(const std::vector<std::uint32_t>& bases);
  void find_duplicates(const ObjectStore& store);

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> first_of_pack_{0};  // one more than packs
  std::vector<std::uint32_t> blob_roots_, unrooted_;
  std::vector<bool> duplicates_;
};

}  // namespace assay::source::git
