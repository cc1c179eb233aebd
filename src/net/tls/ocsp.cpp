#include "net/tls/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <optional>

#include "net/tls/crl.h"
#include "net/tls/openssl_ptr.h"

namespace assay::net::tls {

namespace {

constexpr std::chrono::minutes kClockSkew{5};

using RequestPtr = OpenSslPtr<OCSP_REQUEST, &OCSP_REQUEST_free>;
using ResponsePtr = OpenSslPtr<OCSP_RESPONSE, &OCSP_RESPONSE_free>;
using BasicPtr = OpenSslPtr<OCSP_BASICRESP, &OCSP_BASICRESP_free>;
using CertIdPtr = OpenSslPtr<OCSP_CERTID, &OCSP_CERTID_free>;
using StorePtr = OpenSslPtr<X509_STORE, &X509_STORE_free>;
using StackPtr = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })>;

std::optional<Time> time_of(const ASN1_GENERALIZEDTIME* t) {
  std::tm utc{};
  if (t == nullptr || ASN1_TIME_to_tm(t, &utc) != 1) return std::nullopt;
  return Time(std::chrono::seconds(timegm(&utc)));
}

// By the issuer itself, or by a certificate of its that may sign such answers.
bool is_signed(OCSP_BASICRESP* answer, X509* issuer, Time at) {
  const StorePtr store(X509_STORE_new());
  const StackPtr issuers(sk_X509_new_null());
  if (!store || !issuers || X509_STORE_add_cert(store.get(), issuer) != 1 || sk_X509_push(issuers.get(), issuer) == 0)
    return false;
  // The issuer is an anchor here, whether or not it is a root.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()),
                             std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  return OCSP_basic_verify(answer, issuers.get(), store.get(), OCSP_TRUSTOTHER) == 1;
}

std::string untimely(std::optional<Time> begin, std::optional<Time> end, Time at) {
  if (!begin || *begin > at + kClockSkew) return "the answer is from the future";
  constexpr std::chrono::days kOldestWithoutEnd{10};  // Baseline Requirements §4.9.10: the longest interval
  if (end ? *end < at : *begin + kOldestWithoutEnd < at) return "the answer is out of date";
  return {};
}

}  // namespace

Result<std::string> make_ocsp_request(X509* certificate, X509* issuer) {
  const RequestPtr request(OCSP_REQUEST_new());
  // Responders know SHA-1 certificate ids only (RFC 5019 §2.1.1); nothing hangs on the hash.
  CertIdPtr id(OCSP_cert_to_id(EVP_sha1(), certificate, issuer));
  if (!request || !id || OCSP_request_add0_id(request.get(), id.get()) == nullptr) {
    ERR_clear_error();
    return fail(ErrorCode::internal, "OCSP request", "cannot be made");
  }
  (void)id.release();  // now the request's
  unsigned char* der = nullptr;
  const int n = i2d_OCSP_REQUEST(request.get(), &der);
  if (n <= 0) return fail(ErrorCode::internal, "OCSP request", "cannot be encoded");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(n));
  OPENSSL_free(der);
  return bytes;
}

RevocationSource check_ocsp(ByteView der, X509* certificate, X509* issuer, Time at) {
  RevocationSource source;
  source.status = revocation_status::kUnknown;
  const auto unknown = [&](std::string why) {
    ERR_clear_error();
    source.detail = std::move(why);
    return source;
  };
  if (der.size() > kMaxOcspBytes) return unknown("the answer is too large");
  const unsigned char* in = der.data();
  const ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &in, static_cast<long>(der.size())));
  if (!response) return unknown("the answer is not OCSP");
  if (const int status = OCSP_response_status(response.get()); status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return unknown(std::string("the responder says ") + OCSP_response_status_str(status));
  const BasicPtr basic(OCSP_response_get1_basic(response.get()));
  if (!basic) return unknown("the answer is not a basic one");
  const CertIdPtr id(OCSP_cert_to_id(EVP_sha1(), certificate, issuer));
  int status = -1;
  int reason = -1;
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  ASN1_GENERALIZEDTIME* begin = nullptr;
  ASN1_GENERALIZEDTIME* end = nullptr;
  if (!id || OCSP_resp_find_status(basic.get(), id.get(), &status, &reason, &revoked, &begin, &end) != 1)
    return unknown("the answer is about another certificate");
  const auto this_update = time_of(begin);
  const auto next_update = time_of(end);
  if (this_update) source.this_update = format_rfc3339(*this_update);
  if (next_update) source.next_update = format_rfc3339(*next_update);
  if (auto why = untimely(this_update, next_update, at); !why.empty()) return unknown(std::move(why));
  if (!is_signed(basic.get(), issuer, at)) return unknown("the answer's signature does not verify");
  if (status == V_OCSP_CERTSTATUS_REVOKED) {
    source.status = revocation_status::kRevoked;
    source.detail = revocation_reason(reason);
    if (const auto time = time_of(revoked)) source.revoked_at = format_rfc3339(*time);
  } else if (status == V_OCSP_CERTSTATUS_GOOD) {
    source.status = revocation_status::kGood;
  } else {
    source.detail = "the responder does not know the certificate";
  }
  ERR_clear_error();
  return source;
}

}  // namespace assay::net::tls
