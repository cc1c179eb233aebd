#include "secrets/engine.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "secrets/finder.h"
#include "secrets/place_facts.h"
#include "secrets/rule_table.h"
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

struct Engine::Scratch::Parts {
  FinderScratch finder;
  std::vector<Candidate> candidates;
};

Engine::Scratch::Scratch(const Engine& engine) : parts_(std::make_unique<Parts>()) {
  parts_->finder.literals = engine.parts_->table->literals.scratch();
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
  auto& candidates = scratch.parts_->candidates;
  candidates.clear();
  const auto facts = facts_of(place.path);
  find_candidates(*parts_->table, text, facts, scratch.parts_->finder, candidates);
  if (candidates.empty()) return;
  decide(*parts_->table, text, facts, candidates);
  for (auto& candidate : candidates) hits.push_back(std::move(candidate.hit));
  candidates.clear();
}

const std::vector<SecretRule>& Engine::rules() const {
  return parts_->table->rules;
}

const std::string& Engine::version() const {
  return parts_->table->version;
}

}  // namespace assay::secrets
