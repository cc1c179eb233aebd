#include "net/tls/trust_store.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstdlib>
#include <filesystem>

namespace assay::net::tls {

namespace {

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

// Adds every certificate of a PEM file; the number added.
Result<int> add_file(X509_STORE* store, const std::string& path) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_file(path.c_str(), "r"), &BIO_free);
  if (!in) {
    ERR_clear_error();
    return fail(ErrorCode::io, path, "cannot be opened", "give a readable file of PEM certificates");
  }
  int added = 0;
  while (true) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate) break;
    if (X509_STORE_add_cert(store, certificate.get()) == 1) ++added;
  }
  const auto last = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
    return fail(ErrorCode::invalid_input, path, fmt::format("certificate {} cannot be read", added + 1),
                "give a file of PEM certificates");
  }
  if (added == 0) {
    return fail(ErrorCode::invalid_input, path, "holds no certificate", "give a file of PEM certificates");
  }
  return added;
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

Result<std::shared_ptr<const TrustStore>> TrustStore::system() {
  return with_files({}, true);
}

Result<std::shared_ptr<const TrustStore>> TrustStore::with_files(const std::vector<std::string>& extra_pem_files,
                                                                 bool system_too) {
  auto impl = std::make_unique<Impl>();
  impl->store.reset(X509_STORE_new());
  std::vector<std::string> files;
  if (system_too) {
    files.push_back(system_bundle());
    if (files.front().empty()) {
      return fail(ErrorCode::not_found, "trust store", "the machine has no bundle of CA certificates",
                  "install ca-certificates, or set SSL_CERT_FILE");
    }
  }
  files.insert(files.end(), extra_pem_files.begin(), extra_pem_files.end());
  for (const std::string& file : files) {
    const auto added = add_file(impl->store.get(), file);
    if (!added) return std::unexpected(added.error());
    impl->certificates += *added;
    impl->description += (impl->description.empty() ? "" : ", ") + file;
  }
  impl->description += fmt::format(" ({} certificates)", impl->certificates);
  return std::shared_ptr<const TrustStore>(new TrustStore(std::move(impl)));
}

}  // namespace assay::net::tls
