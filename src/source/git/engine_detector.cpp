#include "source/git/engine_detector.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/bytes.h"

namespace assay::source::git {

struct EngineDetector::Desk {
  explicit Desk(const secrets::Engine& engine) : scratch(engine) {}
  secrets::Engine::Scratch scratch;
  std::vector<secrets::Hit> hits;
};

EngineDetector::EngineDetector(const secrets::Engine& engine, unsigned threads) : engine_(engine) {
  for (unsigned i = 0; i < std::max(1U, threads); ++i) desks_.push_back(std::make_unique<Desk>(engine));
}

EngineDetector::~EngineDetector() = default;

void EngineDetector::detect(std::string_view text, unsigned thread, std::vector<Mark>& marks) const {
  Desk& desk = *desks_[thread];
  desk.hits.clear();
  engine_.scan(text, {.path = "unknown.env"}, desk.scratch, desk.hits);
  for (secrets::Hit& hit : desk.hits) {
    if (hit.suppressed.empty()) marks.push_back({hit.begin, hit.end, key_of(hit), true});
    ::explicit_bzero(hit.secret.data(), hit.secret.size());
  }
}

SecretKey EngineDetector::key_of(const secrets::Hit& hit) {
  std::string text = hit.rule->id;
  text += '\0';
  text += hit.secret;
  const Sha256 hash = sha256(as_bytes(text));
  ::explicit_bzero(text.data(), text.size());
  SecretKey key;
  std::memcpy(key.data(), hash.data(), key.size());
  return key;
}

}  // namespace assay::source::git
