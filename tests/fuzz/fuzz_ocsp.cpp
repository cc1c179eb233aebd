// An OCSP answer, stapled by a server or given by a responder.

#include <cstdlib>

#include "base/json.h"
#include "base/text.h"
#include "net/tls/ocsp.h"
#include "sample_chain.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kIssuer = assay::fuzz::certificate(assay::fuzz::kIssuer);
  static const auto kLeaf = assay::fuzz::certificate(assay::fuzz::kLeaf);
  const auto source =
      assay::net::tls::check_ocsp(assay::ByteView(data, size), kLeaf.get(), kIssuer.get(), assay::fuzz::sample_time());
  // What is recorded must be storable as it is, and what is not known must have a reason.
  if (assay::Json(source).dump().empty()) std::abort();
  if (source.status == assay::revocation_status::kUnknown && source.detail.empty()) std::abort();
  return 0;
}
