// The examples of every rule are its tests.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "catalog/catalog.h"
#include "secrets/engine.h"
#include "unit/secrets/template.h"

namespace assay::secrets {
namespace {

constexpr std::uint64_t kSeeds = 5;

const Engine& engine() {
  static const auto kEngine = [] {
    const auto catalog = catalog::Catalog::embedded();
    if (!catalog) throw std::runtime_error(catalog.error().message());
    auto built = Engine::build(*catalog->secret_rules());
    if (!built) throw std::runtime_error(built.error().message());
    return *built;
  }();
  return *kEngine;
}

std::vector<Hit> findings(const std::string& text) {
  Engine::Scratch scratch(engine());
  std::vector<Hit> hits;
  engine().scan(text, {}, scratch, hits);
  return hits;
}

std::string described(const std::vector<Hit>& hits) {
  std::string all;
  for (const auto& hit : hits)
    all += "\n  " + hit.rule->id + " \"" + hit.secret + "\" " + std::string(to_string(hit.confidence)) + " " +
           hit.suppressed;
  return all.empty() ? "\n  nothing" : all;
}

// What is wrong with the hits in an example of `rule`; "" when nothing is.
std::string fault_of(const SecretRule& rule, const std::string& text) {
  const auto hits = findings(text);
  int own = 0;
  for (const auto& hit : hits) {
    if (hit.rule->id == rule.id && (hit.suppressed.empty() || rule.public_by_design)) {
      ++own;
      if (hit.end > text.size() || hit.begin >= hit.end) return "a hit outside of the text";
      if (hit.encodings.empty() && text.substr(hit.begin, hit.end - hit.begin) != hit.secret) return "a hit elsewhere";
    }
  }
  return own == 1 ? "" : "expected one secret:" + described(hits);
}

TEST(SecretRules, EachExampleHoldsOneSecretOfItsRule) {
  for (const auto& rule : engine().rules())
    for (const auto& example : rule.examples)
      for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const auto text = fill_template(example, seed);
        const auto fault = fault_of(rule, text);
        if (fault.empty()) continue;
        ADD_FAILURE() << rule.id << ": " << text << "\n" << fault;
        break;
      }
}

TEST(SecretRules, NoNegativeHoldsOne) {
  for (const auto& rule : engine().rules())
    for (const auto& negative : rule.negatives)
      for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const auto text = fill_template(negative, seed);
        const auto hits = findings(text);
        if (std::ranges::none_of(hits,
                                 [&](const Hit& hit) { return hit.rule->id == rule.id && hit.suppressed.empty(); }))
          continue;
        ADD_FAILURE() << rule.id << ": " << text << described(hits);
        break;
      }
}

}  // namespace
}  // namespace assay::secrets
