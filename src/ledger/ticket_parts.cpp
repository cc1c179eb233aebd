// What belongs to a ticket: history, extensions, watchers, links. Declared in ledger/tickets.h.

#include <fmt/format.h>
#include <soci/soci.h>

#include <array>

#include "ledger/dialect.h"
#include "ledger/lists.h"
#include "ledger/statement.h"
#include "ledger/ticket_rows.h"
#include "ledger/tickets.h"

namespace assay::ledger {

namespace {

constexpr std::array kEventColumns = {Column{"ticket_id", ColumnType::integer}, Column{"ordinal", ColumnType::integer},
                                      Column{"at_ms", ColumnType::integer},     Column{"actor", ColumnType::text},
                                      Column{"kind", ColumnType::text},         Column{"body", ColumnType::text}};

constexpr std::array kRequestStates = {ListWord{.word = "requested"}, ListWord{.word = "approved"},
                                       ListWord{.word = "rejected"}, ListWord{.word = "withdrawn"}};
constexpr std::array kExtensionFields = {ListField{"ticket", "e.ticket_id", FieldType::integer},
                                         ListField{"app", "t.app_key"},
                                         ListField{"organisation", "t.org_id", FieldType::organisation},
                                         ListField{"state", "e.state", FieldType::word, kRequestStates},
                                         ListField{"requested_by", "e.requested_by"},
                                         ListField{"requested", "e.requested_ms", FieldType::time}};
constexpr std::array kExtensionKey = {ListSort{"extension", "e.extension_id", true}};
constexpr ListSpec kExtensions{.name = "extensions",
                               .columns = ExtensionRow::kColumns,
                               .from = "extensions e join tickets t on t.ticket_id = e.ticket_id",
                               .org = "t.org_id",
                               .fields = kExtensionFields,
                               .sorts = kExtensionKey,
                               .descending = true,
                               .key = kExtensionKey,
                               .search = {.app_key = "t.app_key"}};

struct EventRow {
  std::string actor, kind, body;
  long long ordinal = 0, at = 0;

