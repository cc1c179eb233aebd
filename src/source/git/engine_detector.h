#pragma once

// The secret engine as the one who looks at a history.

#include <memory>
#include <string_view>
#include <vector>

#include "secrets/engine.h"
#include "source/git/detector.h"

namespace assay::source::git {

// Marks what the engine finds and does not suppress. Texts are taken for configuration, where values need no quotes:
// their paths come later, and the search with its path settles what counts.
class EngineDetector final : public Detector {
 public:
  // The engine must outlive this; as many scratches as threads.
  EngineDetector(const secrets::Engine& engine, unsigned threads);
  ~EngineDetector() override;
  EngineDetector(const EngineDetector&) = delete;
  EngineDetector& operator=(const EngineDetector&) = delete;

  void detect(std::string_view text, unsigned thread, std::vector<Mark>& marks) const override;

  static SecretKey key_of(const secrets::Hit& hit);

 private:
  struct Desk;
  const secrets::Engine& engine_;
  std::vector<std::unique_ptr<Desk>> desks_;  // one a thread
};

}  // namespace assay::source::git
