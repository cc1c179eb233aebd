#include "source/git/library.h"

namespace assay::source::git {

void start_library() {
  static const int started = [] {
    const int count = git_libgit2_init();
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    for (const auto level :
         {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    }
    return count;
  }();
  static_cast<void>(started);
}

std::string library_error() {
  const auto* error = git_error_last();
  return error == nullptr || error->message == nullptr ? "libgit2 gives no reason" : error->message;
}

Result<RepositoryHandle> open_repository(const std::string& directory) {
  start_library();
  git_repository* repository = nullptr;
  const int status = git_repository_open_ext(&repository, directory.c_str(), 0, nullptr);
  if (status == GIT_ENOTFOUND) {
    return fail(ErrorCode::not_found, directory, "is not inside a git repository", "give a directory of a work tree");
  }
  if (status != 0) {
    return fail(ErrorCode::invalid_input, directory, "its git repository cannot be opened: " + library_error(),
                "see what `git status` says there");
  }
  return RepositoryHandle(repository);
}

}  // namespace assay::source::git
