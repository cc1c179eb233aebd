#pragma once

// The API of a platform wherever the platform is: asked over HTTP of a server, or in this process of a ledger. Either
// way the operations, checks and answers are those of docs/openapi.yaml, so that a command is written once.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace assay::cli {

struct ApiRequest {
  std::string method = "GET";
  std::string path;                       // below /api/v1, percent-encoded, with its query
  Json body = nullptr;                    // null: none
  std::optional<std::int64_t> version{};  // of what is changed, as it was seen (If-Match)
};

class PlatformApi {
 public:
  virtual ~PlatformApi() = default;

  // The JSON of the answer; null when it has none. Errors: what the problem document says (RFC 9457), with the code
  // that is nearest to its status; those of the way to the server.
  virtual Result<Json> ask(const ApiRequest& request) = 0;
};

// "name=value" of a query, percent-encoded.
std::string query_part(std::string_view name, std::string_view value);
// The same for a filter that asks for exactly these values of fields.
std::string filter_part(const std::vector<std::pair<std::string, std::string>>& fields);

// A member of an answer as text or number; "" and 0 when it is missing or something else.
std::string text_of(const Json& object, const char* name);
std::int64_t number_of(const Json& object, const char* name);

// Up to `limit` items of a list, over as many pages as that takes. `path`: of the list, with or without a query.
// `more`: whether the list goes on.
struct ApiItems {
  Json items = Json::array();
  bool more = false;
};
Result<ApiItems> ask_items(PlatformApi& api, const std::string& path, std::size_t limit);

// Where the platform is, as options: a ledger or a server.
struct PlatformOptions {
  std::string ledger_url;
  std::string server_url;
  std::string token_file, trust_file;  // of the server
  std::string acts_as;                 // on a ledger: the e-mail address of who makes the change

  void add_to(CLI::App& command);

  // `changes`: whether the command changes anything; on a ledger that takes a person. Errors: neither place is named,
  // no token, a URL that is not https (http is for this machine only), no such person, those of Ledger::open().
  Result<std::unique_ptr<PlatformApi>> open(bool changes) const;
};

}  // namespace assay::cli
