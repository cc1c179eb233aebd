#include "source/git/commit_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"

namespace assay::source::git {
namespace {

constexpr std::size_t kMostCommits = 20'000'000;
constexpr int kMostTags = 16;  // tags of tags

// "…> 1700000000 +0000"
std::int64_t time_of(std::string_view committer) {
  const std::size_t after = committer.rfind('>');
  std::int64_t time = 0;
  if (after == std::string_view::npos || after + 2 >= committer.size()) return 0;
  std::from_chars(committer.data() + after + 2, committer.data() + committer.size(), time);
  return time;
}

class Walk {
 public:
  Walk(const Repository& repository, ObjectReader& reader, const std::function<bool()>& stop)
      : reader_(reader), stop_(stop), shallow_(read_shallow(repository)) {}

  void add_root(const Ref& ref) {
    ObjectId id = ref.id;
    for (int i = 0; i < kMostTags; ++i) {
      const auto object = reader_.read(id);
      // A reflog may name what has been pruned since.
      if (!object) {
        if (!ref.name.empty()) ++lost_;
        return;
      }
      if (object->type == ObjectType::commit) {
        const std::uint32_t commit = number(id);
        if (ref.head && commit != kNone) commits[commit].head = true;
        return;
      }
      constexpr std::string_view kObject = "object ";
      const std::string_view text = as_text(object->content());
      if (object->type != ObjectType::tag || !text.starts_with(kObject)) return;
      const auto next = parse_object_id(text.substr(kObject.size()));
      if (!next) return;
      id = *next;
    }
  }

  // Reads what the roots reach. False when it was stopped.
  bool run() {
    for (std::uint32_t next = 0; next < commits.size(); ++next) {
      if (next % 1024 == 0 && stop_ && stop_()) return false;
      read(next);
    }
    return true;
  }

  std::vector<Commit> in_order();
  void say(const Repository& repository, std::vector<SweepGap>& gaps) const {
    if (lost_ == 0) return;
    gaps.push_back({repository.git_dir, std::string(gap::kIncomplete),
                    fmt::format("{} refs or commits could not be read", lost_)});
  }

  std::vector<Commit> commits;  // in the order of their discovery

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  std::uint32_t number(const ObjectId& id) {
    const auto [it, fresh] = numbers_.try_emplace(id, static_cast<std::uint32_t>(commits.size()));
    if (!fresh) return it->second;
    if (commits.size() >= kMostCommits) {
      numbers_.erase(it);
      ++lost_;
      return kNone;
    }
    commits.push_back({.id = id});
    parents_.emplace_back();
    return static_cast<std::uint32_t>(commits.size() - 1);
  }

  void read(std::uint32_t commit) {
    const ObjectId id = commits[commit].id;
    const auto object = reader_.read(id);
    const auto text = object && object->type == ObjectType::commit ? parse_commit(as_text(object->content()))
                                                                   : std::optional<CommitText>();
    if (!text) {
      ++lost_;
      return;
    }
    commits[commit].tree = text->tree;
    commits[commit].time = text->time;
    if (std::ranges::binary_search(shallow_, id)) return;
    for (const ObjectId& parent : text->parents) {
      const std::uint32_t other = number(parent);
      if (other != kNone) parents_[commit].push_back(other);
    }
  }

  ObjectReader& reader_;
  const std::function<bool()>& stop_;
  std::vector<ObjectId> shallow_;
  std::unordered_map<ObjectId, std::uint32_t, ObjectIdHash> numbers_;
  std::vector<std::vector<std::uint32_t>> parents_;
  std::uint64_t lost_ = 0;
};

std::vector<Commit> Walk::in_order() {
  std::vector<std::uint32_t> children(commits.size(), 0);
  for (const auto& parents : parents_) {
    for (const std::uint32_t parent : parents) ++children[parent];
  }
  const auto later = [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(-commits[a].time, commits[a].id) > std::tuple(-commits[b].time, commits[b].id);
  };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready(later);
  for (std::uint32_t i = 0; i < commits.size(); ++i) {
    if (children[i] == 0) ready.push(i);
  }
  std::vector<Commit> ordered;
  ordered.reserve(commits.size());
  while (!ready.empty()) {
    const std::uint32_t next = ready.top();
    ready.pop();
    ordered.push_back(commits[next]);
    for (const std::uint32_t parent : parents_[next]) {
      if (--children[parent] == 0) ready.push(parent);
    }
  }
  return ordered;
}

}  // namespace

std::optional<CommitText> parse_commit(std::string_view text) {
  CommitText commit;
  bool has_tree = false;
  while (!text.empty() && text.front() != '\n') {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view key = line.substr(0, space), value = line.substr(std::min(space + 1, line.size()));
    if (key == "tree") {
      const auto id = parse_object_id(value);
      if (!id) return std::nullopt;
      commit.tree = *id;
      has_tree = true;
    } else if (key == "parent") {
      if (const auto id = parse_object_id(value)) commit.parents.push_back(*id);
    } else if (key == "committer") {
      commit.time = std::max<std::int64_t>(0, time_of(value));
      break;
    }
  }
  return has_tree ? std::optional(commit) : std::nullopt;
}

std::vector<Commit> read_commits(const Repository& repository, ObjectReader& reader, const std::function<bool()>& stop,
                                 std::vector<SweepGap>& gaps) {
  Walk walk(repository, reader, stop);
  for (const Ref& ref : read_refs(repository, gaps)) walk.add_root(ref);
  if (!walk.run()) return {};
  walk.say(repository, gaps);
  return walk.in_order();
}

}  // namespace assay::source::git
