#pragma once

// Directories for tests.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "unit/temp_directory.h"

namespace assay::source {

class TreeTest : public testing::Test {
 protected:
  TreeTest() { std::filesystem::create_directory(root); }

  std::filesystem::path write(const std::string& path, std::string_view text) {
    return directory.write(std::filesystem::path("tree") / path, text);
  }

  const TempDirectory directory;
  const std::filesystem::path& scratch = directory.path();
  const std::filesystem::path root = scratch / "tree";
};

}  // namespace assay::source
