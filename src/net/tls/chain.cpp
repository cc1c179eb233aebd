#include "net/tls/chain.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "net/tls/certificate.h"
#include "net/tls/strict_rules.h"
#include "net/tls/trust_store.h"

namespace assay::net::tls {

namespace {

constexpr std::size_t kMaxCachedReports = 2048;  // of some 30 kB

// Below 112 bits a key or signature is reported (NIST SP 800-57: RSA under 2048, EC under 224, SHA-1).
constexpr int kStrengthLevel = 2;

using StackPtr = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })>;
using StoreContextPtr = OpenSslPtr<X509_STORE_CTX, &X509_STORE_CTX_free>;

struct Verification {
  std::vector<ChainError>* errors = nullptr;
  bool only_leaf_sent = false;
};

void add_error(std::vector<ChainError>& errors, ChainError error) {
  const bool known =
      std::ranges::any_of(errors, [&](const ChainError& e) { return e.rule == error.rule && e.depth == error.depth; });
  if (!known) errors.push_back(std::move(error));
}

std::string hash_of(const X509* certificate) {
  Sha256 hash{};
  return X509_digest(certificate, EVP_sha256(), hash.data(), nullptr) == 1 ? to_hex(hash) : std::string();
}

// Called for each thing that is wrong; it is noted and verification goes on.
int note_error(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return 1;
  const auto* run = static_cast<Verification*>(X509_STORE_CTX_get_app_data(store));
  const int code = X509_STORE_CTX_get_error(store);
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  const int depth = X509_STORE_CTX_get_error_depth(store);
  // A root is trusted because it is in the store: how it was made long ago is no matter of the server's.
  const bool root = depth > 0 && certificate != nullptr && X509_self_signed(certificate, 0) == 1;
  if (root && (is_profile_error(code) || code == X509_V_ERR_INVALID_CA)) return 1;
  ChainError error;
  error.rule = rule_of_error(code, run->only_leaf_sent);
  error.depth = depth;
  error.detail = X509_verify_cert_error_string(code);
  if (certificate != nullptr) error.sha256 = hash_of(certificate);
  add_error(*run->errors, std::move(error));
  return 1;
}

std::optional<Time> time_of(const ASN1_TIME* t) {
  std::tm utc{};
  if (t == nullptr || ASN1_TIME_to_tm(t, &utc) != 1) return std::nullopt;
  return Time(std::chrono::seconds(timegm(&utc)));
}

Sha256 digest(const X509* certificate) {
  Sha256 hash{};
  X509_digest(certificate, EVP_sha256(), hash.data(), nullptr);
  return hash;
}

// What is odd about the order and the choice of what was sent.
std::vector<std::string> notes_on(const std::vector<CertificatePtr>& sent, const std::vector<CertificatePtr>& path) {
  std::vector<Sha256> needed;
  needed.reserve(path.size());
  for (const auto& certificate : path) needed.push_back(digest(certificate.get()));
  std::vector<std::string> notes;
  const auto note = [&](std::string_view code) {
    if (std::ranges::find(notes, code) == notes.end()) notes.emplace_back(code);
  };
  std::ptrdiff_t last = -1;
  for (const auto& certificate : sent) {
    const auto place = std::ranges::find(needed, digest(certificate.get())) - needed.begin();
    if (place == std::ssize(needed)) {
      note(X509_self_signed(certificate.get(), 0) == 1 ? chain_note::kRootSent : chain_note::kUnused);
      continue;
    }
    if (place <= last) note(chain_note::kOutOfOrder);
    last = std::max(last, place);
    if (place > 0 && X509_self_signed(certificate.get(), 0) == 1) note(chain_note::kRootSent);
  }
  return notes;
}

