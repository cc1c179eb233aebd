// Tickets: what their owners and our people do with them. The rules are ticket/lifecycle.h.

#include "ledger/tickets.h"

#include <array>

#include "base/text.h"
#include "server/api/api.h"
#include "server/api/form.h"
#include "server/api/rows.h"
#include "server/conditional.h"
#include "ticket/desk.h"

namespace assay::server::api {

namespace {

using ledger::Work;

// The ticket of the path, when the asker may see it.
Result<Ticket> find(Work& work, const Call& call) {
  auto ticket = ledger::get_ticket(work, call.number("ticket"));
  if (!ticket) return ticket;
  if (call.request.only_org.value_or(ticket->org) == ticket->org) return ticket;
  return fail(ErrorCode::not_found, "ticket " + std::to_string(call.number("ticket")), "is none that you may see",
              "GET /api/v1/tickets lists them");
}

Json extension_form(const Extension& extension) {
  return to_json(extension);
}

Result<Json> detail_json(Work& work, const Call& call, const Ticket& ticket) {
  Json json = to_json(ticket, work.now());
  const auto events = ledger::events_of(work, ticket.id);
  if (!events) return std::unexpected(events.error());
  const auto extensions = ledger::extensions_of(work, ticket.id);
  if (!extensions) return std::unexpected(extensions.error());
  const auto watchers = ledger::watchers_of(work, ticket.id);
  if (!watchers) return std::unexpected(watchers.error());
  const auto links = ledger::links_of(work, ticket.id);
  if (!links) return std::unexpected(links.error());
  json["history"] = array_of(*events, [](const TicketEvent& e) { return to_json(e); });
  json["extensions"] = array_of(*extensions, extension_form);
  json["watchers"] = *watchers;
  json["links"] = array_of(*links, [](const ledger::TicketLink& link) {
    return Json{{"sink", link.sink_id}, {"external_id", link.external_id}, {"url", link.url}};
  });
  json["moves"] =
      array_of(ticket::moves(ticket, actor_of(call.request)), [](TicketState state) { return to_string(state); });
  return json;
}

Result<Response> detail(Work& work, const Call& call, int status, const Result<Ticket>& ticket) {
  if (!ticket) return std::unexpected(ticket.error());
  const auto json = detail_json(work, call, *ticket);
  if (!json) return std::unexpected(json.error());
  return with_etag(call.request, json_response(status, *json), etag_of(ticket->version));
}

// Runs `change` on the ticket of the path in the version that the asker has seen.
Result<Response> change_seen(const Call& call, const std::function<Result<Response>(Work&, const Ticket&)>& change) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto ticket = find(work, call);
    if (!ticket) return std::unexpected(ticket.error());
    if (auto stale = check_if_match(call.request, ticket->version)) return std::move(*stale);
    return change(work, *ticket);
  });
}

Result<Response> list_tickets(const Call& call) {
  const auto json = call.services.ledger.read([&](Work& work) -> Result<Json> {
    const auto page = ledger::list_tickets(work, call.list(), call.scope());
    if (!page) return std::unexpected(page.error());
    return page_json(*page, [&](const Ticket& t) { return to_json(t, work.now()); });
  });
  if (!json) return std::unexpected(json.error());
  return ok(*json);
}

Result<Response> get_ticket(const Call& call) {
  return call.services.ledger.read(
      [&](Work& work) -> Result<Response> { return detail(work, call, 200, find(work, call)); });
}

Result<Response> move_ticket(const Call& call) {
  return change_seen(call, [&](Work& work, const Ticket& ticket) {
    const auto to = ticket_state_from_string(call.field("to")).value_or(ticket.state);
    return detail(
        work, call, 200,
        call.services.desk.move(work, actor_of(call.request), ticket.id, ticket.version, to, call.field("note")));
  });
}

