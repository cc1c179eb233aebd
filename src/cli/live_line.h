#pragma once

// The live line on a terminal's standard error: targets done, requests spent, time left. Nothing when it is no
// terminal.

#include <atomic>
#include <string>
#include <thread>

#include "base/time.h"
#include "scan/progress.h"

namespace assay::cli {

// "12/40 targets · 340 requests · 96 TLS connections · 1.2 MB · about 35 s left"
// or, while source is searched, "1200/80000 files · 312.0 MB · 640.2 MB/s · about 3 s left"
std::string live_text(const scan::Progress& progress, Duration elapsed);

class LiveLine {
 public:
  LiveLine(const scan::Progress& progress, bool wanted);
  ~LiveLine();  // clears the line
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

 private:
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace assay::cli
