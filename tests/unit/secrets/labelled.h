#pragma once

// The labelled files of tests/secrets/ (docs/secrets.md), filled: for the test of recall and precision, and for the
// benchmark that has other tools read the same files.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace assay::secrets {

struct LabelledLine {
  std::size_t end = 0;  // in the text, behind the line feed; a private key has several lines of text
  std::string label;    // the rule of the secret in it, "generic" where any will do, or "none"
};

struct LabelledFile {
  std::string path;  // below the folder, as the engine sees it
  std::string text;
  std::vector<LabelledLine> lines;
};

// All templates below `folder`, sorted by path and filled from `seed`. Throws std::runtime_error where one cannot be
// read or filled.
std::vector<LabelledFile> labelled_files(const std::filesystem::path& folder, std::uint64_t seed);

}  // namespace assay::secrets
