// Sinks: where notices go. Making and changing one takes a second admin. Their secrets come in and never go out.

#include "ledger/sinks.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "server/api/approvals.h"
#include "server/api/form.h"
#include "server/conditional.h"
#include "ticket/dispatcher.h"
#include "ticket/notices.h"
#include "ticket/sinks/sender.h"

namespace assay::server::api {

namespace {

using ledger::Work;

// A sink as it is wanted. `secret`: nullopt leaves the one that is stored, empty takes it away.
struct Wanted {
  Sink sink;
  std::optional<std::string> secret;
};

// A key that is missing or another is what the asker, an admin, can mend; as a failure of ours it would not be told.
Error told(Error error) {
  if (error.code == ErrorCode::crypto) error.code = ErrorCode::conflict;
  return error;
}

Result<Sink> find(Work& work, const std::string& id) {
  auto sink = ledger::get_sink(work, id);
  if (!sink && sink.error().code == ErrorCode::not_found)
    return fail(ErrorCode::not_found, "sink " + printable(id), "is not known", "GET /api/v1/sinks lists them");
  return sink;
}

// The body of a request as the body of an act, which is stored: the secret is sealed.
Result<Json> act_body(const Call& call, const std::string& id) {
  Json body = call.body;
  body["id"] = id;
  const auto secret = call.given("secret");
  if (!secret) return body;
  body.erase("secret");
  if (secret->empty()) {
    body[kSealedSecret] = nullptr;
    return body;
  }
  const auto sealed = ledger::seal_sink_secret(id, *secret, call.services.dispatcher.key());
  if (!sealed) return std::unexpected(told(sealed.error()));
  body[kSealedSecret] = {{"key_id", sealed->key_id}, {"text", sealed->text}};
  return body;
}

Result<std::optional<std::string>> secret_of(const Call& call, const Json& body) {
  const auto sealed = body.find(kSealedSecret);
  if (sealed == body.end()) return std::nullopt;
  if (sealed->is_null()) return std::string();
  const auto secret = ledger::open_sink_secret(
      body.value("id", ""), {sealed->value("key_id", ""), sealed->value("text", "")}, call.services.dispatcher.key());
  if (!secret) return std::unexpected(told(secret.error()));
  return *secret;
}

Result<Wanted> checked(Work& work, Wanted wanted) {
  const bool given = wanted.secret && !wanted.secret->empty();
  if (given)
    if (auto fits = ticket::check_secret(wanted.sink.kind, *wanted.secret); !fits) return std::unexpected(fits.error());
  const bool has = wanted.secret ? given : wanted.sink.has_secret;
  if (auto fits = ticket::check_sink(work, wanted.sink, has); !fits) return std::unexpected(fits.error());
  return wanted;
}

// body: of NewSink, the secret sealed.
Result<Wanted> new_sink(Work& work, const Call& call, const Json& body) {
  const std::string id = body.value("id", "");
  const auto known = ledger::get_sink(work, id);
  if (known) return fail(ErrorCode::conflict, "sink " + id, "exists already", "choose another id");
  if (known.error().code != ErrorCode::not_found) return std::unexpected(known.error());
  const auto kind = sink_kind_from_string(body.value("kind", ""));
  if (!kind) return fail(ErrorCode::invalid_input, "kind", "is not known");
  auto secret = secret_of(call, body);
  if (!secret) return std::unexpected(secret.error());
  return checked(work, {.sink = {.id = id,
                                 .kind = *kind,
                                 .name = body.value("name", ""),
                                 .enabled = body.value("enabled", true),
                                 .filter = body.value("filter", ""),
                                 .settings = body.value("settings", Json::object())},
                        .secret = std::move(*secret)});
}

// Whether what `before` sends goes elsewhere, or without TLS, by `after`.
bool goes_elsewhere(const Json& before, const Json& after) {
  for (const auto* name : {"url", "tls", "repository", "user"})
    if (before.value(name, Json()) != after.value(name, Json())) return true;
  return false;
}

// body: id, version, and what changes; the secret sealed.
Result<Wanted> changed_sink(Work& work, const Call& call, const Json& body) {
  auto sink = find(work, body.value("id", ""));
  if (!sink) return std::unexpected(sink.error());
  auto secret = secret_of(call, body);
  if (!secret) return std::unexpected(secret.error());
  const Json settings = std::exchange(sink->settings, body.value("settings", sink->settings));
  // Otherwise who may change a sink could have its secret sent to themselves.
  if (sink->has_secret && !*secret && goes_elsewhere(settings, sink->settings))
    return fail(ErrorCode::invalid_input, "body/secret", "is missing: by the new settings it would go elsewhere",
                "give the secret again when url, user, repository or tls change");
  sink->version = body.value("version", sink->version);
  sink->name = body.value("name", sink->name);
  sink->enabled = body.value("enabled", sink->enabled);
  sink->filter = body.value("filter", sink->filter);
  return checked(work, {.sink = std::move(*sink), .secret = std::move(*secret)});
}

// What the audit log says of the secret.
Json with_secret(Json json, const std::optional<std::string>& secret) {
  if (secret) json["secret"] = secret->empty() ? "taken away" : "given";
  return json;
}

Result<Json> create(Work& work, const Call& call, const Json& body) {
  const auto wanted = new_sink(work, call, body);
  if (!wanted) return std::unexpected(wanted.error());
  const auto sink =
      ledger::insert_sink(work, wanted->sink, wanted->secret.value_or(""), call.services.dispatcher.key());
  if (!sink) return std::unexpected(sink.error());
  Json json = to_json(*sink);
  if (auto audited = call.audit(work, "sink.create", "sink:" + sink->id, with_secret(json, wanted->secret)); !audited)
    return std::unexpected(audited.error());
  return json;
}

Result<Json> change(Work& work, const Call& call, const Json& body) {
  const auto before = find(work, body.value("id", ""));
  if (!before) return std::unexpected(before.error());
  const auto wanted = changed_sink(work, call, body);
  if (!wanted) return std::unexpected(wanted.error());
  const auto sink = ledger::update_sink(work, wanted->sink, wanted->secret, call.services.dispatcher.key());
  if (!sink) return std::unexpected(sink.error());
  Json json = to_json(*sink);
  const Json what = with_secret({{"before", to_json(*before)}, {"after", json}}, wanted->secret);
  if (auto audited = call.audit(work, "sink.change", "sink:" + sink->id, what); !audited)
    return std::unexpected(audited.error());
  return json;
}

template <Result<Wanted> (*want)(Work&, const Call&, const Json&)>
Result<void> check(Work& work, const Call& call, const Json& body) {
  const auto wanted = want(work, call, body);
  if (!wanted) return std::unexpected(wanted.error());
  return {};
}

constexpr std::array kActs{Act{"sink.create", create, check<new_sink>},
                           Act{"sink.change", change, check<changed_sink>}};

Result<Response> list_sinks(const Call& call) {
  const auto sinks = call.services.ledger.read([](Work& work) { return ledger::list_sinks(work); });
  if (!sinks) return std::unexpected(sinks.error());
  return ok(list_json(array_of(*sinks, [](const Sink& sink) { return to_json(sink); })));
}

Result<Response> get_sink(const Call& call) {
  const auto sink = call.services.ledger.read([&](Work& work) { return find(work, call.text("sink")); });
  if (!sink) return std::unexpected(sink.error());
  return with_etag(call.request, ok(to_json(*sink)), etag_of(sink->version));
}

Result<Response> create_sink(const Call& call) {
  const auto body = act_body(call, call.field("id"));
  if (!body) return std::unexpected(body.error());
  return perform_or_ask(call, kActs[0], *body, 201);
}

Result<Response> change_sink(const Call& call) {
  const auto sink = call.services.ledger.read([&](Work& work) { return find(work, call.text("sink")); });
  if (!sink) return std::unexpected(sink.error());
  if (auto refused = check_if_match(call.request, sink->version)) return std::move(*refused);
  auto body = act_body(call, sink->id);
  if (!body) return std::unexpected(body.error());
  (*body)["version"] = sink->version;
  return perform_or_ask(call, kActs[1], *body, 200);
}

Result<Response> delete_sink(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto sink = find(work, call.text("sink"));
    if (!sink) return std::unexpected(sink.error());
    if (auto refused = check_if_match(call.request, sink->version)) return std::move(*refused);
    if (auto gone = ledger::delete_sink(work, sink->id, sink->version); !gone) return std::unexpected(gone.error());
    if (auto audited = call.audit(work, "sink.delete", "sink:" + sink->id, to_json(*sink)); !audited)
      return std::unexpected(audited.error());
    return empty_response();
  });
}

