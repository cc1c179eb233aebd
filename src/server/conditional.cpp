#include "server/conditional.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "base/url.h"
#include "ledger/idempotency.h"
#include "server/problem.h"

namespace assay::server {

namespace {

// Whether a field of entity tags (RFC 9110 §13.1) names `etag`. Weak tags count only where `weak` allows it.
bool names(std::string_view field, std::string_view etag, bool weak) {
  if (trim(field) == "*") return true;
  for (std::string_view tag : split(field, ',')) {
    tag = trim(tag);
    if (weak && tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

std::string hash_of(const Request& request) {
  std::string text(to_string(request.method));
  for (const std::string_view part : {std::string_view(request.path), std::string_view(request.body)})
    text += "\n" + std::to_string(part.size()) + "\n" + std::string(part);
  for (const auto& [name, value] : request.query.all())
    text += "\n" + percent_encode(name) + "=" + percent_encode(value);
  return sha256_hex(text);
}

// What of an answer is kept.
std::string kept_form(const Response& response) {
  Json headers = Json::array();
  for (const auto& [name, value] : response.headers.all()) headers.push_back(Json::array({name, value}));
  return dump_json(Json{{"headers", std::move(headers)}, {"body", response.body}});
}

Result<Response> replay(const ledger::KeptAnswer& kept) {
  const auto form = parse_json(kept.body, "kept answer");
  if (!form) return std::unexpected(form.error());
  Response response{.status = kept.status};
  for (const auto& field : form->at("headers")) response.with(field.at(0).get<std::string>(), field.at(1));
  response.body = form->at("body");
  response.with("Idempotency-Replayed", "true");
  return response;
}

Result<Response> run_once(ledger::Work& work, const Request& request, const std::string& key,
                          const std::function<Result<Response>(ledger::Work&)>& body) {
  const std::string hash = hash_of(request);
  const auto kept = ledger::find_answer(work, request.actor.person_id, key);
  if (!kept) return std::unexpected(kept.error());
  if (*kept) {
    if ((*kept)->request_hash == hash) return replay(**kept);
    return fail(ErrorCode::conflict, "Idempotency-Key " + key, "was used for another request",
                "take a new key for each new request");
  }
  auto response = body(work);
  if (!response || response->status >= 400) return response;
  const auto stored =
      ledger::keep_answer(work, request.actor.person_id, key,
                          {.request_hash = hash, .status = response->status, .body = kept_form(*response)});
  if (!stored) return std::unexpected(stored.error());
  return response;
}

}  // namespace

std::string etag_of(long long version) {
  return "\"" + std::to_string(version) + "\"";
}

std::optional<Response> check_if_match(const Request& request, long long version) {
  const auto field = request.headers.find("If-Match");
  if (!field) {
    return problem(request, 428, "precondition-required",
                   "Read the object first and send its ETag as If-Match, so that nobody's change is lost.");
  }
  if (names(*field, etag_of(version), false)) return std::nullopt;
  return problem(request, 412, "precondition-failed", "The object was changed since you read it; read it again.");
}

Response with_etag(const Request& request, Response response, const std::string& etag) {
  response.with("ETag", etag);
  const auto field = request.headers.find("If-None-Match");
  if (response.status != 200 || !is_safe(request.method) || !field || !names(*field, etag, true)) return response;
  response.status = 304;
  response.body.clear();
  return response;
}

Response in_transaction(ledger::Ledger& ledger, const Request& request,
                        const std::function<Result<Response>(ledger::Work&)>& body) {
  const std::string key(request.headers.get("Idempotency-Key"));
  const bool visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
  if (key.size() > 255 || !visible)
    return problem(request, 400, "invalid-input", "Idempotency-Key takes 1 to 255 visible ASCII characters.");
  auto response = ledger.write([&](ledger::Work& work) -> Result<Response> {
    return key.empty() ? body(work) : run_once(work, request, key, body);
  });
  return response ? std::move(*response) : problem(request, response.error());
}

}  // namespace assay::server
