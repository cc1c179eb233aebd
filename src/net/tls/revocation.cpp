#include "net/tls/revocation.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "base/text.h"
#include "base/url.h"
#include "model/exchange.h"
#include "net/http/download.h"
#include "net/tls/certificate.h"
#include "net/tls/chain.h"
#include "net/tls/issuer_files.h"
#include "net/tls/ocsp.h"

namespace assay::net::tls {

namespace {

constexpr int kMaxCompletionSteps = 3;
constexpr std::size_t kMaxIssuerBytes = 64U << 10U;
constexpr std::size_t kMaxUrlsAsked = 2;     // of each kind, for one certificate
constexpr std::chrono::days kShortLived{7};  // Baseline Requirements §1.6.1: no duty of revocation

Failure failure_of(const Error& error) {
  return {std::string(to_string(error.code)), error.reason};
}

std::vector<std::string> plain_urls(std::vector<std::string> urls) {
  std::erase_if(urls, [](const std::string& u) { return !ascii_lower(u.substr(0, 7)).starts_with("http://"); });
  if (urls.size() > kMaxUrlsAsked) urls.resize(kMaxUrlsAsked);
  return urls;
}

// Issuers come as DER, and in practice also as PEM or as a bag of certificates (PKCS #7).
std::vector<CertificateRecord> read_issuers(const std::string& file) {
  if (auto one = read_certificate(as_bytes(file))) return {std::move(*one)};
  std::vector<CertificateRecord> found;
  const OpenSslPtr<BIO, &BIO_free_all> pem(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
  if (const auto certificate = adopt(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)))
    found.push_back(describe_certificate(certificate.get()));
  const auto* at = reinterpret_cast<const unsigned char*>(file.data());
  const OpenSslPtr<PKCS7, &PKCS7_free> bag(d2i_PKCS7(nullptr, &at, static_cast<long>(file.size())));
  constexpr int kMostInBag = 10;
  if (bag && PKCS7_type_is_signed(bag.get()) && bag->d.sign != nullptr) {
    const auto* all = bag->d.sign->cert;
    for (int i = 0; i < std::min(sk_X509_num(all), kMostInBag); ++i)
      found.push_back(describe_certificate(sk_X509_value(all, i)));
  }
  ERR_clear_error();
  return found;
}

bool contains(const std::vector<CertificateRecord>& records, const CertificateRecord& one) {
  return std::ranges::any_of(records, [&](const CertificateRecord& r) { return r.sha256 == one.sha256; });
}

void conclude(TlsHandshake& handshake, const ChainReport& report) {
  handshake.completion->trusted = report.trusted;
  if (!report.trusted) return;
  handshake.anchor = report.anchor;
  handshake.public_trust = report.public_trust;
  for (auto& error : handshake.chain_errors)
    if (error.rule == chain_rule::kUnknownIssuer) error.rule = chain_rule::kIncompleteChain;
}

// By its list, then by what else there is, until one source knows.
class Inquiry {
 public:
  // Of the certificate at `depth` of the report's path, which ends above it.
  Inquiry(Gate& gate, ScanContext& scan, ClientContext& tls, std::shared_ptr<const ChainReport> report,
          std::size_t depth, Time at)
      : gate_(gate),
        scan_(scan),
        tls_(tls),
        report_(std::move(report)),
        certificate_(report_->path[depth]),
        issuer_(report_->path[depth + 1]),
        described_(report_->path_records[depth]),
        issuer_hash_(report_->path_records[depth + 1].sha256),
        at_(at) {
    result_.depth = static_cast<int>(depth);
  }

  Task<Revocation> run(std::string staple) {
    result_.certificate = described_.sha256;
    result_.subject = described_.subject;
    result_.issuer = described_.issuer;
    result_.serial = described_.serial;
    result_.status = revocation_status::kUnknown;
    const auto crls = plain_urls(described_.crl_urls);
    const auto responders = plain_urls(described_.ocsp_urls);
    if (is_short_lived()) {
      result_.exempt = "short-lived";
      co_return result_;
    }
    if (crls.empty() && responders.empty() && staple.empty()) {
      result_.exempt = "no-source";
      co_return result_;
    }
    for (const auto& url : crls)
      if (!known()) co_await ask_list(url);
    if (!known() && !staple.empty()) take_staple(staple);
    for (const auto& url : responders)
      if (!known()) co_await ask_responder(url);
    co_return result_;
  }

 private:
  bool known() const { return result_.status != revocation_status::kUnknown; }

  bool is_short_lived() const {
    const auto begin = parse_rfc3339(described_.not_before);
    const auto end = parse_rfc3339(described_.not_after);
    return begin && end && *end - *begin < kShortLived;  // both seconds count: the period is one longer
  }

