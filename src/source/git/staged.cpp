#include "source/git/staged.h"

#include <fmt/format.h>
#include <git2.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "source/git/library.h"

namespace assay::source::git {
namespace {

std::unexpected<Error> unreadable(const std::string& directory, std::string_view what) {
  return fail(ErrorCode::invalid_input, directory, fmt::format("its {} cannot be read: {}", what, library_error()),
              "see what `git status` says there");
}

// The tree of the head's commit; null when there is no commit yet.
Result<TreeHandle> head_tree(git_repository* repository, const std::string& directory) {
  git_reference* reference = nullptr;
  const int status = git_repository_head(&reference, repository);
  if (status == GIT_EUNBORNBRANCH || status == GIT_ENOTFOUND) return TreeHandle();
  if (status != 0) return unreadable(directory, "head");
  git_object* tree = nullptr;
  const int peeled = git_reference_peel(&tree, reference, GIT_OBJECT_TREE);
  git_reference_free(reference);
  if (peeled != 0) return unreadable(directory, "head");
  return TreeHandle(reinterpret_cast<git_tree*>(tree));
}

Result<std::filesystem::path> top_of(git_repository* repository, const std::string& directory) {
  if (const char* top = git_repository_workdir(repository); top != nullptr) return top;
  return fail(ErrorCode::invalid_input, directory, "is a bare repository, where nothing is staged",
              "give a directory of a work tree");
}

// A relative `file` lies below the top of the work tree, where git is when it names it; a hook may have gone elsewhere.
// libgit2 takes what is not there for an empty index, in which nothing would ever be found.
Result<IndexHandle> open_index(git_repository* repository, const std::string& directory, const std::string& file) {
  const auto top = top_of(repository, directory);
  if (!top) return std::unexpected(top.error());
  const auto path = *top / file;
  std::error_code ignored;
  if (!file.empty() && !std::filesystem::is_regular_file(path, ignored))
    return fail(ErrorCode::not_found, path.string(), "is named as git's index and is no file", "unset GIT_INDEX_FILE");
  git_index* index = nullptr;
  const int status = file.empty() ? git_repository_index(&index, repository) : git_index_open(&index, path.c_str());
  if (status != 0) return unreadable(directory, "index");
  return IndexHandle(index);
}

class Reader {
 public:
  Reader(git_repository* repository, const StagedOptions& options, const std::function<void(StagedFile&&)>& visit)
      : repository_(repository), options_(options), visit_(visit) {}

  void read(const git_diff_delta& delta) {
    const git_diff_file& file = delta.new_file;
    if (delta.status == GIT_DELTA_DELETED || file.path == nullptr) return;
    if (delta.status == GIT_DELTA_CONFLICTED) {
      report.gaps.push_back(
          {file.path, std::string(gap::kConflict), "it is not merged yet, so that nothing is staged for it"});
    } else if (file.mode == GIT_FILEMODE_COMMIT) {
      report.gaps.push_back(
          {file.path, std::string(gap::kSubmodule), "its files are in a repository of their own: scan that one"});
    } else {
      read_blob(file);
    }
  }

  StagedReport report;

 private:
  void read_blob(const git_diff_file& file) {
    git_odb* store = nullptr;
    if (git_repository_odb(&store, repository_) != 0) {
      report.gaps.push_back({file.path, std::string(gap::kCorrupt), library_error()});
      return;
    }
    const OdbHandle closed(store);
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    git_blob* blob = nullptr;
    // The header tells the size before any of a large file is inflated.
    if (git_odb_read_header(&size, &type, store, &file.id) == 0 && size > options_.max_file_bytes) {
      report.gaps.push_back({file.path, std::string(gap::kLimit), fmt::format("{} bytes are staged", size)});
      return;
    }
    if (git_blob_lookup(&blob, repository_, &file.id) != 0) {
      report.gaps.push_back({file.path, std::string(gap::kCorrupt), library_error()});
      return;
    }
    const BlobHandle freed(blob);
    size = static_cast<std::size_t>(git_blob_rawsize(blob));
    ++report.files;
    report.bytes += size;
    visit_({file.path, std::string(static_cast<const char*>(git_blob_rawcontent(blob)), size)});
  }

  git_repository* repository_;
  const StagedOptions& options_;
  const std::function<void(StagedFile&&)>& visit_;
};

}  // namespace

Result<StagedReport> read_staged(const std::string& directory, const StagedOptions& options,
                                 const std::function<void(StagedFile&&)>& visit) {
  const auto repository = open_repository(directory);
  if (!repository) return std::unexpected(repository.error());
  const auto tree = head_tree(repository->get(), directory);
  if (!tree) return std::unexpected(tree.error());
  const auto index = open_index(repository->get(), directory, options.index_file);
  if (!index) return std::unexpected(index.error());
  git_diff_options how;
  git_diff_options_init(&how, GIT_DIFF_OPTIONS_VERSION);
  how.flags |= GIT_DIFF_INCLUDE_TYPECHANGE;
  how.ignore_submodules = GIT_SUBMODULE_IGNORE_NONE;
  git_diff* raw = nullptr;
  if (git_diff_tree_to_index(&raw, repository->get(), tree->get(), index->get(), &how) != 0) {
    return unreadable(directory, "index");
  }
  const DiffHandle diff(raw);
  Reader reader(repository->get(), options, visit);
  const std::size_t count = git_diff_num_deltas(diff.get());
  for (std::size_t i = 0; i < count; ++i) reader.read(*git_diff_get_delta(diff.get(), i));
  return std::move(reader.report);
}

Result<std::string> work_tree_of(const std::string& directory) {
  const auto repository = open_repository(directory);
  if (!repository) return std::unexpected(repository.error());
  const auto top = top_of(repository->get(), directory);
  if (!top) return std::unexpected(top.error());
  return top->string();
}

}  // namespace assay::source::git
