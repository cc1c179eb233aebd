// The file in which searches remember where nothing was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "source/search_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using assay::source::SearchCache;
  constexpr std::size_t kMost = 1000;
  assay::Sha256 mark{};
  mark.fill('m');
  const auto names = SearchCache::parse({data, size}, mark, kMost);
  if (!names) return 0;
  if (names->young.size() > kMost || names->old.size() > kMost) std::abort();
  if ((names->young.size() + names->old.size()) * sizeof(SearchCache::Name) > size) std::abort();
  if (!std::ranges::is_sorted(names->young) || !std::ranges::is_sorted(names->old)) std::abort();
  return 0;
}