// Moves of many are each their own: one that is refused holds up no other.
Result<Response> move_tickets(const Call& call) {
  const auto to = ticket_state_from_string(call.field("to"));
  return call.write([&](Work& work) -> Result<Response> {
    Json moved = Json::array(), failed = Json::array();
    for (const std::int64_t id : call.body.at("tickets").get<std::vector<std::int64_t>>()) {
      auto ticket = ledger::get_ticket(work, id);
      if (ticket) {
        ticket = call.services.desk.move(work, actor_of(call.request), id, ticket->version, to.value_or(ticket->state),
                                         call.field("note"));
      }
      if (ticket) {
        moved.push_back(id);
      } else {
        failed.push_back(
            {{"ticket", id}, {"code", to_string(ticket.error().code)}, {"detail", ticket.error().message()}});
      }
    }
    return ok(Json{{"moved", std::move(moved)}, {"failed", std::move(failed)}});
  });
}

Result<Response> comment_ticket(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    return detail(work, call, 201,
                  call.services.desk.comment(work, actor_of(call.request), call.number("ticket"), call.field("text")));
  });
}

Result<Response> assign_ticket(const Call& call) {
  return change_seen(call, [&](Work& work, const Ticket& ticket) {
    return detail(
        work, call, 200,
        call.services.desk.assign(work, actor_of(call.request), ticket.id, ticket.version, call.field("assignee")));
  });
}

Result<Response> watch(const Call& call, bool on) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto done =
        call.services.desk.watch(work, actor_of(call.request), call.number("ticket"), call.text("email"), on);
    if (!done) return std::unexpected(done.error());
    return empty_response();
  });
}

Result<Response> watch_ticket(const Call& call) {
  return watch(call, true);
}

Result<Response> unwatch_ticket(const Call& call) {
  return watch(call, false);
}

Result<Response> request_extension(const Call& call) {
  const auto due = parse_rfc3339(call.field("due_at"));
  if (!due) return std::unexpected(due.error());
  return change_seen(call, [&](Work& work, const Ticket& ticket) -> Result<Response> {
    const auto extension = call.services.desk.ask_extension(work, actor_of(call.request), ticket.id, ticket.version,
                                                            {.plan = call.field("plan"), .due = *due});
    if (!extension) return std::unexpected(extension.error());
    return json_response(201, to_json(*extension));
  });
}

Result<Response> list_extensions(const Call& call) {
  const auto page =
      call.services.ledger.read([&](Work& work) { return ledger::list_extensions(work, call.list(), call.scope()); });
  if (!page) return std::unexpected(page.error());
  return ok(page_json(*page, extension_form));
}

Result<Response> decide_extension(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto extension = call.services.desk.decide_extension(work, actor_of(call.request), call.number("extension"),
                                                               call.field("decision") == "approve", call.field("note"));
    if (!extension) return std::unexpected(extension.error());
    return ok(to_json(*extension));
  });
}

constexpr std::array kOperations{
    Operation{"listTickets", Permission::read, list_tickets},
    Operation{"getTicket", Permission::read, get_ticket},
    Operation{"moveTicket", Permission::work_tickets, move_ticket},
    Operation{"moveTickets", Permission::work_tickets, move_tickets},
    Operation{"commentTicket", Permission::work_tickets, comment_ticket},
    Operation{"assignTicket", Permission::work_tickets, assign_ticket},
    Operation{"watchTicket", Permission::work_tickets, watch_ticket},
    Operation{"unwatchTicket", Permission::work_tickets, unwatch_ticket},
    Operation{"requestExtension", Permission::work_tickets, request_extension},
    Operation{"listExtensions", Permission::read, list_extensions},
    Operation{"decideExtension", Permission::decide, decide_extension},
};

}  // namespace

ticket::Actor actor_of(const Request& request) {
  return {.id = request.actor.email,
          .role = request.actor.role,
          .org = request.actor.org_id,
          .request_id = request.request_id};
}

std::span<const Operation> ticket_operations() {
  return kOperations;
}

}  // namespace assay::server::api
