#include "cli/platform_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "base/url.h"
#include "cli/command.h"
#include "fleet/events.h"
#include "ledger/people.h"
#include "ledger/tokens.h"
#include "model/filter.h"
#include "net/address.h"
#include "server/access.h"
#include "server/api/api.h"
#include "server/api/event_pump.h"
#include "server/conditional.h"
#include "server/router.h"
#include "ticket/desk.h"
#include "ticket/dispatcher.h"
#include "ticket/hooks.h"
#include "ticket/sinks/courier.h"

namespace assay::cli {

namespace {

constexpr std::string_view kPrefix = "/api/v1";
constexpr std::size_t kPageItems = 500;  // the most that a list gives at once

ErrorCode code_of(int status) {
  switch (status) {
    case 404:
      return ErrorCode::not_found;
    case 409:
    case 412:
    case 428:
      return ErrorCode::conflict;
    case 413:
    case 429:
      return ErrorCode::limit_exceeded;
    default:
      return status < 500 ? ErrorCode::invalid_input : ErrorCode::protocol;
  }
}

// The answer of either place. `where`: what an error is about when the problem does not say.
Result<Json> read_answer(int status, const std::string& body, const std::string& where) {
  if (body.empty() && status < 300) return Json();
  auto json = parse_json(body, where);
  if (status < 300) return json;
  if (!json || !json->is_object() || text_of(*json, "title").empty())
    return fail(code_of(status), where, fmt::format("answers {} without a problem document", status),
                "see whether an assay server is there");
  const std::string thing = text_of(*json, "thing");
  std::string reason = text_of(*json, "title");
  if (const auto detail = text_of(*json, "detail"); !detail.empty()) reason += ": " + detail;
  std::string remedy;
  if (status == 401) remedy = "make a token in the dashboard";
  if (status == 412) remedy = "somebody changed it meanwhile; look at it again";
  if (status >= 500) remedy = "request " + text_of(*json, "request_id");
  return fail(code_of(status), thing.empty() ? where : thing, std::move(reason), std::move(remedy));
}

// --- A server ----------------------------------------------------------------------------------------------------

class ServerApi final : public PlatformApi {
 public:
  ServerApi(std::string origin, std::string token, ticket::CourierSettings settings)
      : origin_(std::move(origin)), token_(std::move(token)), courier_(std::move(settings)) {}

  Result<Json> ask(const ApiRequest& request) override {
    ticket::HttpMessage message{.method = request.method,
                                .url = origin_ + std::string(kPrefix) + request.path,
                                .headers = {"Accept: application/json", "Authorization: Bearer " + token_},
                                .body = {}};
    if (!request.body.is_null()) {
      message.headers.emplace_back("Content-Type: application/json");
      message.body = dump_json(request.body);
    }
    if (request.version) message.headers.push_back("If-Match: " + server::etag_of(*request.version));
    const auto reply = courier_.send(message);
    if (!reply) {
      Error error = reply.error();
      error.remedy = error.code == ErrorCode::egress_refused ? "use https; plain http is for this machine only"
                     : error.code == ErrorCode::tls          ? "name its authority with --server-trust"
                                                             : "check --server";
      return std::unexpected(std::move(error));
    }
    return read_answer(reply->status, reply->body, origin_);
  }

