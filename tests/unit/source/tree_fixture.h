#pragma once

// Directories for tests.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace assay::source {

class TreeTest : public testing::Test {
 protected:
  TreeTest() {
    std::string name = (std::filesystem::temp_directory_path() / "assay-tree-XXXXXX").string();
    scratch = ::mkdtemp(name.data());
    root = scratch / "tree";
    std::filesystem::create_directory(root);
  }
  ~TreeTest() override {
    std::error_code ignored;
    for (std::filesystem::recursive_directory_iterator at(scratch, ignored), end; at != end; at.increment(ignored))
      if (at->is_directory(ignored) && !at->is_symlink(ignored))
        std::filesystem::permissions(at->path(), std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(scratch, ignored);
  }

  std::filesystem::path write(const std::string& path, std::string_view text) {
    const auto file = root / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

  std::filesystem::path scratch, root;
};

}  // namespace assay::source
