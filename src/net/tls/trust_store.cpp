#include "net/tls/trust_store.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/text.h"
#include "net/tls/trust_data.h"

namespace assay::net::tls {

namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

// Where systems keep the bundle of their CA package.
std::string system_bundle() {
  // OpenSSL's own variable wins, as it does for every other program on the machine.
  if (const char* set = std::getenv(X509_get_default_cert_file_env()); set != nullptr && *set != '\0') return set;
  constexpr std::array<const char*, 4> kUsual{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                              "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
  std::error_code ignored;
  for (const char* path : kUsual) {
    if (std::filesystem::exists(path, ignored)) return path;
  }
  const char* compiled_in = X509_get_default_cert_file();
  return std::filesystem::exists(compiled_in, ignored) ? compiled_in : std::string();
}

// Adds every certificate of a PEM text; the number added.
Result<int> add_certificates(TrustStore::Impl& trust, BIO* in, const std::string& name, bool is_public) {
  int added = 0;
  while (true) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509_AUX(in, nullptr, nullptr, nullptr),
                                                                  &X509_free);
    if (!certificate) break;
    if (X509_STORE_add_cert(trust.store.get(), certificate.get()) == 1) ++added;
    Sha256 hash{};
    if (is_public && X509_digest(certificate.get(), EVP_sha256(), hash.data(), nullptr) == 1)
      trust.public_anchors.insert(hash);
  }
  const auto last = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
    return fail(ErrorCode::invalid_input, name, fmt::format("certificate {} cannot be read", added + 1),
                "give a file of PEM certificates");
  }
  if (added == 0) {
    return fail(ErrorCode::invalid_input, name, "holds no certificate", "give a file of PEM certificates");
  }
  return added;
}

void describe(TrustStore::Impl& trust, const std::string& what) {
  trust.description += (trust.description.empty() ? "" : ", ") + what;
}

Result<void> add_file(TrustStore::Impl& trust, const std::string& path, bool is_public) {
  const BioPtr in(BIO_new_file(path.c_str(), "r"), &BIO_free);
  if (!in) {
    ERR_clear_error();
    return fail(ErrorCode::io, path, "cannot be opened", "give a readable file of PEM certificates");
  }
  const auto added = add_certificates(trust, in.get(), path, is_public);
  if (!added) return std::unexpected(added.error());
  describe(trust, fmt::format("{} ({} certificates)", path, *added));
  return {};
}

Result<void> add_mozilla(TrustStore::Impl& trust) {
  const std::string_view text = mozilla_text();
  const BioPtr in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  const auto added = add_certificates(trust, in.get(), "catalog/trust/mozilla.pem", true);
  if (!added) return std::unexpected(added.error());
  constexpr std::string_view kVersion = "# Version: ";
  constexpr std::size_t kDateLength = 10;
  const auto at = text.find(kVersion);
  const auto version = at == std::string_view::npos ? "" : text.substr(at + kVersion.size(), kDateLength);
  describe(trust, fmt::format("Mozilla's set of {} ({} certificates, SHA-256 {})", version, *added, sha256_hex(text)));
  return {};
}

Result<void> add_distrust(TrustStore::Impl& trust) {
  for (const auto line : split(distrust_after_text(), '\n')) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto parts = split(line, ' ');
    const auto hash = from_hex(parts.front());
    const auto time = parse_rfc3339(parts.size() > 1 ? parts[1] : std::string_view());
    if (!hash || hash->size() != sizeof(Sha256) || !time)
      return fail(ErrorCode::invalid_input, "catalog/trust/distrust_after.txt",
                  "has a line that cannot be read: " + std::string(line));
    Sha256 key{};
    std::ranges::copy(*hash, key.begin());
    trust.distrust_after.emplace(key, *time);
  }
  return {};
}

Result<void> fill(TrustStore::Impl& trust, const TrustSources& sources) {
  if (sources.mozilla) {
    if (auto added = add_mozilla(trust); !added) return added;
  }
  if (sources.system) {
    const auto bundle = system_bundle();
    if (bundle.empty()) {
      return fail(ErrorCode::not_found, "trust store", "the machine has no bundle of CA certificates",
                  "install ca-certificates, or set SSL_CERT_FILE");
    }
    if (auto added = add_file(trust, bundle, true); !added) return added;
  }
  for (const std::string& file : sources.files) {
    if (auto added = add_file(trust, file, false); !added) return added;
  }
  return add_distrust(trust);
}

}  // namespace

void X509StoreDeleter::operator()(X509_STORE* store) const {
  X509_STORE_free(store);
}

TrustStore::TrustStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TrustStore::~TrustStore() = default;

const std::string& TrustStore::description() const {
  return impl_->description;
}

Result<std::shared_ptr<const TrustStore>> TrustStore::load(const TrustSources& sources) {
  auto impl = std::make_unique<Impl>();
  impl->store.reset(X509_STORE_new());
  if (auto filled = fill(*impl, sources); !filled) return std::unexpected(filled.error());
  return std::shared_ptr<const TrustStore>(new TrustStore(std::move(impl)));
}

}  // namespace assay::net::tls
