#pragma once

// A request as it goes over the wire, and what of an exchange may be kept: redaction and caps.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "model/exchange.h"
#include "net/http/client.h"
#include "net/http/response_reader.h"

namespace assay::net {
class RequestSigner;
}

namespace assay::net::http {

struct Message {
  std::vector<HttpField> fields;  // every field, in the order sent
  std::string bytes;
};

// `signer` may be null. A field of the request takes the place of ours of the same name, but for Host. Errors:
// invalid_input when method, target or a field would break the message (control characters, spaces).
Result<Message> compose(const Request& request, const std::string& user_agent, const RequestSigner* signer, Time at);

// Replaces secrets, as they are and percent-encoded, by "REDACTED".
class Redactor {
 public:
  explicit Redactor(const std::vector<std::string>& secrets);
  std::string operator()(std::string text) const;
  Url operator()(Url url) const;

 private:
  std::vector<std::string> needles_;  // longest first
};

// What evidence keeps of bodies, in bytes.
inline constexpr std::size_t kKeptResponseBody = 64U << 10U;
inline constexpr std::size_t kKeptRequestBody = 4U << 10U;

HttpRequestRecord record_request(const Request& request, const std::vector<HttpField>& fields, const Redactor& redact);
HttpResponseRecord record_response(const Response& response, const Redactor& redact);

}  // namespace assay::net::http
