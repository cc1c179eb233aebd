#pragma once

// Requests and answers of our own server as plain values: no socket, no Beast. A handler is a function from one to the
// other; it runs on the server's thread pool, where it may block on the ledger.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "ledger/role.h"
#include "server/event_feed.h"

namespace assay::server {

enum class Method { get, head, post, put, patch, remove, options };
std::string_view to_string(Method method);  // "GET", …, "DELETE"
std::optional<Method> method_from_string(std::string_view text);

// Whether a request of this method promises not to change anything (RFC 9110 §9.2.1).
bool is_safe(Method method);

// Names with values, in the order in which they came; a name may come more than once.
struct Parameter {
  std::string name;
  std::string value;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::vector<Parameter> all) : all_(std::move(all)) {}

  // The first value of `name`; names are compared as they are.
  std::optional<std::string_view> find(std::string_view name) const;
  // The first value of `name`, or "".
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  std::vector<std::string_view> values(std::string_view name) const;
  const std::vector<Parameter>& all() const { return all_; }
  void add(std::string name, std::string value) { all_.push_back({std::move(name), std::move(value)}); }

 private:
  std::vector<Parameter> all_;
};

// Header fields; names are compared without regard to case.
class Headers {
 public:
  std::optional<std::string_view> find(std::string_view name) const;
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  // How many fields of that name there are.
  std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value) { all_.push_back({std::move(name), std::move(value)}); }
  // Replaces every field of that name.
  void set(std::string_view name, std::string value);
  const std::vector<Parameter>& all() const { return all_; }

 private:
  std::vector<Parameter> all_;
};

// Who asks. Filled before a handler runs; handlers never look at cookies or tokens.
struct Actor {
  enum class Kind { nobody, session, token };
  Kind kind = Kind::nobody;
  std::string person_id;
  std::string email;
  std::string name;
  ledger::Role role = ledger::Role::partner;
  std::string org_id;                 // of a partner; empty otherwise
  std::vector<ledger::Scope> scopes;  // of a token; a session has no limits but its person's role
  std::string credential_id;          // the hash of the session key, or the token's id
  std::string csrf;                   // of a session: what its unsafe requests must repeat
  Time expires{};                     // of the session or token

  // How the actor is written into the ledger (history, audit): the e-mail address; with " (token NAME)" for a token.
  std::string label() const;
  std::string token_name;  // of a token
};

struct Request {
  Method method = Method::get;
  std::string path;       // as sent, still percent-encoded, without query
  Parameters parameters;  // of the route's pattern, decoded
  Parameters query;       // decoded
  Headers headers;
  std::string body;
  std::string peer;        // the client's address; behind a trusted proxy the one that the proxy names
  bool secure = false;     // came by TLS, to us or to the trusted proxy
  bool loopback = false;   // the connection itself comes from this machine, by its name, and no proxy is in front
  std::string request_id;  // ours, in every log line and problem
  Actor actor;
  // Set for a partner: the only organisation whose rows the handler may read or write. Handlers hand it to the ledger's
  // lists and check it on single objects; a thing of another organisation is answered as not found.
  std::optional<std::string> only_org;

  // The JSON of the body. Errors: another content type, no JSON, deeper than 32.
  Result<Json> json() const;
};

// The next part of a long body; an empty text ends it. Called on the thread pool, one call at a time. An error cuts the
// connection, so that the client cannot take a part for the whole.
using NextPart = std::function<Result<std::string>()>;

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  NextPart parts;                     // set: sent after `body`, chunked
  std::shared_ptr<EventFeed> events;  // set: server-sent events until the feed is closed or the client goes
  std::optional<Error> cause;         // of a failure of ours: for the log, never for the client
  // Of a handler that refused access itself, e.g. for a wrong signature: why, for the log, never for the client.
  std::optional<std::string> refusal;

  Response& with(std::string_view name, std::string value) {
    headers.set(name, std::move(value));
    return *this;
  }
};

Response json_response(int status, const Json& body);
Response text_response(int status, std::string body);
Response empty_response(int status = 204);
// 303 See Other: what a browser follows by GET.
Response see_other(std::string location);
// A long answer of that content type that is saved under `file_name` (ASCII letters, digits, '.', '-', '_').
Response download(std::string content_type, std::string_view file_name, NextPart parts);
// A stream of server-sent events. The feed tells where to start by Request's Last-Event-ID header.
Response event_stream(std::shared_ptr<EventFeed> feed);

using Handler = std::function<Response(const Request&)>;

}  // namespace assay::server
