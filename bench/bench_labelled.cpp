// Writes the labelled files of tests/secrets/, filled, so that other tools can read what ours is held against.
//
//   bench_labelled OUT FOLDER...
//
// Each folder's files come below OUT under the folder's own name. What stands in them is printed as JSON, one line for
// each line of text that has a label: {"file", "line", "end_line", "label"}; a private key ends lines later. They look
// like real secrets: OUT is no place in a repository.

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/json.h"
#include "unit/secrets/labelled.h"

namespace {

using namespace assay;

constexpr std::uint64_t kSeed = 1;

void write(const std::filesystem::path& out, const std::filesystem::path& folder) {
  for (const auto& file : secrets::labelled_files(folder, kSeed)) {
    const auto below = folder.filename() / file.path;
    std::filesystem::create_directories((out / below).parent_path());
    std::ofstream(out / below, std::ios::binary) << file.text;
    std::size_t begin = 0;
    std::ptrdiff_t number = 1;
    for (const auto& line : file.lines) {
      const std::string_view text = std::string_view(file.text).substr(begin, line.end - begin);
      const auto feeds = std::ranges::count(text, '\n');
      if (line.label != "none")
        fmt::print("{}\n", Json{{"file", below.generic_string()},
                                {"line", number},
                                {"end_line", number + feeds - 1},
                                {"label", line.label}}
                               .dump());
      number += feeds;
      begin = line.end;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: bench_labelled OUT FOLDER...\n");
    return 2;
  }
  try {
    for (int i = 2; i < argc; ++i) write(argv[1], argv[i]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_labelled: {}\n", error.what());
    return 1;
  }
  return 0;
}
