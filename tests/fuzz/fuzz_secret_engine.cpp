// The whole search: the first byte chooses the place, the rest is the text. Hits lie within the text, in their order,
// say the same at every call, and the secret of one that stands in plain is the text's own.

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <tuple>
#include <vector>

#include "catalog/catalog.h"
#include "secrets/engine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::secrets;
  static const auto kEngine = [] {
    const auto catalog = assay::catalog::Catalog::embedded();
    if (!catalog) std::abort();
    return Engine::build(*catalog->secret_rules()).value();
  }();
  static Engine::Scratch scratch(*kEngine);
  if (size < 1) return 0;
  constexpr std::string_view kPaths[] = {
      "", "src/app.js", ".env", "tests/a.py", "package-lock.json", "docs/a.min.js", "home/.pgpass"};
  const Place place{kPaths[data[0] % std::size(kPaths)]};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<Hit> hits;
  kEngine->scan(text, place, scratch, hits);
  std::vector<Hit> again;
  kEngine->scan(text, place, scratch, again);
  if (again.size() != hits.size()) std::abort();
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const auto& hit = hits[i];
    if (hit.begin >= hit.end || hit.end > text.size() || hit.score < 0 || hit.score > 1 || hit.secret.empty())
      std::abort();
    if (hit.encodings.empty() && text.substr(hit.begin, hit.end - hit.begin) != hit.secret) std::abort();
    if (again[i].begin != hit.begin || again[i].rule != hit.rule || again[i].suppressed != hit.suppressed) std::abort();
    if (i > 0 && std::tuple(hits[i - 1].begin, hits[i - 1].end) > std::tuple(hit.begin, hit.end)) std::abort();
  }
  return 0;
}