// Outside of any transaction: the sink may take half a minute to answer.
Result<Response> test_sink(const Call& call) {
  const auto sink = call.services.ledger.read([&](Work& work) { return find(work, call.text("sink")); });
  if (!sink) return std::unexpected(sink.error());
  const std::string asker = sink->kind == SinkKind::mail ? call.request.actor.email : std::string();
  const auto receipt = call.services.dispatcher.send_test(sink->id, asker);
  if (!receipt) return std::unexpected(told(receipt.error()));
  const Json result{{"delivered", receipt->kind == ticket::Receipt::Kind::taken}, {"detail", receipt->detail}};
  return call.write([&](Work& work) -> Result<Response> {
    if (auto audited = call.audit(work, "sink.test", "sink:" + sink->id, result); !audited)
      return std::unexpected(audited.error());
    return ok(result);
  });
}

constexpr std::array kOperations{
    Operation{"listSinks", Permission::administer, list_sinks},
    Operation{"createSink", Permission::administer, create_sink},
    Operation{"getSink", Permission::administer, get_sink},
    Operation{"changeSink", Permission::administer, change_sink},
    Operation{"deleteSink", Permission::administer, delete_sink},
    Operation{"testSink", Permission::administer, test_sink},
};

}  // namespace

std::span<const Act> sink_acts() {
  return kActs;
}

std::span<const Operation> sink_operations() {
  return kOperations;
}

}  // namespace assay::server::api
