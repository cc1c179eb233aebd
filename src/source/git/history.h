#pragma once

// The search of a repository's whole history: which secrets it holds, under which paths, and from which commit to
// which.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/secret.h"
#include "source/git/blob_scan.h"
#include "source/git/detector.h"
#include "source/git/repository.h"

namespace assay::source::git {

// A secret that was seen under the path of a HistoryText, in this or in other versions of it.
struct HistoryClaim {
  SecretKey key{};
  // Hexadecimal ids: the oldest and the newest commit that has the secret under this path. "" when no commit has it.
  std::string first_commit, last_commit;
  bool deleted = false;  // under this path it is in no tree of a branch's head
};

// One version of a file, with what is to be found in it.
struct HistoryText {
  std::string_view text;
  std::string path;       // object_name() when no commit has it
  bool reachable = true;  // from a ref or a reflog
  std::span<const HistoryClaim> claims;
};

struct HistoryReport {
  std::uint64_t commits = 0, blobs = 0, bytes = 0;
  std::uint64_t known_blobs = 0, archives = 0;  // see BlobScan; bytes: of blobs that were inflated
  std::uint64_t unreachable_blobs = 0;          // of those with secrets: on this disk, but in no commit
  std::vector<SweepGap> gaps;
  std::uint64_t gaps_left_out = 0;
  bool stopped = false;
};

// Looks at a text with its path known, and tells which of the claimed keys are there.
using HistoryVisitor = std::function<std::vector<SecretKey>(const HistoryText&)>;

// Searches all objects of the repository whose top is `directory` (see find_repository()), also those that no commit
// has. The detector sees texts, and parts of them, without their paths; what it marks is then shown to `visit`, whole
// and with its path, newest version first, sorted by path: a mark counts only when the visitor finds it there again.
// When it does not, older versions follow, three in all. One call for each path and version at most, on the caller's
// thread. The same at any number of threads. Errors: those of find_repository().
Result<HistoryReport> search_history(const std::string& directory, const Detector& detector,
                                     const BlobScanOptions& options, const HistoryVisitor& visit);

}  // namespace assay::source::git
