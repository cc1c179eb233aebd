#pragma once

// What certificate authorities serve: revocation lists, issuers' certificates. Fetched through the gate, and kept for
// the scans that ask next on the same loop; lists are also verified once.

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "net/gate.h"
#include "net/task.h"
#include "net/tls/crl.h"
#include "net/tls/openssl_ptr.h"

namespace assay::net::tls {

class IssuerFiles {
 public:
  // How long the answer to a fetch is believed, from when it came. A list is believed until its nextUpdate if that is
  // sooner.
  struct Keeping {
    Duration file = std::chrono::hours(24);
    Duration failure = std::chrono::minutes(10);
  };
  IssuerFiles();
  explicit IssuerFiles(const Keeping& keeping);
  ~IssuerFiles();

  using File = Result<std::shared_ptr<const std::string>>;

  // The file behind `url`, at most `max_bytes` of it; booked on the scan that asks first, on the link
  // "<purpose>:<host>". What went wrong is kept too, unless it was the scan's own end. Errors: those of
  // http::download(), invalid_input for a URL that is not plain http.
  Task<File> get(Gate& gate, ScanContext& scan, std::string url, std::string_view purpose, std::size_t max_bytes);

  using List = Result<std::shared_ptr<const IssuerCrl>>;

  // The list of revoked certificates behind `url`, held against `issuer`, whose SHA-256 (hex) is `issuer_hash`. Fetched
  // anew once its nextUpdate is before `at`, unless it came like that. Errors: those of get() and read_crl().
  Task<List> get_list(Gate& gate, ScanContext& scan, std::string url, CertificatePtr issuer, std::string issuer_hash,
                      Time at);

 private:
  struct Entry;
  struct HeldList;
  Task<Result<std::shared_ptr<Entry>>> fetch(Gate& gate, ScanContext& scan, std::string url, std::string_view purpose,
                                             std::size_t max_bytes);
  static Task<List> hold(Loop& loop, ScanContext& scan, std::shared_ptr<Entry> entry, CertificatePtr issuer,
                         std::string issuer_hash);
  void forget(const std::string& url);
  void make_room();

  Keeping keeping_;
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_;
  std::list<std::string> order_;  // the oldest first
  std::size_t bytes_ = 0;
};

}  // namespace assay::net::tls
