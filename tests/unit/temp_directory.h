#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace assay {

// A new directory that is removed with all in it at the end. Its name has what names of paths should be allowed to
// have.
class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay test=XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TempDirectory() {
    std::error_code ignored;
    // Also of what a test has made unreadable.
    for (std::filesystem::recursive_directory_iterator at(path_, ignored), end; at != end; at.increment(ignored))
      if (at->is_directory(ignored) && !at->is_symlink(ignored))
        std::filesystem::permissions(at->path(), std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Makes the directories above the file, too.
  std::filesystem::path write(const std::filesystem::path& file, std::string_view text) const {
    const auto full = path_ / file;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << text;
    return full;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace assay