void set_parameters(X509_STORE_CTX* run, Time at) {
  X509_STORE_CTX_set_default(run, "ssl_server");
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(run);
  X509_VERIFY_PARAM_set_auth_level(parameters, kStrengthLevel);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

// The moment after `at` at which the dates of the path say something else.
Time next_change(const std::vector<CertificatePtr>& path, Time at) {
  Time next = Time::max();
  for (const auto& certificate : path) {
    for (const auto* t : {X509_get0_notBefore(certificate.get()), X509_get0_notAfter(certificate.get())}) {
      const auto moment = time_of(t);
      if (moment && *moment >= at) next = std::min(next, *moment);
    }
  }
  return next;
}

// What the trust store knows of the path's end, and the rules that depend on it.
void judge_anchor(const TrustStore::Impl& trust, ChainReport& report) {
  report.anchor = report.path_records.back().subject;
  const Sha256 hash = digest(report.path.back().get());
  report.public_trust = trust.public_anchors.contains(hash);
  const auto distrusted = trust.distrust_after.find(hash);
  const auto issued = time_of(X509_get0_notBefore(report.path.front().get()));
  if (distrusted == trust.distrust_after.end() || !issued || *issued <= distrusted->second) return;
  add_error(report.errors, {.rule = std::string(chain_rule::kDistrusted),
                            .depth = 0,
                            .sha256 = hash_of(report.path.front().get()),
                            .detail = "issued after " + format_rfc3339(distrusted->second) + ", from when on " +
                                      report.anchor + " is not trusted for new certificates"});
}

ChainReport examine(const TrustStore& trust, const std::vector<CertificatePtr>& chain, Time at) {
  ChainReport report;
  const StackPtr stack(sk_X509_new_null());
  for (const auto& certificate : chain) {
    report.chain.push_back(describe_certificate(certificate.get()));
    sk_X509_push(stack.get(), certificate.get());
  }
  const StoreContextPtr run(X509_STORE_CTX_new());
  Verification verification{.errors = &report.errors, .only_leaf_sent = chain.size() == 1};
  if (!run || X509_STORE_CTX_init(run.get(), trust.impl().store.get(), chain.front().get(), stack.get()) != 1) {
    report.errors.push_back(
        {.rule = std::string(chain_rule::kOther), .depth = 0, .sha256 = {}, .detail = "cannot verify"});
    return report;
  }
  X509_STORE_CTX_set_app_data(run.get(), &verification);
  X509_STORE_CTX_set_verify_cb(run.get(), &note_error);
  set_parameters(run.get(), at);
  const bool verified = X509_verify_cert(run.get()) == 1;
  if (!verified && report.errors.empty()) {
    report.errors.push_back(
        {.rule = std::string(chain_rule::kOther), .depth = 0, .sha256 = {}, .detail = "cannot verify"});
  }
  ERR_clear_error();
  STACK_OF(X509)* path = X509_STORE_CTX_get0_chain(run.get());
  for (int i = 0; path != nullptr && i < sk_X509_num(path); ++i) report.path.push_back(share(sk_X509_value(path, i)));
  if (report.path.empty()) report.path.push_back(chain.front());
  for (const auto& certificate : report.path) report.path_records.push_back(describe_certificate(certificate.get()));
  for (ChainError& breach : strict_breaches(report.path)) add_error(report.errors, std::move(breach));
  const bool anchored =
      verified && std::ranges::all_of(report.errors, [](const ChainError& e) {
        return is_weakness(e) || (e.rule != chain_rule::kSelfSigned && e.rule != chain_rule::kUnknownIssuer &&
                                  e.rule != chain_rule::kIncompleteChain);
      });
  if (anchored) judge_anchor(trust.impl(), report);
  report.trusted = anchored && std::ranges::all_of(report.errors, &is_weakness);
  report.notes = notes_on(chain, report.path);
  report.changes_at = next_change(report.path, at);
  return report;
}

void append(Bytes& into, ByteView more) {
  into.insert(into.end(), more.begin(), more.end());
}

CertificatePtr parse(const CertificateRecord& record) {
  const auto der = from_base64(record.der);
  if (!der || der->empty() || der->size() > kMaxCertificateBytes) return nullptr;
  const unsigned char* at = der->data();
  auto certificate = adopt(d2i_X509(nullptr, &at, static_cast<long>(der->size())));
  if (!certificate) ERR_clear_error();
  return certificate;
}

}  // namespace

bool is_weakness(const ChainError& error) {
  using namespace chain_rule;
  static constexpr std::string_view kWeaknesses[] = {kWeakSignature, kWeakKey,   kNoPurpose,      kLeafIsCa,
                                                     kOldVersion,    kBadSerial, kWildcardSuffix, kProfile};
  return std::ranges::find(kWeaknesses, error.rule) != std::end(kWeaknesses);
}

bool lacks_issuer(const std::vector<ChainError>& errors) {
  return std::ranges::any_of(errors, [](const ChainError& e) {
    return e.rule == chain_rule::kIncompleteChain || e.rule == chain_rule::kUnknownIssuer;
  });
}

std::shared_ptr<const ChainReport> ChainVerifier::known(const Sha256& key, Time at) {
  const auto found = reports_.find(key);
  if (found == reports_.end()) return nullptr;
  if (at < found->second->changes_at) return found->second;
  reports_.erase(found);
  return nullptr;
}

std::shared_ptr<const ChainReport> ChainVerifier::keep(const Sha256& key, ChainReport report) {
  if (reports_.size() >= kMaxCachedReports) reports_.clear();
  return reports_.insert_or_assign(key, std::make_shared<const ChainReport>(std::move(report))).first->second;
}

std::shared_ptr<const ChainReport> ChainVerifier::verify(const std::vector<CertificatePtr>& chain, Time at) {
  Bytes hashes;
  for (const auto& certificate : chain) append(hashes, digest(certificate.get()));
  const Sha256 key = sha256(hashes);
  if (auto report = known(key, at)) return report;
  return keep(key, examine(*trust_, chain, at));
}

std::shared_ptr<const ChainReport> ChainVerifier::verify(const TlsHandshake& handshake, Time at) {
  std::vector<const CertificateRecord*> records;
  records.reserve(handshake.chain.size());
  for (const auto& record : handshake.chain) records.push_back(&record);
  if (handshake.completion)
    for (const auto& record : handshake.completion->certificates) records.push_back(&record);
  Bytes hashes;
  for (const auto* record : records) append(hashes, from_hex(record->sha256).value_or(Bytes()));
  if (records.empty() || hashes.size() != records.size() * sizeof(Sha256)) return nullptr;
  const Sha256 key = sha256(hashes);
  if (auto report = known(key, at)) return report;
  std::vector<CertificatePtr> chain;
  chain.reserve(records.size());
  for (const auto* record : records) chain.push_back(parse(*record));
  if (std::ranges::find(chain, nullptr) != chain.end()) return nullptr;
  return keep(key, examine(*trust_, chain, at));
}

}  // namespace assay::net::tls
