// A certificate as a server may send it.

#include <cstdlib>

#include "base/json.h"
#include "base/text.h"
#include "net/tls/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = assay::net::tls::read_certificate(assay::ByteView(data, size));
  if (!record) return 0;
  // What is recorded must be storable as it is.
  if (!assay::is_valid_utf8(record->subject) || !assay::is_valid_utf8(record->issuer)) std::abort();
  for (const auto& name : record->dns_names) {
    if (!assay::is_valid_utf8(name)) std::abort();
  }
  if (assay::Json(*record).dump().empty()) std::abort();
  return 0;
}
