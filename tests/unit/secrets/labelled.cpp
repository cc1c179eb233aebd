#include "unit/secrets/labelled.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "unit/secrets/template.h"

namespace assay::secrets {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = " @@ ";
constexpr std::string_view kSuffix = ".txt";  // behind the name that a file would have
constexpr std::size_t kMaxFile = 1U << 20U;

LabelledFile fill_file(const fs::path& folder, const fs::path& path, std::uint64_t seed) {
  const auto content = read_file(path.string(), kMaxFile);
  if (!content) throw std::runtime_error(content.error().message());
  LabelledFile file{.path = fs::relative(path, folder).generic_string(), .text = {}, .lines = {}};
  file.path.resize(file.path.size() - kSuffix.size());
  for (const auto line : split(*content, '\n')) {
    const auto mark = line.rfind(kMark);
    const auto label = mark == std::string_view::npos ? "none" : line.substr(mark + kMark.size());
    // A seed of its own for each line: lines that begin alike hold different secrets.
    file.text += fill_template(line.substr(0, mark), (seed << 32U) + file.lines.size()) + "\n";
    file.lines.push_back({file.text.size(), std::string(label)});
  }
  return file;
}

}  // namespace

std::vector<LabelledFile> labelled_files(const fs::path& folder, std::uint64_t seed) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<LabelledFile> files;
  files.reserve(paths.size());
  for (const auto& path : paths) files.push_back(fill_file(folder, path, seed));
  return files;
}

}  // namespace assay::secrets
