#include "secrets/redact.h"

#include <algorithm>
#include <cstddef>

namespace assay::secrets {
namespace {

constexpr std::size_t kMostShownAtAnEnd = 4;
constexpr std::size_t kShortest = 12;  // of which anything is shown

std::string printable(std::string_view s) {
  std::string out(s);
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace

std::string redact(std::string_view secret) {
  const std::size_t shown = secret.size() < kShortest ? 0 : std::min(kMostShownAtAnEnd, secret.size() / 6);
  const auto head = printable(secret.substr(0, shown));
  const auto tail = printable(secret.substr(secret.size() - shown));
  return head + "…" + tail + " (" + std::to_string(secret.size()) + ")";
}

}  // namespace assay::secrets
