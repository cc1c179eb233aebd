#pragma once

// libgit2 as Assay uses it: on repositories of strangers, and never to change one.

#include <git2.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace assay::source::git {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using RepositoryHandle = std::unique_ptr<git_repository, Freed<git_repository_free>>;
using IndexHandle = std::unique_ptr<git_index, Freed<git_index_free>>;
using TreeHandle = std::unique_ptr<git_tree, Freed<git_tree_free>>;
using BlobHandle = std::unique_ptr<git_blob, Freed<git_blob_free>>;
using DiffHandle = std::unique_ptr<git_diff, Freed<git_diff_free>>;
using OdbHandle = std::unique_ptr<git_odb, Freed<git_odb_free>>;

// Starts libgit2 once in the life of the program. Configuration of the system and of the user is not read, and the
// owner of a repository does not matter: both protect programs that do what a repository's configuration says, and
// nothing here does. Safe to call from any thread.
void start_library();

// What libgit2 says went wrong in the last call of this thread.
std::string library_error();

// The repository that holds `directory`: its own ".git" (a folder or a file), itself when bare, or the nearest one
// above it. Errors: not_found, invalid_input.
Result<RepositoryHandle> open_repository(const std::string& directory);

}  // namespace assay::source::git
