#pragma once

// What a scan changes in what is known of an app: the states of its findings, and what follows from them.
// docs/platform.md, "A finding's state".

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/work.h"
#include "model/policy.h"
#include "model/scan_record.h"

namespace assay::ledger {

enum class FindingStatus {
  suspected,    // failed in fewer looks in a row than it takes to open it
  open,         // failed in enough looks in a row
  fixed,        // passed in enough looks in a row
  gone,         // the app no longer names its subject, so nobody looks there any more; not proven to be mended
  unconfirmed,  // was suspected, and a look passed before it opened
};
std::string_view to_string(FindingStatus s);  // "suspected", "open", "fixed", "gone", "unconfirmed"
std::optional<FindingStatus> finding_status_from_string(std::string_view s);

// Suspected or open: scans are still expected to say something of it.
constexpr bool is_present(FindingStatus s) {
  return s == FindingStatus::suspected || s == FindingStatus::open;
}

// A finding as the ledger knows it over time. Times are the starts of scans.
struct KnownFinding {
  Finding finding;  // as last seen
  FindingStatus status = FindingStatus::suspected;
  Time first_seen{}, last_seen{};  // of the first and the last scan that saw it
  std::optional<Time> opened_at;   // of the scan that opened it, the last time that it opened; nullopt: it never did
  std::optional<Time> closed_at;   // of the scan that closed it; nullopt while it is suspected or open
  Time last_look{};                // of the newest scan that counted for it; older ones count no more
  int reopened = 0;                // how often it opened after its first time
  int fails_in_row = 0, passes_in_row = 0;
};

using LooksNeeded = Looks;                                                     // in a row
using LooksPolicy = std::function<LooksNeeded(std::string_view requirement)>;  // empty: one and one

struct SeverityChange {
  KnownFinding finding;
  Severity before = Severity::none;
};

// A content of the app's descriptor that no scan had seen before.
struct NewRelease {
  std::string release;
  std::string previous;  // "" when it is the first one
};

struct ScanEffect {
  std::vector<KnownFinding> opened;     // for the first time
  std::vector<KnownFinding> reopened;   // had been open before
  std::vector<KnownFinding> fixed;      // were open
  std::vector<KnownFinding> gone;       // were open
  std::vector<SeverityChange> changed;  // were open, stay open, and weigh otherwise
  // Were seen or passed, and it takes another look to tell: suspected, or open with a pass.
  std::vector<KnownFinding> undecided;
  std::optional<NewRelease> release;  // nullopt, too, when a newer scan was recorded before this one
};

struct RecordOptions {
  LooksPolicy looks;
  // Runs in the transaction that stores the scan, after everything else; its error undoes the whole. Not called for a
  // scan that was recorded before. Called again when the transaction is run again.
  std::function<Result<void>(Work&, const ScanRecord&, const ScanEffect&)> follow_up;
};

}  // namespace assay::ledger
