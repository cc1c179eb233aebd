#pragma once

// Searches for secrets, for all scans of a process: one engine, made when it is first needed.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/error.h"
#include "catalog/catalog.h"
#include "model/secret.h"
#include "scan/secret_trials.h"
#include "scan/target.h"
#include "secrets/engine.h"
#include "source/sweep.h"

namespace assay::scan {

struct SecretSettings {
  unsigned threads = 0;      // 0: one a core
  bool history = true;       // of a directory that is a git repository
  bool heed_ignores = true;  // comments "assay:ignore REASON" in the source
  bool suppressed = false;   // tell also what the engine suppresses, and why
  bool published = false;    // everybody can read the source
  bool validate = false;     // try what is found at its provider
  source::Reveal reveal;     // may be null
  // Where to remember in what nothing was found; "": nowhere. See source/search_cache.h.
  std::string cache;
  std::function<void(const Error&)> warn;  // told of a cache that cannot be used; may be null
};

// $XDG_CACHE_HOME/assay, by default ~/.cache/assay; "" when there is no home.
std::string default_search_cache();

// Thread-safe.
class SecretSearch {
 public:
  // `catalog` must outlive this; it is asked for its rules at the first search.
  SecretSearch(const catalog::Catalog& catalog, SecretSettings settings)
      : catalog_(catalog), settings_(std::move(settings)) {
    if (settings_.validate) trials_ = std::make_unique<SecretTrials>();
  }

  // Searches a directory (with its history), an archive, or what is staged. Blocks, on threads of its own; one search
  // at a time uses the machine, the others wait. After `stop` it ends soon, and what was not reached is a gap. Errors:
  // the target cannot be opened; the rules or the key are unusable.
  Result<SecretSweep> source(const Target& target, source::SweepProgress& progress, const std::stop_token& stop);

  // A search of what an app's servers give to anybody, for Sweep::served(). It heeds no comments: who writes them there
  // is who is scanned. The first one of a process takes some tenths of a second. Errors: the rules or the key are
  // unusable.
  Result<std::unique_ptr<source::Sweep>> served(source::SweepProgress& progress, const std::stop_token& stop);

  // Where to try what the searches find; null when that was not asked for.
  SecretTrials* trials() const { return trials_.get(); }

 private:
  Result<std::shared_ptr<const secrets::Engine>> engine();
  std::unique_ptr<source::SearchCache> open_cache();
  void warn(const Result<void>& done) const;
  Result<std::unique_ptr<source::Sweep>> begin(source::SweepSettings settings, source::SweepProgress& progress,
                                               const std::stop_token& stop);

  const catalog::Catalog& catalog_;
  SecretSettings settings_;
  std::unique_ptr<SecretTrials> trials_;
  std::timed_mutex one_at_a_time_;
  std::mutex mutex_;  // guards engine_
  std::optional<Result<std::shared_ptr<const secrets::Engine>>> engine_;
};

}  // namespace assay::scan
