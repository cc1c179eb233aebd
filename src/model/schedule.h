#pragma once

// What is scanned how often: catalog/schedule.yaml as plain values. docs/scheduling.md explains the figures.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "model/requirement.h"

namespace assay {

// Requirements that are scanned together on one cadence.
struct ScanGroup {
  std::string id;
  std::string title;
  std::vector<std::string> kinds;     // of app
  std::vector<std::string> evidence;  // kinds of evidence, or their first words: "tls" for tls.handshake and the like
  std::chrono::hours every{};         // zero: not by the clock
  bool on_release = false;            // when the app has a release that was not seen before
};

struct ScanSchedule {
  int scheduled_at_once = 1;           // scheduled jobs that run together
  std::chrono::minutes catch_up{120};  // missed runs, and first ones of new apps, are spread over so long
  std::chrono::minutes jitter{0};      // that a run may be later than its place in the period; at most a quarter of it
  std::vector<ScanGroup> groups;

  const ScanGroup* find(std::string_view id) const;
  // The group that scans `requirement` for apps of `kind`: the first one for this kind that names one of the kinds of
  // evidence that the requirement needs. nullptr when there is none.
  const ScanGroup* group_of(const Requirement& requirement, std::string_view kind) const;
};

}  // namespace assay