 private:
  std::string origin_, token_;
  ticket::Courier courier_;
};

Result<std::string> read_token(const std::string& file) {
  std::string text;
  if (!file.empty()) {
    auto read = read_secret_file(file, "--token-file");
    if (!read) return read;
    text = std::move(*read);
  } else if (const char* given = std::getenv("ASSAY_TOKEN"); given != nullptr) {
    text = trim(given);
  }
  if (text.empty())
    return fail(ErrorCode::invalid_input, "--server", "needs an API token",
                "make one in the dashboard and give it in ASSAY_TOKEN or --token-file FILE");
  if (!ledger::has_token_form(text))
    return fail(ErrorCode::invalid_input, file.empty() ? "ASSAY_TOKEN" : file, "holds no API token of assay",
                "it begins with asy_ and is shown once, when it is made");
  return text;
}

Result<std::unique_ptr<PlatformApi>> server_api(const PlatformOptions& options) {
  const auto url = parse_url(options.server_url);
  if (!url) return std::unexpected(url.error());
  if ((url->scheme != "https" && url->scheme != "http") || url->has_userinfo || url->path != "/" || url->query)
    return fail(ErrorCode::invalid_input, "--server " + printable(options.server_url), "is not the address of a server",
                "write https://assay.example.com");
  auto token = read_token(options.token_file);
  if (!token) return std::unexpected(token.error());
  ticket::CourierSettings settings;
  settings.trust_file = options.trust_file;
  // Whoever runs the command names the server, wherever it is; without TLS the token would be read on the way.
  const bool plain = url->scheme == "http";
  for (const auto* network : {plain ? "127.0.0.0/8" : "0.0.0.0/0", plain ? "::1/128" : "::/0"})
    settings.allowed_networks.push_back(*net::parse_cidr(network));
  return std::make_unique<ServerApi>(url->origin(), std::move(*token), std::move(settings));
}

// --- A ledger ----------------------------------------------------------------------------------------------------

// Who runs the program may read the ledger's file, so reading takes nobody's leave.
server::Actor reader() {
  return {.kind = server::Actor::Kind::session, .name = "command line", .role = ledger::Role::auditor};
}

Result<server::Actor> person(ledger::Ledger& ledger, const std::string& email) {
  if (email.empty())
    return fail(ErrorCode::invalid_input, "--as", "is missing: a change on a ledger needs to know who makes it",
                "give the e-mail address of one of its people");
  const auto people = ledger.read([](ledger::Work& work) { return ledger::people(work); });
  if (!people) return std::unexpected(people.error());
  const auto at = std::ranges::find_if(
      *people, [&](const ledger::Person& p) { return p.enabled && p.email == ascii_lower(email); });
  if (at == people->end())
    return fail(ErrorCode::not_found, "--as " + printable(email), "is nobody who may sign in to this ledger's server",
                "see the people in the dashboard");
  return server::Actor{.kind = server::Actor::Kind::session,
                       .person_id = at->id,
                       .email = at->email,
                       .name = at->name,
                       .role = at->role,
                       .org_id = at->org_id};
}

class LedgerApi final : public PlatformApi {
 public:
  LedgerApi(std::unique_ptr<ledger::Ledger> ledger, catalog::Catalog catalog, server::Actor actor)
      : ledger_(std::move(ledger)),
        catalog_(std::move(catalog)),
        desk_(catalog_.policy(), ticket::ledger_hooks({})),
        dispatcher_(*ledger_, {}),
        pump_(events_, *ledger_),
        services_{.ledger = *ledger_,
                  .catalog = catalog_,
                  .desk = desk_,
                  .dispatcher = dispatcher_,
                  .events = pump_,
                  .issuer = {}},
        actor_(std::move(actor)) {}

  Result<void> prepare() { return server::api::add_routes(router_, services_); }

  Result<Json> ask(const ApiRequest& asked) override {
    const auto target = server::parse_target(std::string(kPrefix) + asked.path);
    if (!target) return std::unexpected(target.error());
    server::Request request;
    request.method = server::method_from_string(asked.method).value_or(server::Method::get);
    request.path = target->path;
    request.query = target->query;
    request.request_id = "command-line";
    request.actor = actor_;
    if (!asked.body.is_null()) {
      request.body = dump_json(asked.body);
      request.headers.add("Content-Type", "application/json");
    }
    if (asked.version) request.headers.add("If-Match", server::etag_of(*asked.version));
    const auto match = router_.match(request.method, request.path);
    if (match.route == nullptr)
      return fail(ErrorCode::internal, asked.method + " " + asked.path, "is no operation of the API");
    const auto admission = server::check_access(actor_, match.route->permission);
    if (admission.kind != server::Admission::Kind::allowed)
      return fail(ErrorCode::invalid_input, actor_.label(), "may not do this: " + admission.reason,
                  "let somebody with another role do it");
    request.parameters = match.parameters;
    request.only_org = admission.only_org;
    const auto response = match.route->handler(request);
    if (response.cause) return std::unexpected(*response.cause);
    return read_answer(response.status, response.body, "the ledger");
  }

