#pragma once

// What certificate authorities serve: revocation lists, issuers' certificates. Fetched through the gate, once a run and
// loop however many scans ask.

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/gate.h"
#include "net/task.h"

namespace assay::net::tls {

class IssuerFiles {
 public:
  IssuerFiles();
  ~IssuerFiles();

  using File = Result<std::shared_ptr<const std::string>>;

  // The file behind `url`, at most `max_bytes` of it; booked on the scan that asks first, on the link
  // "<purpose>:<host>". What went wrong is remembered too, unless it was the scan's own end. Errors: those of
  // http::download(), invalid_input for a URL that is not plain http.
  Task<File> get(Gate& gate, ScanContext& scan, std::string url, std::string_view purpose, std::size_t max_bytes);

 private:
  struct Entry;
  void make_room();

  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_;
  std::list<std::string> order_;  // the oldest first
  std::size_t bytes_ = 0;
};

}  // namespace assay::net::tls
