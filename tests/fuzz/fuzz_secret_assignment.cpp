// Assignments, URLs and fields: the first byte says where the name is that is asked about. What is found lies within
// the text, the name around what was asked about.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "secrets/assignment.h"
#include "secrets/generic.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::secrets;
  if (size < 3) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto begin = data[0] % text.size();
  const auto end = std::min(text.size(), begin + 4);
  (void)may_be_assigned(text, end);
  if (const auto found = read_assignment(text, begin, end)) {
    if (found->key_begin > begin || found->key_end < end || found->key_end > text.size()) std::abort();
    if (found->begin < found->key_end || found->begin >= found->end || found->end > text.size()) std::abort();
  }
  for (const auto& found : {find_assigned(text, begin, end, {}), find_in_url(text, end), find_in_field(text, end)})
    if (found && (found->begin >= found->end || found->end > text.size() || found->score > 1)) std::abort();
  return 0;
}
