// Any bytes as a user's token: an error, or a token whose tampered twin reads back with another subject.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/connect/token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::net::connect;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto token = decode_token(text);
  const auto tampered = tampered_token(text);
  if (token.has_value() != tampered.has_value()) std::abort();
  if (!token) return 0;
  const auto twin = decode_token(*tampered);
  // A twin may outgrow the size limit; otherwise it differs in its subject only.
  if (!twin) return 0;
  if (twin->signature != token->signature || twin->header != token->header) std::abort();
  if (twin->claims.at("sub") == token->claims.value("sub", assay::Json())) std::abort();
  return 0;
}
