// The live line: what it says of scans over the network and of searches of source, in much room and in little.

#include "cli/live_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace assay::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kWide = 140;
constexpr std::size_t kNarrow = 59;  // of a terminal of 60 columns

// One target, a tree of which a quarter is searched after ten seconds.
void begin_tree(scan::Progress& progress) {
  progress.targets_total = progress.sources_total = 1;
  progress.sweep.tree.files_found = 80'000;
  progress.sweep.tree.files_done = 20'000;
  progress.sweep.tree.all_found = true;
  progress.sweep.bytes = 312'000'000;
}

TEST(LiveText, SaysDoneSpentAndLeft) {
  scan::Progress progress;
  progress.targets_total = 40;
  progress.targets_done = 10;
  progress.http_requests = 340;
  progress.tls_connections = 96;
  progress.bytes_received = 1'200'000;
  EXPECT_EQ(live_text(progress, {Duration(10'000), {}}, kWide),
            "10/40 targets · 340 requests · 96 TLS connections · 1.2 MB · about 30.0 s left");
  EXPECT_EQ(live_text(progress, {Duration(10'000), {}}, kNarrow),
            "10/40 targets · 340 requests · 1.2 MB · about 30.0 s left");
}

TEST(LiveText, DoesNotGuessBeforeItKnows) {
  scan::Progress progress;
  EXPECT_EQ(live_text(progress, {Duration(500), {}}, kWide), "");
  progress.targets_total = 1;
  EXPECT_THAT(live_text(progress, {Duration(500), {}}, kWide), Not(HasSubstr("left")));
}

TEST(LiveText, SpeaksOfFilesAndBytesBeforeTheFirstFile) {
  scan::Progress progress;
  progress.targets_total = progress.sources_total = 1;
  EXPECT_EQ(live_text(progress, {Duration(500), {}}, kWide), "0/0+ files · 0 B · 0 B/s");
}

TEST(LiveText, ATreeHasBarRateAndTimeLeft) {
  scan::Progress progress;
  begin_tree(progress);
  EXPECT_EQ(live_text(progress, {Duration(10'000), {}}, kWide),
            "[=====               ] 25% · 20000/80000 files · 312.0 MB · 31.2 MB/s · about 30.0 s left");
  EXPECT_EQ(live_text(progress, {Duration(10'000), {}}, kNarrow), "20000/80000 files · 312.0 MB · about 30.0 s left");
  progress.sweep.tree.all_found = false;
  EXPECT_EQ(live_text(progress, {Duration(10'000), {}}, kWide), "20000/80000+ files · 312.0 MB · 31.2 MB/s");
}

TEST(LiveText, AnArchiveIsMeasuredByWhatIsReadOfIt) {
  scan::Progress progress;
  progress.targets_total = progress.sources_total = 1;
  progress.sweep.tree.files_found = 1;
  progress.sweep.tree.all_found = true;
  progress.sweep.packed = 400'000'000;
  progress.sweep.packed_read = 100'000'000;
  progress.sweep.bytes = 900'000'000;
  EXPECT_EQ(live_text(progress, {Duration(10'000), {}}, kWide),
            "[=====               ] 25% · 100.0 MB of 400.0 MB read · 900.0 MB · 90.0 MB/s · about 30.0 s left");
  progress.sweep.packed_read = 400'000'000;  // and what of it is unpacked, nobody knows
  EXPECT_EQ(live_text(progress, {Duration(10'000), {}}, kWide), "400.0 MB of 400.0 MB read · 900.0 MB · 90.0 MB/s");
}

TEST(LiveText, AHistoryIsTimedFromItsOwnBeginning) {
  scan::Progress progress;
  begin_tree(progress);
  progress.sweep.tree.files_done = 80'000;
  progress.sweep.history.objects = 1000;
  progress.sweep.history.objects_done = 500;
  EXPECT_EQ(live_text(progress, {Duration(100'000), Duration(20'000)}, kWide),
            "[==========          ] 50% · 80000/80000 files · 500/1000 objects of the history · 312.0 MB · 3.1 MB/s · "
            "about 20.0 s left");
}

TEST(LiveText, NeverTakesMoreThanTheLine) {
  scan::Progress progress;
  begin_tree(progress);
  progress.sweep.history.objects = 1000;
  for (std::size_t width = 1; width < 140; ++width)
    EXPECT_LE(display_width(live_text(progress, {Duration(10'000), Duration(10)}, width)),
              std::max<std::size_t>(width, 4));
}

}  // namespace
}  // namespace assay::cli