  void bind(soci::statement& statement) {
    for (auto* number : {&ordinal, &at}) statement.exchange(soci::into(*number));
    for (auto* text : {&actor, &kind, &body}) statement.exchange(soci::into(*text));
  }
  Result<TicketEvent> take() const {
    const auto known = event_kind_from_string(kind);
    if (!known) return fail(ErrorCode::internal, "stored event", "is of the unknown kind " + kind);
    auto json = parse_json(body, "stored event");
    if (!json) return std::unexpected(json.error());
    return TicketEvent{static_cast<int>(ordinal), time_of(at), actor, *known, std::move(*json)};
  }
};

struct TextRow {
  std::string text;
  void bind(soci::statement& statement) { statement.exchange(soci::into(text)); }
  Result<std::string> take() const { return text; }
};

struct LinkRow {
  TicketLink link;
  long long id = 0;
  void bind(soci::statement& statement) {
    statement.exchange(soci::into(id));
    for (auto* text : {&link.sink_id, &link.external_id, &link.url}) statement.exchange(soci::into(*text));
  }
  Result<TicketLink> take() const {
    TicketLink taken = link;
    taken.ticket_id = id;
    return taken;
  }
};

constexpr std::string_view kSelectLink = "select ticket_id, sink_id, external_id, url from ticket_links where ";

std::string select_extensions(std::string_view where) {
  return fmt::format("select {} from extensions e where {} order by e.extension_id", ExtensionRow::kColumns, where);
}

}  // namespace

std::vector<TicketEvent> append_events(Work& work, std::int64_t ticket_id, std::vector<TicketEvent> events) {
  if (events.empty()) return events;
  const long long id = ticket_id;
  long long locked = 0, last = 0;
  work.sql() << fmt::format("select ticket_id from tickets where ticket_id = :id{}", work.dialect().for_update()),
      soci::use(id, "id"), soci::into(locked);
  work.sql() << "select coalesce(max(ordinal), 0) from ticket_events where ticket_id = :id", soci::use(id, "id"),
      soci::into(last);
  Json rows = Json::array();
  for (auto& e : events) {
    e.ordinal = static_cast<int>(++last);
    rows.push_back({{"ticket_id", id},
                    {"ordinal", e.ordinal},
                    {"at_ms", milliseconds_of(e.at)},
                    {"actor", storable(e.actor)},
                    {"kind", to_string(e.kind)},
                    {"body", storable(dump_json(e.body))}});
  }
  run_rows(work.sql(), work.dialect().insert_rows("ticket_events", kEventColumns), rows);
  return events;
}

Result<std::vector<TicketEvent>> events_of(Work& work, std::int64_t ticket_id) {
  const long long id = ticket_id;
  return read_rows<TicketEvent, EventRow>(
      work.sql(), "select ordinal, at_ms, actor, kind, body from ticket_events where ticket_id = :id order by ordinal",
      soci::use(id, "id"));
}

// --- Extensions --------------------------------------------------------------------------------------------------

Result<Extension> insert_extension(Work& work, Extension extension) {
  const long long ticket = extension.ticket_id, due = milliseconds_of(extension.due),
                  at = milliseconds_of(extension.requested);
  const std::string plan = storable(extension.plan), by = storable(extension.requested_by);
  long long id = 0;
  work.sql() << "insert into extensions (ticket_id, plan, due_ms, state, requested_by, requested_ms) "
                "values (:ticket, :plan, :due, 'requested', :by, :at) on conflict do nothing returning extension_id",
      soci::use(ticket, "ticket"), soci::use(plan, "plan"), soci::use(due, "due"), soci::use(by, "by"),
      soci::use(at, "at"), soci::into(id);
  if (!work.sql().got_data())
    return fail(ErrorCode::conflict, fmt::format("ticket {}", ticket), "waits for the decision on an extension already",
                "wait for it");
  extension.id = id;
  return extension;
}

Result<Extension> get_extension(Work& work, std::int64_t id) {
  const long long key = id;
  auto found =
      read_rows<Extension, ExtensionRow>(work.sql(), select_extensions("e.extension_id = :id"), soci::use(key, "id"));
  if (!found) return std::unexpected(found.error());
  if (found->empty())
    return fail(ErrorCode::not_found, fmt::format("extension {}", id), "is not in the ledger", "look at its ticket");
  return std::move(found->front());
}

Result<std::vector<Extension>> extensions_of(Work& work, std::int64_t ticket_id) {
  const long long id = ticket_id;
  return read_rows<Extension, ExtensionRow>(work.sql(), select_extensions("e.ticket_id = :id"), soci::use(id, "id"));
}

Result<Page<Extension>> list_extensions(Work& work, const ListQuery& query, const FilterScope& scope) {
  return read_page<Extension, ExtensionRow>(work, kExtensions, query, scope);
}

Result<void> decide_extension(Work& work, const Extension& extension) {
  const Decision decision = extension.decision.value_or(Decision{});
  const long long id = extension.id, at = milliseconds_of(decision.at);
  const std::string state(to_string(extension.state)), by = storable(decision.by), note = storable(decision.note);
  const long long changed =
      run_counted(work.sql(),
                  "update extensions set state = :state, decided_by = :by, decided_ms = :at, decision_note = :note "
                  "where extension_id = :id and state = 'requested'",
                  soci::use(state, "state"), soci::use(by, "by"), soci::use(at, "at"), soci::use(note, "note"),
                  soci::use(id, "id"));
  if (changed != 1)
    return fail(ErrorCode::conflict, fmt::format("extension {}", id), "was decided meanwhile", "look at it again");
  return {};
}

// --- Watchers and links ------------------------------------------------------------------------------------------

bool add_watcher(Work& work, std::int64_t ticket_id, const std::string& email) {
  const long long id = ticket_id;
  const std::string address = storable(email);
  return run_counted(work.sql(), "insert into watchers (ticket_id, email) values (:id, :email) on conflict do nothing",
                     soci::use(id, "id"), soci::use(address, "email")) == 1;
}

bool remove_watcher(Work& work, std::int64_t ticket_id, const std::string& email) {
  const long long id = ticket_id;
  const std::string address = storable(email);
  return run_counted(work.sql(), "delete from watchers where ticket_id = :id and email = :email", soci::use(id, "id"),
                     soci::use(address, "email")) == 1;
}

Result<std::vector<std::string>> watchers_of(Work& work, std::int64_t ticket_id) {
  const long long id = ticket_id;
  return read_rows<std::string, TextRow>(work.sql(), "select email from watchers where ticket_id = :id order by email",
                                         soci::use(id, "id"));
}

Result<std::vector<std::string>> add_contacts_as_watchers(Work& work, const Ticket& ticket) {
  const std::string key = storable(ticket.app_key);
  auto contacts = read_rows<std::string, TextRow>(
      work.sql(), "select email from contacts where app_key = :key order by email", soci::use(key, "key"));
  if (!contacts) return contacts;
  std::erase_if(*contacts, [&](const std::string& email) { return !add_watcher(work, ticket.id, email); });
  return contacts;
}

void link_ticket(Work& work, const TicketLink& link) {
  const long long id = link.ticket_id;
  const std::string external = storable(link.external_id), url = storable(link.url);
  work.sql() << "insert into ticket_links (ticket_id, sink_id, external_id, url) values (:id, :sink, :external, :url) "
                "on conflict (ticket_id, sink_id) do update set external_id = excluded.external_id, url = excluded.url",
      soci::use(id, "id"), soci::use(link.sink_id, "sink"), soci::use(external, "external"), soci::use(url, "url");
}

Result<std::vector<TicketLink>> links_of(Work& work, std::int64_t ticket_id) {
  const long long id = ticket_id;
  return read_rows<TicketLink, LinkRow>(work.sql(), std::string(kSelectLink) + "ticket_id = :id order by sink_id",
                                        soci::use(id, "id"));
}

Result<std::optional<TicketLink>> link_of(Work& work, std::int64_t ticket_id, const std::string& sink_id) {
  auto links = links_of(work, ticket_id);
  if (!links) return std::unexpected(links.error());
  for (auto& link : *links)
    if (link.sink_id == sink_id) return std::move(link);
  return std::nullopt;
}

Result<std::optional<TicketLink>> link_by_external(Work& work, const std::string& sink_id,
                                                   const std::string& external_id) {
  const std::string external = storable(external_id);
  auto links = read_rows<TicketLink, LinkRow>(work.sql(),
                                              std::string(kSelectLink) + "sink_id = :sink and external_id = :external",
                                              soci::use(sink_id, "sink"), soci::use(external, "external"));
  if (!links) return std::unexpected(links.error());
  if (links->empty()) return std::nullopt;
  return std::move(links->front());
}

}  // namespace assay::ledger
