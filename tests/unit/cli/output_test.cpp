// What can be said of a report before the scan is not said after it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/command.h"

namespace assay::cli {
namespace {

using testing::HasSubstr;

std::string refusal(const OutputOptions& options) {
  const auto checked = check_output_options(options);
  return checked ? "" : checked.error().message();
}

TEST(OutputOptions, RefuseAPlaceThatNoReportCanBeWrittenTo) {
  const std::string folder = testing::TempDir();
  EXPECT_EQ(refusal({.outputs = {"json=" + folder + "/a.json", "sarif=a.sarif"}}), "");
  EXPECT_THAT(refusal({.outputs = {"json=" + folder}}), HasSubstr("is a directory"));
  EXPECT_THAT(refusal({.outputs = {"json=" + folder + "/none/a.json"}}), HasSubstr("no directory"));
  EXPECT_THAT(refusal({.outputs = {"json=-"}}), HasSubstr("--format"));
}

TEST(Output, WritesWhereALinkLeadsAndLeavesDevicesWhatTheyAre) {
  namespace fs = std::filesystem;
  const auto catalog = catalog::Catalog::embedded();
  ASSERT_TRUE(catalog);
  const auto folder = fs::path(testing::TempDir()) / "output-places";
  fs::create_directories(folder);
  std::ofstream(folder / "real.json") << "old";
  fs::create_symlink("real.json", folder / "link.json");
  std::vector<ScanRecord> none;
  const auto link = folder / "link.json";
  EXPECT_TRUE(deliver(none, *catalog, {.outputs = {"json=" + link.string(), "json=/dev/null"}}, {}));
  EXPECT_TRUE(fs::is_symlink(link));
  std::string text;
  std::getline(std::ifstream(folder / "real.json"), text);
  EXPECT_EQ(text, "[]");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace assay::cli
