// A revocation list as an authority, or who sits between, may serve it.

#include <cstdlib>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "net/tls/certificate.h"
#include "net/tls/crl.h"
#include "sample_chain.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kIssuer = assay::fuzz::certificate(assay::fuzz::kIssuer);
  static const auto kLeaf = assay::fuzz::certificate(assay::fuzz::kLeaf);
  static const auto kRecord = assay::net::tls::describe_certificate(kLeaf.get());
  auto list = assay::net::tls::read_crl(assay::ByteView(data, size));
  if (!list) return 0;
  const assay::net::tls::IssuerCrl held(std::move(*list), kIssuer.get());
  const auto source = held.check(kLeaf.get(), kRecord, assay::fuzz::sample_time());
  // What is recorded must be storable as it is, and what is not known must have a reason.
  if (assay::Json(source).dump().empty()) std::abort();
  if (source.status == assay::revocation_status::kUnknown && source.detail.empty()) std::abort();
  return 0;
}