 private:
  std::unique_ptr<ledger::Ledger> ledger_;
  catalog::Catalog catalog_;
  fleet::Events events_;
  ticket::Desk desk_;
  ticket::Dispatcher dispatcher_;  // sends nothing: the server does
  server::api::EventPump pump_;
  server::api::Services services_;
  server::Router router_;
  server::Actor actor_;
};

Result<std::unique_ptr<PlatformApi>> ledger_api(const PlatformOptions& options, bool changes) {
  auto key = given_evidence_key();
  if (!key) return std::unexpected(key.error());
  auto ledger =
      ledger::Ledger::open(options.ledger_url, std::move(*key), changes ? ledger::Access::write : ledger::Access::read);
  if (!ledger) return std::unexpected(ledger.error());
  auto actor = changes ? person(**ledger, options.acts_as) : Result<server::Actor>(reader());
  if (!actor) return std::unexpected(actor.error());
  auto catalog = catalog::Catalog::embedded();
  if (!catalog) return std::unexpected(catalog.error());
  auto api = std::make_unique<LedgerApi>(std::move(*ledger), std::move(*catalog), std::move(*actor));
  if (auto prepared = api->prepare(); !prepared) return std::unexpected(prepared.error());
  return api;
}

}  // namespace

std::string query_part(std::string_view name, std::string_view value) {
  return percent_encode(name) + "=" + percent_encode(value);
}

std::string filter_part(const std::vector<std::pair<std::string, std::string>>& fields) {
  Filter filter;
  for (const auto& [field, value] : fields)
    filter.terms.push_back({.field = field, .values = {{.text = value, .prefix = false}}});
  return query_part("filter", format_filter(filter));
}

std::string text_of(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::int64_t number_of(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_number_integer() ? at->get<std::int64_t>() : 0;
}

Result<ApiItems> ask_items(PlatformApi& api, const std::string& path, std::size_t limit) {
  ApiItems all;
  std::string cursor;
  do {
    const auto wanted = std::min(limit - all.items.size(), kPageItems);
    std::string page_path =
        path + (path.contains('?') ? "&" : "?") + query_part("limit", std::to_string(std::max<std::size_t>(wanted, 1)));
    if (!cursor.empty()) page_path += "&" + query_part("cursor", cursor);
    auto page = api.ask({.path = page_path});
    if (!page) return std::unexpected(page.error());
    if (!page->is_object() || !page->contains("items") || !page->at("items").is_array())
      return fail(ErrorCode::protocol, path, "was answered without a list", "see whether an assay server is there");
    for (auto& item : page->at("items")) all.items.push_back(std::move(item));
    cursor = text_of(*page, "next_cursor");
  } while (!cursor.empty() && all.items.size() < limit);
  all.more = !cursor.empty();
  return all;
}

void PlatformOptions::add_to(CLI::App& command) {
  auto* ledger =
      command.add_option("--ledger", ledger_url, "The ledger: a SQLite file or postgresql://…")->type_name("URL");
  command.add_option("--server", server_url, "The server, e.g. https://assay.example.com; its token is in ASSAY_TOKEN")
      ->type_name("URL")
      ->excludes(ledger);
  command.add_option("--token-file", token_file, "File with the API token for --server")->type_name("FILE");
  command
      .add_option("--server-trust", trust_file,
                  "PEM file: the authority of the server's certificate (default: the system's)")
      ->type_name("FILE");
}

Result<std::unique_ptr<PlatformApi>> PlatformOptions::open(bool changes) const {
  if (!server_url.empty()) return server_api(*this);
  if (!ledger_url.empty()) return ledger_api(*this, changes);
  return fail(ErrorCode::invalid_input, "assay", "needs a ledger or a server", "name one with --ledger or --server");
}

}  // namespace assay::cli
