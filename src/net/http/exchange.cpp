#include "net/http/exchange.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"

namespace assay::net::http {

namespace {

constexpr std::size_t kReadPortion = 4U << 10U;  // small: every exchange in flight holds one

EndOfBytes end_of_bytes(const Error& error) {
  switch (error.code) {
    case ErrorCode::timeout:
      return EndOfBytes::timeout;
    case ErrorCode::cancelled:
    case ErrorCode::budget_spent:
      return EndOfBytes::stopped;
    default:
      return EndOfBytes::reset;
  }
}

}  // namespace

Task<std::optional<Error>> exchange(Stream& stream, std::string_view request, ResponseReader& reader,
                                    Deadline deadline) {
  std::optional<Error> broken;
  auto written = co_await stream.write_all(as_bytes(request), deadline);
  if (!written && written.error().code != ErrorCode::connection) {
    broken = std::move(written.error());
    reader.finish(end_of_bytes(*broken));
  }
  std::vector<std::uint8_t> portion(kReadPortion);
  while (!reader.done()) {
    auto n = co_await stream.read_some(portion, deadline);
    if (!n) {
      broken = std::move(n.error());
      reader.finish(end_of_bytes(*broken));
    } else if (*n == 0) {
      reader.finish(EndOfBytes::closed);
    } else {
      reader.feed(as_text({portion.data(), *n}));
    }
  }
  co_return broken;
}

}  // namespace assay::net::http
