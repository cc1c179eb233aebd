#pragma once

// Where a repository keeps its things, and what is special about it (gitrepository-layout of git).

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/secret.h"
#include "source/git/object_id.h"

namespace assay::source::git {

struct Repository {
  std::string git_dir;               // of this work tree: HEAD, index
  std::string common_dir;            // of all work trees: refs, objects; the same when there is one only
  std::vector<std::string> objects;  // its folders of objects: its own, then those of alternates
  bool shallow = false;              // the parents of its oldest commits were left out when it was cloned
  bool partial = false;              // objects were left out when it was cloned
  std::vector<SweepGap> gaps;        // what of it cannot be read
};

// True when `directory` is a work tree with a ".git" in it, or a bare repository. Looks at names only.
bool is_repository(const std::string& directory);

// The repository of which `directory` is the top: a work tree (with a folder ".git", or a file that names one: linked
// work trees, submodules) or bare. Does not look above. Reads no configuration but what tells how objects are stored.
// Errors: not_found, invalid_input.
Result<Repository> find_repository(const std::string& directory);

struct Ref {
  std::string name;  // "HEAD", "refs/heads/main"; "" of what a reflog holds
  ObjectId id;
  bool head = false;  // of a branch (also of a remote's), or a detached HEAD
};
// All refs, heads of work trees and entries of reflogs (old stashes are nowhere else), sorted by name and id, symbolic
// ones left out. What cannot be read is said in `gaps`.
std::vector<Ref> read_refs(const Repository& repository, std::vector<SweepGap>& gaps);

// The ids of the commits whose parents a shallow clone does not have.
std::vector<ObjectId> read_shallow(const Repository& repository);

}  // namespace assay::source::git
