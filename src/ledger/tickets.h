#pragma once

// Tickets, their history, extensions, watchers and links as rows. What may happen to them is ticket/lifecycle.h; here
// is only how it is kept. Every function works in the caller's transaction and throws what SOCI throws, which
// Ledger::read and Ledger::write turn into errors.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/page.h"
#include "ledger/work.h"
#include "model/policy.h"
#include "model/ticket.h"

namespace assay::ledger {

// --- Tickets -----------------------------------------------------------------------------------------------------

// Fields: ticket, app, organisation, kind, requirement, subject, fingerprint, title, severity, state, live:true|false,
// assignee, due, opened, closed, overdue:true|false. Sorts: due (the list's own), opened, severity, ticket.
Result<Page<Ticket>> list_tickets(Work& work, const ListQuery& query, const FilterScope& scope = {});
Result<FacetCounts> ticket_facet(Work& work, const std::string& filter, const FilterScope& scope,
                                 const std::string& field);
// Whether a filter of that list names this ticket. Error invalid_input when it is no filter of it.
Result<bool> ticket_matches(Work& work, std::int64_t id, const std::string& filter);

// Gives the ticket its id. Error conflict when the finding has a live ticket.
Result<Ticket> insert_ticket(Work& work, Ticket ticket);
// Error not_found.
Result<Ticket> get_ticket(Work& work, std::int64_t id);
// The latest ticket of each of these findings that has one, by fingerprint.
Result<std::map<std::string, Ticket>> latest_tickets(Work& work, const std::string& app_key,
                                                     const std::vector<std::string>& fingerprints);
// The live tickets of an app, by fingerprint.
Result<std::map<std::string, Ticket>> live_tickets(Work& work, const std::string& app_key);
// Stores `ticket` and counts its version up. Error conflict when the stored version is not `ticket.version`: somebody
// else was faster.
Result<Ticket> update_ticket(Work& work, Ticket ticket);

// Appends to the history and gives the events with their ordinals.
std::vector<TicketEvent> append_events(Work& work, std::int64_t ticket_id, std::vector<TicketEvent> events);
Result<std::vector<TicketEvent>> events_of(Work& work, std::int64_t ticket_id);  // oldest first

// Live tickets whose clock runs and whose next reminder (ticket::escalation_step) is due, soonest due date first.
Result<std::vector<Ticket>> tickets_to_remind(Work& work, const BugFixPolicy& policy, int limit);

// --- Extensions --------------------------------------------------------------------------------------------------

Result<Extension> insert_extension(Work& work, Extension extension);               // gives the id
Result<Extension> get_extension(Work& work, std::int64_t id);                      // Error not_found
Result<std::vector<Extension>> extensions_of(Work& work, std::int64_t ticket_id);  // oldest first
// Newest first. Fields: ticket, app, organisation, state, requested_by, requested.
Result<Page<Extension>> list_extensions(Work& work, const ListQuery& query, const FilterScope& scope = {});
// Stores the decision of a requested extension. Error conflict when it is decided already.
Result<void> decide_extension(Work& work, const Extension& extension);

// --- Watchers and links ------------------------------------------------------------------------------------------

// True when it changed anything.
bool add_watcher(Work& work, std::int64_t ticket_id, const std::string& email);
bool remove_watcher(Work& work, std::int64_t ticket_id, const std::string& email);
Result<std::vector<std::string>> watchers_of(Work& work, std::int64_t ticket_id);  // sorted
// The app's security contacts become watchers; gives those that were not.
Result<std::vector<std::string>> add_contacts_as_watchers(Work& work, const Ticket& ticket);

// The issue that a sink made of a ticket.
struct TicketLink {
  std::int64_t ticket_id = 0;
  std::string sink_id;
  std::string external_id;  // e.g. "SEC-17"; unique within the sink
  std::string url;          // for people
};
// Replaces the ticket's link of this sink.
void link_ticket(Work& work, const TicketLink& link);
Result<std::vector<TicketLink>> links_of(Work& work, std::int64_t ticket_id);
Result<std::optional<TicketLink>> link_of(Work& work, std::int64_t ticket_id, const std::string& sink_id);
Result<std::optional<TicketLink>> link_by_external(Work& work, const std::string& sink_id,
                                                   const std::string& external_id);

}  // namespace assay::ledger
