#include "revocation_testing.h"

#include "base/text.h"
#include "net/tls/openssl_ptr.h"

namespace assay::net::tls::testing {

namespace {

constexpr long kHour = 3600;

using TimePtr = OpenSslPtr<ASN1_TIME, &ASN1_TIME_free>;

TimePtr in_hours(int hours) {
  return TimePtr(X509_gmtime_adj(nullptr, hours * kHour));
}

template <class T>
std::string to_der(const T* object, int (*encode)(const T*, unsigned char**)) {
  unsigned char* der = nullptr;
  const int n = encode(object, &der);
  EXPECT_GT(n, 0);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(n));
  OPENSSL_free(der);
  return bytes;
}

void add_revoked(X509_CRL* list, const Certificate& certificate) {
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.x509.get()));
  X509_REVOKED_set_revocationDate(entry, in_hours(-1).get());
  const OpenSslPtr<ASN1_ENUMERATED, &ASN1_ENUMERATED_free> reason(ASN1_ENUMERATED_new());
  ASN1_ENUMERATED_set(reason.get(), CRL_REASON_KEY_COMPROMISE);
  X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason.get(), 0, 0);
  X509_CRL_add0_revoked(list, entry);
}

}  // namespace

std::string make_list(const ListSpec& spec, const Certificate& issuer) {
  const OpenSslPtr<X509_CRL, &X509_CRL_free> list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.x509.get()));
  X509_CRL_set1_lastUpdate(list.get(), in_hours(spec.from_hour).get());
  if (spec.with_end) X509_CRL_set1_nextUpdate(list.get(), in_hours(spec.to_hour).get());
  for (const auto* certificate : spec.revoked) add_revoked(list.get(), *certificate);
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer.x509.get(), nullptr, nullptr, list.get(), 0);
  for (const auto& [nid, value] : spec.extensions) {
    const OpenSslPtr<X509_EXTENSION, &X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    EXPECT_TRUE(extension) << value;
    X509_CRL_add_ext(list.get(), extension.get(), -1);
  }
  EXPECT_GT(X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256()), 0);
  return to_der(list.get(), &i2d_X509_CRL);
}

std::string make_ocsp_answer(const Certificate& about, const Certificate& issuer, const OcspSpec& spec) {
  const OpenSslPtr<OCSP_BASICRESP, &OCSP_BASICRESP_free> basic(OCSP_BASICRESP_new());
  const OpenSslPtr<OCSP_CERTID, &OCSP_CERTID_free> id(OCSP_cert_to_id(EVP_sha1(), about.x509.get(), issuer.x509.get()));
  const bool revoked = spec.status == V_OCSP_CERTSTATUS_REVOKED;
  OCSP_basic_add1_status(basic.get(), id.get(), spec.status, revoked ? OCSP_REVOKED_STATUS_SUPERSEDED : 0,
                         revoked ? in_hours(-2).get() : nullptr, in_hours(spec.from_hour).get(),
                         in_hours(spec.to_hour).get());
  const Certificate& signer = spec.signer != nullptr ? *spec.signer : issuer;
  EXPECT_EQ(OCSP_basic_sign(basic.get(), signer.x509.get(), signer.key.get(), EVP_sha256(), nullptr, 0), 1);
  const OpenSslPtr<OCSP_RESPONSE, &OCSP_RESPONSE_free> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  return to_der(response.get(), &i2d_OCSP_RESPONSE);
}

}  // namespace assay::net::tls::testing
