#include <fmt/format.h>

#include "base/text.h"
#include "net/gate.h"

namespace assay::net {

int Budget::requests_left(std::string_view link) const {
  const auto it = requests_.find(link);
  const int spent = it == requests_.end() ? 0 : it->second;
  return (link == kValidation ? limits_.validation_requests : limits_.requests_per_link) - spent;
}

Result<void> Budget::spend_request(std::string_view link) {
  if (requests_left(link) <= 0)
    return fail(ErrorCode::budget_spent, std::string(link), "the scan's requests for this link are used up");
  const auto it = requests_.find(link);
  if (it == requests_.end()) {
    requests_.emplace(link, 1);
  } else {
    ++it->second;
  }
  return {};
}

Result<void> Budget::spend_bytes(std::uint64_t n) {
  bytes_ += n;
  if (bytes_ > limits_.bytes)
    return fail(ErrorCode::budget_spent, "scan",
                fmt::format("received more than its limit of {}", format_bytes(limits_.bytes)));
  return {};
}

}  // namespace assay::net
