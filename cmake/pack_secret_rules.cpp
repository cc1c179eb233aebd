// Reads catalog/secrets/*.yaml as the program does and writes them packed: pack_secret_rules DIRECTORY OUT. Run by the
// build, which fails with file, line and column where a rule is wrong.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "base/file.h"
#include "catalog/files.h"
#include "catalog/packed_rules.h"
#include "catalog/yaml.h"

int main(int, char** argv) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<assay::catalog::PackedFile> files;
  for (const auto& path : paths) {
    const auto text = assay::read_file(path.string(), assay::catalog::yaml::kMaxFileBytes);
    auto rules = text ? assay::catalog::read_secret_rules(*text, path.string()) : std::unexpected(text.error());
    if (!rules) {
      std::cerr << rules.error().message() << "\n";
      return 1;
    }
    files.push_back({"secrets/" + path.filename().string(), std::move(*rules)});
  }
  std::ofstream(argv[2], std::ios::binary) << assay::catalog::pack(files);
  return 0;
}
