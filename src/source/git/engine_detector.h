#pragma once

// The secret engine as the one who looks at a history.

#include <memory>
#include <stop_token>
#include <string_view>
#include <vector>

#include "secrets/engine.h"
#include "source/archive.h"
#include "source/git/detector.h"
#include "source/search_cache.h"

namespace assay::source::git {

// Marks what the engine finds and does not suppress. Archives are opened as those of a tree. Texts are taken for
// configuration, where values need no quotes: their paths come later, and the search with its path settles what counts.
struct ArchiveSettings {
  ArchiveLimits limits;
  SearchCache* cache = nullptr;  // may be null
  std::stop_token stop;
};

class EngineDetector final : public Detector {
 public:
  // The engine and the cache must outlive this; as many scratches as threads.
  EngineDetector(const secrets::Engine& engine, unsigned threads, ArchiveSettings archives = {});
  ~EngineDetector() override;
  EngineDetector(const EngineDetector&) = delete;
  EngineDetector& operator=(const EngineDetector&) = delete;

  bool is_archive(std::string_view content) const override;
  Opened open(std::string_view content, unsigned thread) const override;
  void detect(std::string_view text, unsigned thread, std::vector<Mark>& marks) const override;

  static SecretKey key_of(const secrets::Hit& hit);

 private:
  struct Desk;
  const secrets::Engine& engine_;
  const ArchiveSettings archives_;
  std::vector<std::unique_ptr<Desk>> desks_;  // one a thread
};

}  // namespace assay::source::git
