#pragma once

// Searches for secrets, for all scans of a process: one engine, made when it is first needed.

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/secret.h"
#include "model/secret_rule.h"
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
  SecretSearch(std::shared_ptr<const std::vector<SecretRule>> rules, SecretSettings settings)
      : rules_(std::move(rules)), settings_(std::move(settings)) {}

  // Searches a directory (with its history), an archive, or what is staged. Blocks, on threads of its own; one search
  // at a time uses the machine, the others wait. After `stop` it ends soon, and what was not reached is a gap. Errors:
  // the target cannot be opened; the rules or the key are unusable.
  Result<SecretSweep> source(const Target& target, source::SweepProgress& progress, const std::stop_token& stop);

 private:
  Result<std::shared_ptr<const secrets::Engine>> engine();
  Result<std::unique_ptr<source::Sweep>> begin(source::SweepProgress& progress, const std::stop_token& stop);

  std::shared_ptr<const std::vector<SecretRule>> rules_;
  SecretSettings settings_;
  std::timed_mutex one_at_a_time_;
  std::mutex mutex_;  // guards engine_
  std::optional<Result<std::shared_ptr<const secrets::Engine>>> engine_;
};

}  // namespace assay::scan
