#include "source/git/delta_forest.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "source/git/pack.h"

namespace assay::source::git {
namespace {

constexpr std::uint32_t kBroken = DeltaForest::kNone - 1;  // instead of a base
constexpr std::uint32_t kMostNodes = kBroken;

}  // namespace

DeltaForest::DeltaForest(const ObjectStore& store) {
  const auto& packs = store.packs();
  for (std::uint32_t i = 0; i < packs.size(); ++i) add_pack(packs[i], i);
  std::vector<std::uint32_t> bases(nodes_.size(), kNone);
  for (std::uint32_t i = 0; i < packs.size(); ++i) read_heads(store, i, bases);
  weigh(bases);
  find_duplicates(store);
  // Heavy trees first, so that no thread gets one last; the others as they lie on the disk.
  const auto heavy = static_cast<std::uint32_t>(nodes_.size() / 256 + 16);
  std::ranges::sort(blob_roots_, {}, [&](std::uint32_t node) { return std::pair(nodes_[node].weight <= heavy, node); });
}

void DeltaForest::add_pack(const Pack& pack, std::uint32_t number) {
  const std::size_t first = first_of_pack_[number];
  const std::uint32_t count = first + pack.index.count() > kMostNodes ? 0 : pack.index.count();
  nodes_.resize(first + count);
  for (std::uint32_t i = 0; i < count; ++i) nodes_[first + i] = {.offset = pack.index.offset(i), .position = i};
  std::ranges::sort(nodes_.begin() + static_cast<std::ptrdiff_t>(first), nodes_.end(), {}, &Node::offset);
  first_of_pack_.push_back(static_cast<std::uint32_t>(first + count));
}

std::uint32_t DeltaForest::pack_of(std::uint32_t node) const {
  const auto after = std::ranges::upper_bound(first_of_pack_, node);
  return static_cast<std::uint32_t>(after - first_of_pack_.begin() - 1);
}

std::uint64_t DeltaForest::end_of(std::uint32_t node) const {
  const bool last = node + 1 == first_of_pack_[pack_of(node) + 1];
  return last ? ~std::uint64_t{0} : nodes_[node + 1].offset;
}

std::uint32_t DeltaForest::node_at(std::uint32_t pack, std::uint64_t offset) const {
  const auto first = nodes_.begin() + first_of_pack_[pack], last = nodes_.begin() + first_of_pack_[pack + 1];
  const auto it = std::ranges::lower_bound(first, last, offset, {}, &Node::offset);
  return it != last && it->offset == offset ? static_cast<std::uint32_t>(it - nodes_.begin()) : kBroken;
}

std::uint32_t DeltaForest::base_of(const ObjectStore& store, std::uint32_t pack, std::uint32_t node,
                                   const EntryHead& head) const {
  const std::uint64_t offset = nodes_[node].offset;
  if (head.type == ObjectType::offset_delta) {
    return head.distance == 0 || head.distance > offset ? kBroken : node_at(pack, offset - head.distance);
  }
  if (head.type != ObjectType::id_delta) return kNone;
  const auto& packs = store.packs();
  if (const auto own = packs[pack].index.find(head.base)) return node_at(pack, packs[pack].index.offset(*own));
  const auto place = store.find_packed(head.base);
  return place ? node_at(place->pack, packs[place->pack].index.offset(place->position)) : kBroken;
}

void DeltaForest::read_heads(const ObjectStore& store, std::uint32_t number, std::vector<std::uint32_t>& bases) {
  const Pack& pack = store.packs()[number];
  for (std::uint32_t node = first_of_pack_[number]; node < first_of_pack_[number + 1]; ++node) {
    const auto head = read_entry_head(pack.from(nodes_[node].offset));
    bases[node] = head ? base_of(store, number, node, *head) : kBroken;
    if (head && head->type == ObjectType::blob) blob_roots_.push_back(node);
    if (bases[node] >= kBroken) continue;
    nodes_[node].next_sibling = nodes_[bases[node]].first_child;
    nodes_[bases[node]].first_child = node;
  }
}

// Takes leaves off, again and again: every node after all that hang on it. What is left goes in circles.
void DeltaForest::weigh(const std::vector<std::uint32_t>& bases) {
  std::vector<std::uint32_t> children(nodes_.size(), 0), order;
  order.reserve(nodes_.size());
  for (const std::uint32_t base : bases) {
    if (base < kBroken) ++children[base];
  }
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    if (children[node] == 0) order.push_back(node);
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t base = bases[order[i]];
    if (base >= kBroken) continue;
    nodes_[base].weight += nodes_[order[i]].weight;
    if (--children[base] == 0) order.push_back(base);
  }
  std::vector<bool> rooted(nodes_.size(), false);
  for (std::size_t i = order.size(); i-- > 0;) {
    const std::uint32_t base = bases[order[i]];
    rooted[order[i]] = base == kNone || (base != kBroken && rooted[base]);
  }
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    if (!rooted[node]) unrooted_.push_back(node);
  }
}

void DeltaForest::find_duplicates(const ObjectStore& store) {
  if (store.packs().size() < 2) return;
  duplicates_.assign(nodes_.size(), false);
  for (std::uint32_t pack = 1; pack < store.packs().size(); ++pack) {
    for (std::uint32_t node = first_of_pack_[pack]; node < first_of_pack_[pack + 1]; ++node) {
      const ObjectId id = store.packs()[pack].index.id(nodes_[node].position);
      const auto place = store.find_packed(id);
      duplicates_[node] = place && place->pack != pack;
    }
  }
}

}  // namespace assay::source::git
