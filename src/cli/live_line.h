#pragma once

// The live line on a terminal's standard error: what is done, what was spent, time left. Nothing when it is no
// terminal, or one that moves no cursor (TERM=dumb).

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

#include "base/time.h"
#include "scan/progress.h"

namespace assay::cli {

struct LiveTimes {
  Duration elapsed{};  // since the run began
  Duration history{};  // since the first object of a git history was counted
};

// At most `width` columns; what says least is left out first. "" before there is a target.
// "12/40 targets · 340 requests · 96 TLS connections · 1.2 MB · about 35 s left"
// or, where all targets are source,
// "[=====     ] 41% · 1200/80000 files · 312.0 MB · 640.2 MB/s · about 3 s left"
std::string live_text(const scan::Progress& progress, const LiveTimes& times, std::size_t width);

class LiveLine {
 public:
  LiveLine(const scan::Progress& progress, bool wanted);
  ~LiveLine();  // clears the line
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

 private:
  void draw(const scan::Progress& progress) const;

  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace assay::cli
