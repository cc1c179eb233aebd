#include "source/git/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bitset>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"

namespace assay::source::git {
namespace {

constexpr std::uint64_t kMostTreeBytes = 64ULL << 20;
constexpr std::size_t kCacheBytes = 96ULL << 20;
constexpr int kMostDepth = 256;
constexpr std::size_t kMostSteps = 4'000'000;  // folders and files under all paths that are followed
constexpr std::size_t kMostMissing = 1000;

// Which commits have something: ranks in their list.
struct Range {
  std::uint32_t first = 0, last = ~std::uint32_t{0};
  bool present = false;

  void add(const Range& other) {
    first = std::max(first, other.first);
    last = std::min(last, other.last);
    present = present || other.present;
  }
};

// The blobs that are looked for, with a quick no for all others.
class Wanted {
 public:
  explicit Wanted(std::span<const ObjectId> blobs) : blobs_(blobs) {
    for (const ObjectId& id : blobs) quick_.set(prefix(id.bytes.data()));
  }
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::uint32_t find(const std::uint8_t* id) const {
    if (!quick_.test(prefix(id))) return kNone;
    const ObjectId whole = object_id_at(id);
    const auto it = std::ranges::lower_bound(blobs_, whole);
    return it != blobs_.end() && *it == whole ? static_cast<std::uint32_t>(it - blobs_.begin()) : kNone;
  }

 private:
  static std::size_t prefix(const std::uint8_t* id) { return std::size_t{id[0]} << 8U | id[1]; }
  std::span<const ObjectId> blobs_;
  std::bitset<65536> quick_;
};

// One thread's share of the commits: their trees, cut down to what leads to a wanted blob. Equal cuts are one node,
// however many commits have them.
class Walk {
 public:
  Walk(const ObjectStore& store, const Wanted& wanted)
      : reader_(store, kMostTreeBytes, kCacheBytes), wanted_(wanted), nodes_(1) {}

  void add(const Commit& commit, std::uint32_t rank) {
    const std::uint32_t node = cut(commit.tree, 0);
    if (node != 0) roots_[node].add({rank, rank, commit.head});
  }
  // Moves the ranges of the roots down to the blobs, into `found` by path and blob. False when there are too many.
  bool spread(std::map<std::pair<std::string, std::uint32_t>, Range>& found);

  std::set<ObjectId> missing;  // trees
  bool too_deep = false;

 private:
  struct Edge {
    std::uint32_t name = 0;
    std::uint32_t child = 0;  // node or blob
    bool blob = false;
    auto operator<=>(const Edge&) const = default;
  };
  struct Path {
    std::uint32_t parent = 0, name = 0;
  };
  static constexpr std::uint32_t kTop = ~std::uint32_t{0};

  std::uint32_t cut(const ObjectId& tree, int depth);
  std::uint32_t node_of(std::vector<Edge> edges);
  std::uint32_t name_of(std::string_view name);
  std::string text_of(std::uint32_t path) const;

