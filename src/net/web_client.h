#pragma once

// Blocking HTTP for services that the operator named (an OpenID provider, a sink of notices): no scan, no evidence, yet
// through the same gate. Certificates must verify before anything is sent; redirects are not followed.

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "base/url.h"
#include "model/exchange.h"
#include "net/address.h"
#include "net/request_log.h"
#include "net/resolver.h"
#include "net/tls/session.h"

namespace assay::net {

struct WebRequest {
  std::string method = "GET";
  Url url;  // http only when the gate allows the address, i.e. it is the operator's own network
  std::vector<HttpField> fields;
  std::string body;
  std::string body_type;             // Content-Type when there is a body
  std::vector<std::string> secrets;  // texts that may appear in no log and no error
  std::string purpose;               // for the request log
  // The operator named this host himself: its addresses need not be public.
  bool operators_host = false;
};

struct WebAnswer {
  int status = 0;
  std::vector<HttpField> fields;
  std::string body;  // whole; an answer that was cut or is longer than 2 MB is an error
};

struct WebClientSettings {
  std::vector<Cidr> allowed_networks;  // besides public addresses
  ResolverSettings resolver;
  std::shared_ptr<const tls::TrustStore> trust;
  std::string user_agent;
  Duration timeout{15'000};  // of one whole exchange, name look-up included
};

// Thread-safe: each call has a loop of its own.
class WebClient {
 public:
  // `log` outlives the client.
  WebClient(WebClientSettings settings, RequestLog& log) : settings_(std::move(settings)), log_(log) {}

  // Any status is an answer. Errors: those of Gate, name_resolution, tls, timeout, protocol.
  Result<WebAnswer> send(const WebRequest& request) const;

 private:
  WebClientSettings settings_;
  RequestLog& log_;
};

}  // namespace assay::net
