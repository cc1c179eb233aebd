#pragma once

// All commits that refs and reflogs reach, in one order.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "model/secret.h"
#include "source/git/object_id.h"
#include "source/git/object_store.h"
#include "source/git/repository.h"

namespace assay::source::git {

struct Commit {
  ObjectId id, tree;
  std::int64_t time = 0;  // of the committer, seconds since 1970
  bool head = false;      // a branch, of this repository or a remote's, or a detached HEAD stands on it
};

// Every commit before its parents; of two that do not descend from each other the later before the earlier, then by id.
// What cannot be read is said in `gaps`. `stop` may be empty; a walk that is stopped gives no commits.
std::vector<Commit> read_commits(const Repository& repository, ObjectReader& reader, const std::function<bool()>& stop,
                                 std::vector<SweepGap>& gaps);

struct CommitText {
  ObjectId tree;
  std::vector<ObjectId> parents;
  std::int64_t time = 0;
};
// The fields of a commit object; nothing when it has no tree.
std::optional<CommitText> parse_commit(std::string_view text);

}  // namespace assay::source::git
