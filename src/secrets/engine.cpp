#include "secrets/engine.h"

#include <array>
#include <deque>
#include <string>
#include <utility>

#include "secrets/decode.h"
#include "secrets/finder.h"
#include "secrets/place_facts.h"
#include "secrets/rule_table.h"
#include "secrets/text_shapes.h"
#include "secrets/verdict.h"

namespace assay::secrets {

std::string_view to_string(Confidence c) {
  switch (c) {
    case Confidence::low:
      return "low";
    case Confidence::medium:
      return "medium";
    case Confidence::high:
      return "high";
  }
  return "low";
}

struct Engine::Parts {
  std::unique_ptr<RuleTable> table;
};

namespace {

constexpr std::size_t kMaxDepth = 3;  // encodings in each other

// Of the text and of those that are decoded in it, by depth.
using ShapesByDepth = std::array<TextShapes, kMaxDepth + 1>;

}  // namespace

struct Engine::Scratch::Parts {
  FinderScratch finder;
  std::vector<Candidate> candidates;
  std::deque<std::string> decoded;  // texts that candidates point into
  ShapesByDepth shapes;
};

namespace {

constexpr std::size_t kMaxCandidates = 1U << 16U;  // of one text, before one stays of those that overlap
constexpr std::size_t kDecodedForEachByte = 4;     // of the text, in all its regions and theirs
constexpr std::size_t kDecodedAtLeast = 1U << 16U;

// A text with the encoded texts in it.
class Descent {
 public:
  Descent(const RuleTable& table, PlaceReader& place, FinderScratch& finder, std::vector<Candidate>& candidates,
          std::deque<std::string>& kept, ShapesByDepth& shapes)
      : table_(table), place_(place), finder_(finder), candidates_(candidates), kept_(kept), shapes_(shapes) {}

  void run(std::string_view text) {
    left_ = text.size() * kDecodedForEachByte + kDecodedAtLeast;
    look_into(text, shapes_[0]);
    descend(text, 0);
  }

 private:
  void look_into(std::string_view text, TextShapes& shapes) {
    find_shapes(text, shapes);
    find_candidates(table_, text, shapes.runs, place_, finder_, candidates_);
  }

  // `text` stands in as many others as `depth` says.
  void descend(std::string_view text, std::size_t depth) {
    auto& inner = shapes_[depth + 1];
    EncodedRegions(text, shapes_[depth]).each([&](Decoded& region) {
      if (region.text.size() > left_ || candidates_.size() >= kMaxCandidates) return false;
      left_ -= region.text.size();
      layers_.push_back(&region);
      const auto first = candidates_.size();
      look_into(region.text, inner);
      for (auto i = first; i < candidates_.size(); ++i) place(candidates_[i].hit);
      const auto own = candidates_.size();
      if (layers_.size() < kMaxDepth) descend(region.text, depth + 1);
      layers_.pop_back();
      if (own != first) keep(region.text, first, own);
      return true;
    });
  }

  // From offsets in the innermost text to those in the outermost.
  void place(Hit& hit) const {
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
      const auto end = (*layer)->outer_end(hit.end);
      hit.begin = (*layer)->outer_begin(hit.begin);
      hit.end = end;
    }
    for (const auto* layer : layers_) hit.encodings.push_back(layer->encoding);
  }

  // Keeps a decoded text for the candidates [first, last) that point into it.
  void keep(const std::string& text, std::size_t first, std::size_t last) {
    const std::string_view copy = kept_.emplace_back(text);
    for (auto i = first; i < last; ++i) {
      auto& c = candidates_[i];
      if (!c.key.empty()) c.key = copy.substr(static_cast<std::size_t>(c.key.data() - c.text.data()), c.key.size());
      c.text = copy;
    }
  }

  const RuleTable& table_;
  PlaceReader& place_;
  FinderScratch& finder_;
  std::vector<Candidate>& candidates_;
  std::deque<std::string>& kept_;
  std::vector<const Decoded*> layers_;
  ShapesByDepth& shapes_;
  std::size_t left_ = 0;  // bytes that may still be decoded
};

}  // namespace

Engine::Scratch::Scratch(const Engine& engine) : parts_(std::make_unique<Parts>()) {
  parts_->finder.last_end.resize(engine.rules().size());
}
Engine::Scratch::~Scratch() = default;

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

Result<std::shared_ptr<const Engine>> Engine::build(std::vector<SecretRule> rules) {
  auto table = RuleTable::build(std::move(rules));
  if (!table) return std::unexpected(table.error());
  auto parts = std::make_unique<Parts>();
  parts->table = std::move(*table);
  return std::shared_ptr<const Engine>(new Engine(std::move(parts)));
}

void Engine::scan(std::string_view text, const Place& place, Scratch& scratch, std::vector<Hit>& hits) const {
  PlaceReader reader(place.path, place.suppressed);
  auto& [finder, candidates, decoded, shapes] = *scratch.parts_;
  Descent(*parts_->table, reader, finder, candidates, decoded, shapes).run(text);
  if (candidates.empty()) return;
  decide(*parts_->table, text, reader.facts(), candidates);
  for (auto& candidate : candidates) {
    const auto& reason = candidate.hit.suppressed;
    if (place.suppressed || reason.empty() || reason == kPublicByDesign) hits.push_back(std::move(candidate.hit));
  }
  candidates.clear();
  decoded.clear();
}

const std::vector<SecretRule>& Engine::rules() const {
  return parts_->table->rules;
}

const std::string& Engine::version() const {
  return parts_->table->version;
}

}  // namespace assay::secrets
