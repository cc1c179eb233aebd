// Any bytes as an archive, with what is inside it, two deep: limits hold, names are text, and reading ends.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "source/archive.h"
#include "source/content.h"

namespace {

using namespace assay;
using namespace assay::source;

void require(bool holds) {
  if (!holds) std::abort();
}

void open_all(ByteStream& in, ArchiveKind kind, ArchiveBudget& budget) {
  const auto depth = budget.depth;
  {
    auto reader = ArchiveReader::open(in, kind, "fuzz.bin", budget, {});
    if (!reader) return;
    while (true) {
      const auto name = (*reader)->next();
      if (!name || !*name) break;
      require(is_valid_utf8(**name));
      std::array<char, 16384> head{};
      auto& content = (*reader)->content();
      const auto n = content.read(head);
      if (!n) continue;
      const std::string_view begin(head.data(), *n);
      if (const auto inner = sniff(begin); inner.content == Content::archive) {
        RewoundStream whole(begin, content);
        open_all(whole, inner.archive, budget);
      } else {
        while (true) {
          const auto more = content.read(head);
          if (!more || *more == 0) break;
        }
      }
      require(budget.bytes <= budget.limits.bytes + (64U << 10U));
    }
  }
  require(budget.depth == depth);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto kind = sniff(bytes);
  if (kind.content != Content::archive) return 0;
  ArchiveLimits limits;
  limits.bytes = 4U << 20U;
  limits.entries = 200;
  limits.depth = 3;
  ArchiveBudget budget(limits);
  MemoryStream in(bytes);
  open_all(in, kind.archive, budget);
  return 0;
}
