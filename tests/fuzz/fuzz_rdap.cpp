// RDAP answers: the first byte chooses the status. What is read is within its bounds, and never free by accident.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "net/registration/rdap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  constexpr int kStatuses[] = {200, 404, 429, 500};
  const auto status = kStatuses[data[0] % 4U];
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto r = assay::net::registration::read_rdap("example.com", status, "application/rdap+json", body);
  using namespace assay;
  if (r.state == registration_state::kFree && status != 404) std::abort();
  if (r.state == registration_state::kRegistered && status != 200) std::abort();
  if ((r.state == registration_state::kUnknown) != r.failure.has_value()) std::abort();
  if (r.excerpt.size() > 2003 || !is_valid_utf8(r.excerpt) || !is_valid_utf8(r.registrar)) std::abort();
  return 0;
}
