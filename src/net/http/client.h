#pragma once

// HTTP/1.1 towards targets: keep-alive, our tolerant reader, redirects hop by hop through the gate; every exchange
// becomes evidence. One client per scan, on the scan's loop; connections are closed with it.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/url.h"
#include "model/exchange.h"
#include "net/gate.h"
#include "net/http/response_reader.h"
#include "net/task.h"
#include "net/tls/session.h"

namespace assay::net::http {

struct Request {
  std::string method = "GET";
  Url url;
  std::vector<HttpField> fields;  // besides Host, User-Agent, Accept, Accept-Encoding, Connection and signatures
  std::string body;
  std::string body_type;             // Content-Type when there is a body
  std::string link;                  // what it is booked on: an endpoint id, an origin, Budget::kValidation
  std::string evidence_kind;         // kind::kHttp…
  std::string subject;               // evidence subject: endpoint id or origin
  std::string endpoint;              // HttpExchange::endpoint
  std::string purpose;               // assay::purpose
  std::string credential = "none";   // assay::credential
  std::vector<std::string> secrets;  // texts that must not be recorded or logged anywhere: replaced by "REDACTED"
  std::size_t max_body = ReaderLimits{}.body_bytes;  // of content that is read
  bool require_trust = false;  // over https nothing is sent unless chain and name of the certificate verify
  int max_redirects = 0;       // hops followed; only to the hosts in `redirect_hosts` (others end the chain there)
  std::vector<std::string> redirect_hosts;
};

struct Hop {
  HttpExchange exchange;
  std::string evidence_id;
  std::string body;    // the whole body read (up to Request::max_body), not only what evidence keeps
  bool whole = false;  // `body` is all that was sent, in a coding that we know
};

class Client {
 public:
  Client(Gate& gate, ScanContext& scan, tls::ClientContext& tls);
  ~Client();

  // Makes the request and follows redirects as asked. At least one hop; the last is the final one. Never fails: what
  // went wrong is in the exchange. Addresses of a name are tried in turn until one connects. Safe to call concurrently:
  // calls to one address are serialised over its kept-alive connection when there is one.
  Task<std::vector<Hop>> fetch(Request request);

  // Closes the connections that are kept and not in use: before a long time in which nobody is asked anything. A TLS
  // connection holds some 20 kB, and a place at its address.
  void close_idle();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::net::http
