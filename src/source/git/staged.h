#pragma once

// What the next commit would bring: the bytes in git's index that the head's tree does not have. For pre-commit hooks.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/secret.h"

namespace assay::source::git {

struct StagedFile {
  std::string path;   // from the top of the work tree, "/" between parts
  std::string bytes;  // as staged: without any filter of a checkout
};

struct StagedOptions {
  // The index to read, "" for the repository's own. Git names another one to its hooks (GIT_INDEX_FILE) when only part
  // of the index goes into the commit. A relative one is of the work tree's top.
  std::string index_file;
  std::uint64_t max_file_bytes = 64ULL << 20;
};

struct StagedReport {
  std::uint64_t files = 0, bytes = 0;  // given to the visitor
  std::vector<SweepGap> gaps;          // too large, corrupt, not merged yet, submodules
};

// Calls `visit` for every file that the index adds or changes against the head of the repository that holds
// `directory`, in the order of their paths; deleted ones have no bytes. Reads through libgit2: no program runs, no
// hook, no filter. Errors: not_found (no repository), invalid_input (index or head cannot be read).
Result<StagedReport> read_staged(const std::string& directory, const StagedOptions& options,
                                 const std::function<void(StagedFile&&)>& visit);

// The top of the work tree that holds `directory`. Errors: not_found (no repository), invalid_input (a bare one).
Result<std::string> work_tree_of(const std::string& directory);

}  // namespace assay::source::git
