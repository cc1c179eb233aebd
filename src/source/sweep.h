#pragma once

// A whole search: inputs and engine joined into what becomes evidence of kind "secret.sweep".

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "model/secret.h"
#include "secrets/engine.h"
#include "source/core_dumps.h"
#include "source/search_cache.h"
#include "source/text_search.h"
#include "source/tree.h"

namespace assay::source {

struct SweepSettings {
  unsigned threads = 0;      // 0: one a core
  bool heed_ignores = true;  // comments "assay:ignore REASON"
  bool suppressed = false;   // tell also what the engine suppresses, and why
  TreeLimits tree;
  ArchiveLimits archives;
  std::uint64_t max_blob_bytes = 64ULL << 20;  // of git history
  Reveal reveal;                               // may be null
  SearchCache* cache = nullptr;                // for tree(), history() and file(); may be null, must outlive the sweep
};

// Searches what it is given, one input after another, and gives the result once with finish(). The result does not
// depend on the number of threads. Not thread-safe itself.
class Sweep {
 public:
  // `key`: of hash_key(). The progress must outlive the sweep. `stop`: ends what runs; what was not reached then is a
  // gap.
  Sweep(std::shared_ptr<const secrets::Engine> engine, Bytes key, SweepSettings settings, SweepProgress& progress,
        std::stop_token stop);
  ~Sweep();
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  // A directory; see walk_tree(). Its git history is no part of it. Errors: it cannot be opened.
  Result<void> tree(const std::string& root);
  // The git history of the repository whose top is `root`: all refs, and what no ref reaches any more. See
  // git::search_history(). Errors: there is no repository, or its place cannot be read.
  Result<void> history(const std::string& root);
  // What the next commit of the repository that holds `directory` would bring; `index_file` "" for its own index. See
  // git::read_staged(). Errors: no repository, or its index cannot be read.
  Result<void> staged(const std::string& directory, const std::string& index_file);
  // One file, which usually is an archive; the places in it are named from its own name on. Errors: it cannot be
  // opened.
  Result<void> file(const std::string& path);
  // Bytes that somebody else has read: `name` is their path or URL, `input` one of assay::sweep_input.
  void text(std::string_view bytes, const std::string& name, std::string_view input);
  // As text(), of what an app's server gave: `url` without its query. `page`: it was made for this one answer, as HTML
  // is; a random value in it is then a session's (a CSRF token, a nonce), and only what has a provider's shape counts.
  void served(std::string_view bytes, const std::string& url, bool page);
  void missed(SweepGap gap);

  // Clears the sweep.
  SecretSweep finish();

 private:
  void keep(TextSearch& searched);
  TextSearch& text_search(std::string_view input);
  SearchTerms terms(std::string_view source) const;
  void looked_at(std::string_view input);

  CoreDumpsOff core_dumps_off_;
  std::shared_ptr<const secrets::Engine> engine_;
  Bytes key_;
  SweepSettings settings_;
  SweepProgress& progress_;
  std::stop_token stop_;
  SightingTable table_;
  SecretSweep sweep_;
  // For text() and served(): the terms of its input, with their searcher.
  std::unique_ptr<SearchTerms> text_terms_;
  std::unique_ptr<TextSearch> text_search_;
};

}  // namespace assay::source
