// Assignments, URLs and fields: the first byte says where the name is that is asked about. What is found lies within
// the text, the name around what was asked about. Then the same text as what follows each word of a call or a command.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "secrets/assignment.h"
#include "secrets/generic.h"
#include "secrets/generic_rules.h"

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
  std::vector<GenericFind> finds;
  find_in_url(text, begin, end, {}, finds);
  find_in_field(text, begin, end, {}, finds);
  find_assigned(text, begin, end, {.configuration = (data[0] & 1) != 0}, finds);
  find_behind_scheme(text, begin, end, {}, finds);
  // Calls and commands are told by their words: each is put before the text.
  auto triggers = generic_triggers();
  triggers.insert(triggers.end(), command_triggers().begin(), command_triggers().end());
  for (const auto& trigger : triggers) {
    const auto whole = "\"a" + std::string(trigger.literal) + std::string(text);
    std::vector<GenericFind> behind;
    trigger.find(whole, 2, 2 + trigger.literal.size(), {}, behind);
    for (const auto& find : behind)
      if (find.begin >= find.end || find.end > whole.size() || find.score > 1) std::abort();
  }
  for (const auto& find : finds)
    if (find.begin >= find.end || find.end > text.size() || find.score > 1) std::abort();
  return 0;
}
