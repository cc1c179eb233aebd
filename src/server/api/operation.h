#pragma once

// One operation of docs/openapi.yaml, from the document to a route: its path, parameters and body are read and checked
// as the document says, in one place, before the code of the operation runs. So the document is the truth: an operation
// that is not in it cannot be served, and what it does not allow does not reach a handler.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "ledger/page.h"
#include "ledger/work.h"
#include "server/access.h"
#include "server/http.h"
#include "server/router.h"

namespace assay::server::api {

struct Services;

// A request whose parameters and body fit the document.
struct Call {
  const Request& request;
  const Services& services;
  const Json& parameters;  // of path and query by name, with their types; absent optional ones have their default
  const Json& body;        // null when the operation takes no JSON, or names no schema of it

  // Of path and query; "" or 0 when absent.
  std::string text(std::string_view name) const;
  std::int64_t number(std::string_view name) const;

  // A text of the body; "" or nullopt when absent.
  std::string field(std::string_view name) const { return given(name).value_or(std::string()); }
  std::optional<std::string> given(std::string_view name) const;

  // Filter, sort, cursor and limit, and what the asker may see: for the ledger's lists and single rows.
  ledger::ListQuery list() const;
  ledger::FilterScope scope() const { return {.org_id = request.only_org}; }

  // Runs `change` in one transaction, once per Idempotency-Key.
  Response write(const std::function<Result<Response>(ledger::Work&)>& change) const;
  // Appends to the audit log what the asker did: the last step of a change.
  Result<void> audit(ledger::Work& work, std::string act, std::string object, Json what) const;
};

// What does the work. An error becomes the problem document of its code.
using Operate = Result<Response> (*)(const Call&);

struct Operation {
  std::string_view id;  // operationId
  Permission permission;
  Operate operate;
  std::size_t max_body = kMaxBody;  // bytes
};

// The document, read once.
class Document {
 public:
  static Result<Document> embedded();

  // The route of `operation`; `services` outlives it. Error internal when the document does not know the operation or
  // something in its description cannot be read.
  Result<Route> route(const Operation& operation, const Services& services) const;

  const Json& json() const { return json_; }

 private:
  explicit Document(Json json) : json_(std::move(json)) {}

  Json json_;
};

}  // namespace assay::server::api
