// Dispositions: one person asks, another decides.

#include "ledger/dispositions.h"

#include <array>

#include "server/api/api.h"
#include "server/api/form.h"
#include "server/api/rows.h"
#include "ticket/desk.h"

namespace assay::server::api {

namespace {

using ledger::Work;

Result<Response> answer(int status, const Result<Disposition>& disposition) {
  if (!disposition) return std::unexpected(disposition.error());
  return json_response(status, to_json(*disposition));
}

Result<Response> list_dispositions(const Call& call) {
  const auto page =
      call.services.ledger.read([&](Work& work) { return ledger::list_dispositions(work, call.list(), call.scope()); });
  if (!page) return std::unexpected(page.error());
  return ok(page_json(*page, [](const Disposition& d) { return to_json(d); }));
}

Result<Response> request_disposition(const Call& call) {
  ticket::DispositionAsk ask{.kind = *disposition_kind_from_string(call.field("kind")),
                             .reason = call.field("reason"),
                             .until = std::nullopt,
                             .duplicate_of = call.field("duplicate_of")};
  if (const auto text = call.given("until")) {
    const auto until = parse_rfc3339(*text);
    if (!until) return std::unexpected(until.error());
    ask.until = *until;
  }
  return call.write([&](Work& work) {
    return answer(201, call.services.desk.ask_disposition(work, actor_of(call.request), call.text("app"),
                                                          call.text("fingerprint"), ask));
  });
}

Result<Response> decide_disposition(const Call& call) {
  return call.write([&](Work& work) {
    return answer(200, call.services.desk.decide_disposition(work, actor_of(call.request), call.number("disposition"),
                                                             call.field("decision") == "approve", call.field("note")));
  });
}

Result<Response> withdraw_disposition(const Call& call) {
  return call.write([&](Work& work) {
    return answer(200, call.services.desk.withdraw_disposition(work, actor_of(call.request), call.number("disposition"),
                                                               call.field("note")));
  });
}

constexpr std::array kOperations{
    Operation{"listDispositions", Permission::read, list_dispositions},
    Operation{"requestDisposition", Permission::work_tickets, request_disposition},
    Operation{"decideDisposition", Permission::decide, decide_disposition},
    Operation{"withdrawDisposition", Permission::work_tickets, withdraw_disposition},
};

}  // namespace

std::span<const Operation> disposition_operations() {
  return kOperations;
}

}  // namespace assay::server::api