  ObjectReader reader_;
  const Wanted& wanted_;
  std::unordered_map<ObjectId, std::uint32_t, ObjectIdHash> seen_;
  std::vector<std::vector<Edge>> nodes_;  // the first leads nowhere
  std::map<std::vector<Edge>, std::uint32_t> numbers_;
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> name_numbers_;
  std::vector<Path> paths_;
  std::map<std::uint32_t, Range> roots_;
};

std::uint32_t Walk::cut(const ObjectId& tree, int depth) {
  // What is not finished leads nowhere: a tree that holds itself ends here.
  const auto [it, fresh] = seen_.try_emplace(tree, 0);
  if (!fresh) return it->second;
  if (depth > kMostDepth) {
    too_deep = true;
    return 0;
  }
  const auto object = reader_.read(tree);
  if (!object || object->type != ObjectType::tree) {
    if (missing.size() < kMostMissing) missing.insert(tree);
    return 0;
  }
  std::vector<Edge> edges;
  ByteView rest = object->content();
  for (TreeEntry entry; next_entry(rest, entry);) {
    if (entry.submodule) continue;
    const std::uint32_t child = entry.tree ? cut(object_id_at(entry.id), depth + 1) : wanted_.find(entry.id);
    if (child != (entry.tree ? 0 : Wanted::kNone)) edges.push_back({name_of(entry.name), child, !entry.tree});
  }
  if (edges.empty()) return 0;
  return seen_[tree] = node_of(std::move(edges));
}

std::uint32_t Walk::node_of(std::vector<Edge> edges) {
  const auto [it, fresh] = numbers_.try_emplace(std::move(edges), static_cast<std::uint32_t>(nodes_.size()));
  if (fresh) nodes_.push_back(it->first);
  return it->second;
}

std::uint32_t Walk::name_of(std::string_view name) {
  if (const auto it = name_numbers_.find(name); it != name_numbers_.end()) return it->second;
  names_.emplace_back(name);
  const auto number = static_cast<std::uint32_t>(names_.size() - 1);
  name_numbers_.emplace(name, number);
  return number;
}

std::string Walk::text_of(std::uint32_t path) const {
  std::vector<std::uint32_t> parts;
  for (; path != kTop; path = paths_[path].parent) parts.push_back(paths_[path].name);
  std::string text;
  for (std::size_t i = parts.size(); i-- > 0;) text += names_[parts[i]] + (i == 0 ? "" : "/");
  return text;
}

// Folder by folder from the top, so that a folder's range is whole before it goes on to what is in it.
bool Walk::spread(std::map<std::pair<std::string, std::uint32_t>, Range>& found) {
  using Place = std::pair<std::uint32_t, std::uint32_t>;  // path, node
  std::map<Place, Range> level;
  for (const auto& [node, range] : roots_) level[{kTop, node}].add(range);
  std::size_t steps = 0;
  while (!level.empty()) {
    std::map<Place, Range> below;
    std::map<Place, std::uint32_t> paths;  // by parent and name
    for (const auto& [place, range] : level) {
      for (const Edge& edge : nodes_[place.second]) {
        if (++steps > kMostSteps) return false;
        const auto [it, fresh] = paths.try_emplace({place.first, edge.name}, static_cast<std::uint32_t>(paths_.size()));
        if (fresh) paths_.push_back({place.first, edge.name});
        if (edge.blob) {
          found[{text_of(it->second), edge.child}].add(range);
        } else {
          below[{it->second, edge.child}].add(range);
        }
      }
    }
    level = std::move(below);
  }
  return true;
}

void say_gaps(const std::set<ObjectId>& missing, bool limited, std::vector<SweepGap>& gaps) {
  if (!missing.empty()) {
    gaps.push_back({object_name(*missing.begin()), std::string(gap::kIncomplete),
                    fmt::format("{}{} folders of old commits cannot be read: what was in them has no path",
                                missing.size(), missing.size() < kMostMissing ? "" : " or more")});
  }
  if (limited)
    gaps.push_back({".", std::string(gap::kLimit), "folders too deep or too many: some of what was found has no path"});
}

}  // namespace

bool next_entry(ByteView& content, TreeEntry& entry) {
  const std::uint8_t* const begin = content.data();
  const std::size_t size = content.size();
  if (size < ObjectId::kSize + 4) return false;
  const auto* nul = static_cast<const std::uint8_t*>(std::memchr(begin, 0, size - ObjectId::kSize));
  if (nul == nullptr) return false;
  const auto* space = static_cast<const std::uint8_t*>(std::memchr(begin, ' ', static_cast<std::size_t>(nul - begin)));
  if (space == nullptr) return false;
  const std::string_view mode(reinterpret_cast<const char*>(begin), static_cast<std::size_t>(space - begin));
  entry.tree = mode == "40000" || mode == "040000";
  entry.submodule = mode == "160000";
  entry.name = {reinterpret_cast<const char*>(space + 1), static_cast<std::size_t>(nul - space - 1)};
  entry.id = nul + 1;
  content = content.subspan(static_cast<std::size_t>(nul + 1 - begin) + ObjectId::kSize);
  return true;
}

Attribution attribute(const ObjectStore& store, std::span<const Commit> commits, std::span<const ObjectId> blobs,
                      const AttributionOptions& options) {
  const auto wanted = std::make_unique<Wanted>(blobs);
  const std::size_t count = std::max<std::size_t>(1, std::min<std::size_t>(options.threads, commits.size() / 64));
  std::vector<std::unique_ptr<Walk>> walks;
  std::atomic<bool> stopped = false;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i) {
      walks.push_back(std::make_unique<Walk>(store, *wanted));
      threads.emplace_back([&, i, walk = walks.back().get()] {
        const std::size_t begin = commits.size() * i / count, end = commits.size() * (i + 1) / count;
        for (std::size_t rank = begin; rank < end && !stopped; ++rank) {
          if (rank % 64 == 0 && options.stop && options.stop()) stopped = true;
          walk->add(commits[rank], static_cast<std::uint32_t>(rank));
        }
      });
    }
  }
  std::map<std::pair<std::string, std::uint32_t>, Range> found;
  std::set<ObjectId> missing;
  bool limited = false;
  for (const auto& walk : walks) {
    limited = !walk->spread(found) || walk->too_deep || limited;
    missing.merge(walk->missing);
  }
  Attribution result;
  for (const auto& [key, range] : found) {
    result.occurrences.push_back({key.second, key.first, range.first, range.last, range.present});
  }
  std::ranges::sort(result.occurrences, {}, [](const Occurrence& o) { return std::tie(o.blob, o.path); });
  say_gaps(missing, limited, result.gaps);
  return result;
}

}  // namespace assay::source::git
