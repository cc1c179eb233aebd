#pragma once

// Searches for secrets, for all scans of a process: one engine, made when it is first needed.

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/error.h"
#include "catalog/catalog.h"
#include "model/secret.h"
#include "scan/target.h"
#include "secrets/engine.h"
#include "source/sweep.h"

namespace assay::scan {

struct SecretSettings {
  unsigned threads = 0;      // 0: one a core
  bool history = true;       // of a directory that is a git repository
  bool heed_ignores = true;  // comments "assay:ignore REASON" in the source
  source::Reveal reveal;     // may be null
};

// Thread-safe.
class SecretSearch {
 public:
  // `catalog` must outlive this; it is asked for its rules at the first search.
  SecretSearch(const catalog::Catalog& catalog, SecretSettings settings)
      : catalog_(catalog), settings_(std::move(settings)) {}

  // Searches a directory (with its history), an archive, or what is staged. Blocks, on threads of its own; one search
  // at a time uses the machine, the others wait. After `stop` it ends soon, and what was not reached is a gap. Errors:
  // the target cannot be opened; the rules or the key are unusable.
  Result<SecretSweep> source(const Target& target, source::SweepProgress& progress, const std::stop_token& stop);

 private:
  Result<std::shared_ptr<const secrets::Engine>> engine();
  Result<std::unique_ptr<source::Sweep>> begin(source::SweepProgress& progress, const std::stop_token& stop);

  const catalog::Catalog& catalog_;
  SecretSettings settings_;
  std::timed_mutex one_at_a_time_;
  std::mutex mutex_;  // guards engine_
  std::optional<Result<std::shared_ptr<const secrets::Engine>>> engine_;
};

}  // namespace assay::scan