  void add(RevocationSource source) {
    if (source.status != revocation_status::kUnknown) result_.status = source.status;
    result_.sources.push_back(std::move(source));
  }

  void add_failure(std::string method, std::string url, const Error& error) {
    RevocationSource source;
    source.method = std::move(method);
    source.url = std::move(url);
    source.status = revocation_status::kUnknown;
    source.detail = error.reason;
    source.failure = failure_of(error);
    add(std::move(source));
  }

  Task<void> ask_list(std::string url) {
    const auto list = co_await tls_.issuer_files().get_list(gate_, scan_, url, issuer_, issuer_hash_, at_);
    if (!list) {
      add_failure("crl", std::move(url), list.error());
      co_return;
    }
    auto source = (*list)->check(certificate_.get(), described_, at_);
    source.url = std::move(url);
    add(std::move(source));
  }

  void take_staple(const std::string& base64) {
    const auto der = from_base64(base64);
    auto source = check_ocsp(der ? ByteView(*der) : ByteView(), certificate_.get(), issuer_.get(), at_);
    source.method = "ocsp-staple";
    add(std::move(source));
  }

  Task<void> ask_responder(std::string url) {
    const auto parsed = parse_url(url);
    auto question = make_ocsp_request(certificate_.get(), issuer_.get());
    if (!parsed || !question) {
      add_failure("ocsp", std::move(url), parsed ? question.error() : parsed.error());
      co_return;
    }
    http::Download request;
    request.url = *parsed;
    request.method = "POST";
    request.body = std::move(*question);
    request.body_type = "application/ocsp-request";
    request.link = std::string(purpose::kOcsp) + ":" + parsed->host;
    request.purpose = purpose::kOcsp;
    request.max_bytes = kMaxOcspBytes;
    const auto answer = co_await http::download(gate_, scan_, std::move(request));
    if (!answer) {
      add_failure("ocsp", std::move(url), answer.error());
      co_return;
    }
    auto source = check_ocsp(as_bytes(*answer), certificate_.get(), issuer_.get(), at_);
    source.method = "ocsp";
    source.url = std::move(url);
    add(std::move(source));
  }

  Gate& gate_;
  ScanContext& scan_;
  ClientContext& tls_;
  std::shared_ptr<const ChainReport> report_;
  const CertificatePtr& certificate_;
  const CertificatePtr& issuer_;
  const CertificateRecord& described_;
  const std::string& issuer_hash_;
  Time at_;
  Revocation result_;
};

}  // namespace

Task<TlsHandshake> complete_chain(Gate& gate, ScanContext& scan, ClientContext& tls, TlsHandshake handshake, Time at) {
  if (!lacks_issuer(handshake.chain_errors)) co_return handshake;
  for (int step = 0; step < kMaxCompletionSteps; ++step) {
    const auto report = tls.verifier().verify(handshake, at);
    if (!report || !lacks_issuer(report->errors)) break;
    const auto& last = report->path_records.back();
    const auto urls = plain_urls(last.ca_issuers);
    if (urls.empty() || last.self_signed) break;
    if (!handshake.completion) handshake.completion.emplace();
    bool found = false;
    for (const auto& url : urls) {
      if (found) break;
      handshake.completion->urls.push_back(url);
      const auto file = co_await tls.issuer_files().get(gate, scan, url, purpose::kCaIssuers, kMaxIssuerBytes);
      const auto issuers = file ? read_issuers(**file) : std::vector<CertificateRecord>();
      for (const auto& issuer : issuers) {
        if (contains(handshake.chain, issuer) || contains(handshake.completion->certificates, issuer)) continue;
        handshake.completion->certificates.push_back(issuer);
        found = true;
      }
      handshake.completion->failure.reset();
      if (!file) handshake.completion->failure = failure_of(file.error());
      if (file && issuers.empty()) handshake.completion->failure = Failure{"protocol", "the file holds no certificate"};
    }
    if (!found) break;
  }
  if (handshake.completion) {
    if (const auto report = tls.verifier().verify(handshake, at)) conclude(handshake, *report);
  }
  co_return handshake;
}

Task<std::vector<Revocation>> check_revocation(Gate& gate, ScanContext& scan, ClientContext& tls,
                                               TlsHandshake handshake, Time at) {
  std::vector<Revocation> results;
  const auto report = tls.verifier().verify(handshake, at);
  if (!report || report->anchor.empty()) co_return results;
  for (std::size_t depth = 0; depth + 1 < report->path.size(); ++depth) {
    Inquiry inquiry(gate, scan, tls, report, depth, at);
    auto staple = depth == 0 ? handshake.stapled_ocsp : std::string();
    auto result = co_await inquiry.run(std::move(staple));
    results.push_back(std::move(result));
  }
  co_return results;
}

}  // namespace assay::net::tls
