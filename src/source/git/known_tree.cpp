#include "source/git/known_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/bytes.h"
#include "source/git/pack.h"

namespace assay::source::git {

ByteView entry_bytes(const ObjectStore& store, const DeltaForest& forest, std::uint32_t node) {
  const auto bytes = store.packs()[forest.pack_of(node)].from(forest.nodes()[node].offset);
  const auto size = forest.end_of(node) - forest.nodes()[node].offset;
  return bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), size)));
}

// The head's distance to its base is left out: it changes when git packs anew.
SearchCache::Name KnownTree::name_of(std::uint32_t node, const SearchCache::Name* base) const {
  const auto bytes = entry_bytes(store_, forest_, node);
  const auto head = read_entry_head(bytes);
  std::string context = fmt::format("{} {} ", base == nullptr ? "blob" : "delta", head ? head->size : 0);
  if (base != nullptr) context += as_text(*base);
  return cache_->name(context, bytes.subspan(head ? head->length : 0));
}

void KnownTree::survey(std::uint32_t root) {
  versions_.clear();
  if (cache_ == nullptr) return;
  constexpr std::uint32_t kNoBase = DeltaForest::kNone;
  const auto& nodes = forest_.nodes();
  std::vector<std::uint32_t> bases;  // of each version, its place among them: before it
  const auto add = [&](std::uint32_t node, std::uint32_t base) {
    const auto name = name_of(node, base == kNoBase ? nullptr : &versions_[base].name);
    const bool known = cache_->knows(name);
    versions_.push_back({node, name, known, known ? 0U : 1U, forest_.duplicate(node) ? 0U : 1U});
    bases.push_back(base);
  };
  add(root, kNoBase);
  for (std::uint32_t i = 0; i < versions_.size(); ++i) {
    for (auto child = nodes[versions_[i].node].first_child; child != DeltaForest::kNone;
         child = nodes[child].next_sibling)
      add(child, i);
  }
  for (std::size_t i = versions_.size(); i-- > 1;) {
    versions_[bases[i]].open += versions_[i].open;
    versions_[bases[i]].blobs += versions_[i].blobs;
  }
  std::ranges::sort(versions_, {}, &Version::node);
}

const KnownTree::Version* KnownTree::find(std::uint32_t node) const {
  const auto it = std::ranges::lower_bound(versions_, node, {}, &Version::node);
  return it != versions_.end() && it->node == node ? &*it : nullptr;
}

void KnownTree::learn(std::uint32_t node) {
  const auto* version = find(node);
  if (version != nullptr && !version->known) cache_->learn(version->name);
}

}  // namespace assay::source::git
