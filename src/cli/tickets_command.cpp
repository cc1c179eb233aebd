// assay tickets: what people do with tickets, on a ledger or on a server. The rules are docs/tickets.md.

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "base/url.h"
#include "cli/command.h"
#include "cli/platform_api.h"
#include "cli/ticket_text.h"
#include "model/ticket.h"

namespace assay::cli {

namespace {

constexpr std::size_t kListed = 50;

struct TicketsCommand {
  PlatformOptions platform;
  std::string format = "text";
  std::string filter, sort;
  std::size_t limit = kListed;
  std::int64_t ticket = 0;
  std::string to, note, plan, until, kind, reason, duplicate_of, decision, words, person;

  int list();
  int show();

  // What changes a ticket: asks the API, and gives what is wrong.
  using Change = Result<void> (TicketsCommand::*)(PlatformApi&, const Json& ticket);
  // Makes the change and prints the ticket after it.
  int change(Change how);

  Result<void> move(PlatformApi& api, const Json& seen);
  Result<void> extend(PlatformApi& api, const Json& seen);
  Result<void> dispose(PlatformApi& api, const Json& seen);
  Result<void> decide(PlatformApi& api, const Json& seen);
  Result<void> withdraw(PlatformApi& api, const Json& seen);
  Result<void> comment(PlatformApi& api, const Json& seen);
  Result<void> assign(PlatformApi& api, const Json& seen);
  Result<void> watch(PlatformApi& api, const Json& seen);
  Result<void> unwatch(PlatformApi& api, const Json& seen);

 private:
  std::string path(std::string_view below = {}) const { return fmt::format("/tickets/{}{}", ticket, below); }
  Result<Json> get(PlatformApi& api) const;
  int print(const std::string& text) const {
    const auto written = write_stdout(text);
    return written ? static_cast<int>(kClean) : report_error(written.error());
  }
};

// The last moment of a day, or a moment: "2026-12-20" or RFC 3339.
Result<std::string> end_of(const std::string& text) {
  const auto moment = parse_rfc3339(text.size() == 10 ? text + "T23:59:59.999Z" : text);
  if (!moment) return fail(ErrorCode::invalid_input, "--until " + text, "is no date", "write a day like 2026-12-20");
  return format_rfc3339(*moment);
}

// The answer of a change is what the change says of itself; the ticket is read again after it.
Result<void> done(const Result<Json>& answer) {
  return answer ? Result<void>{} : std::unexpected(answer.error());
}

Json with_note(Json body, const std::string& note) {
  if (!note.empty()) body["note"] = note;
  return body;
}

// The dispositions of the ticket's finding, newest first.
Result<Json> dispositions(PlatformApi& api, const Json& ticket) {
  auto all = ask_items(api,
                       "/dispositions?" + filter_part({{"app", text_of(ticket, "app")},
                                                       {"fingerprint", text_of(ticket, "fingerprint")}}),
                       kListed);
  if (!all) return std::unexpected(all.error());
  return std::move(all->items);
}

// Of `requests`, which outlive the answer, the one that is in one of these states.
const Json* in_state(const Json& requests, std::initializer_list<std::string_view> states) {
  const auto at = std::ranges::find_if(
      requests, [&](const Json& one) { return std::ranges::find(states, text_of(one, "state")) != states.end(); });
  return at == requests.end() ? nullptr : &*at;
}

Result<Json> TicketsCommand::get(PlatformApi& api) const {
  auto answer = api.ask({.path = path()});
  if (answer && !answer->is_object())
    return fail(ErrorCode::protocol, path(), "was answered without a ticket", "see whether an assay server is there");
  return answer;
}

int TicketsCommand::list() {
  const auto api = platform.open(false);
  if (!api) return report_error(api.error());
  std::string query = "/tickets?" + query_part("filter", filter);
  if (!sort.empty()) query += "&" + query_part("sort", sort);
  const auto found = ask_items(**api, query, limit);
  if (!found) return report_error(found.error());
  if (format == "json") return print(dump_json(found->items, 2) + "\n");
  std::string out;
  for (const auto& one : found->items) out += ticket_line(one);
  if (found->items.empty()) out = filter.empty() ? "no tickets\n" : "no tickets that the filter names\n";
  if (found->more) out += fmt::format("… and more: --limit, or a narrower --filter\n");
  return print(out);
}

int TicketsCommand::show() {
  const auto api = platform.open(false);
  if (!api) return report_error(api.error());
  auto detail = get(**api);
  if (!detail) return report_error(detail.error());
  auto asked = dispositions(**api, *detail);
  if (!asked) return report_error(asked.error());
  (*detail)["dispositions"] = std::move(*asked);
  return print(format == "json" ? dump_json(*detail, 2) + "\n" : ticket_page(*detail));
}

int TicketsCommand::change(Change how) {
  const auto api = platform.open(true);
  if (!api) return report_error(api.error());
  const auto before = get(**api);
  if (!before) return report_error(before.error());
  if (auto changed = (this->*how)(**api, *before); !changed) return report_error(changed.error());
  const auto after = get(**api);
  if (!after) return report_error(after.error());
  return print(format == "json" ? dump_json(*after, 2) + "\n" : ticket_line(*after));
}

Result<void> TicketsCommand::move(PlatformApi& api, const Json& seen) {
  return done(api.ask({.method = "POST",
                       .path = path("/move"),
                       .body = with_note({{"to", to}}, note),
                       .version = number_of(seen, "version")}));
}

Result<void> TicketsCommand::extend(PlatformApi& api, const Json& seen) {
  const auto due = end_of(until);
  if (!due) return std::unexpected(due.error());
  return done(api.ask({.method = "POST",
                       .path = path("/extensions"),
                       .body = Json{{"plan", plan}, {"due_at", *due}},
                       .version = number_of(seen, "version")}));
}

Result<void> TicketsCommand::dispose(PlatformApi& api, const Json& seen) {
  Json body{{"kind", kind}, {"reason", reason}};
  if (!until.empty()) {
    const auto end = end_of(until);
    if (!end) return std::unexpected(end.error());
    body["until"] = *end;
  }
  if (!duplicate_of.empty()) body["duplicate_of"] = duplicate_of;
  return done(api.ask({.method = "POST",
                       .path = "/apps/" + percent_encode(text_of(seen, "app")) + "/findings/" +
                               percent_encode(text_of(seen, "fingerprint")) + "/dispositions",
                       .body = std::move(body)}));
}

Result<void> TicketsCommand::decide(PlatformApi& api, const Json& seen) {
  std::string request;
  const Json extensions = seen.value("extensions", Json::array());
  if (const auto* extension = in_state(extensions, {"requested"}))
    request = fmt::format("/extensions/{}", number_of(*extension, "id"));
  if (request.empty()) {
    const auto asked = dispositions(api, seen);
    if (!asked) return std::unexpected(asked.error());
    if (const auto* disposition = in_state(*asked, {"requested"}))
      request = fmt::format("/dispositions/{}", number_of(*disposition, "id"));
  }
  if (request.empty())
    return fail(ErrorCode::conflict, fmt::format("ticket {}", ticket), "has nothing that waits for a decision",
                "see it with assay tickets show");
  return done(
      api.ask({.method = "POST", .path = request + "/decision", .body = with_note({{"decision", decision}}, note)}));
}

Result<void> TicketsCommand::withdraw(PlatformApi& api, const Json& seen) {
  const auto asked = dispositions(api, seen);
  if (!asked) return std::unexpected(asked.error());
  if (const auto* disposition = in_state(*asked, {"requested", "approved"}))
    return done(api.ask({.method = "POST",
                         .path = fmt::format("/dispositions/{}/withdraw", number_of(*disposition, "id")),
                         .body = with_note(Json::object(), note)}));
  if (text_of(seen, "state") != to_string(TicketState::extension_requested))
    return fail(ErrorCode::conflict, fmt::format("ticket {}", ticket), "has no request that could be withdrawn",
                "see it with assay tickets show");
  to = to_string(TicketState::needs_patch);
  return move(api, seen);
}

Result<void> TicketsCommand::comment(PlatformApi& api, const Json& /*seen*/) {
  return done(api.ask({.method = "POST", .path = path("/comments"), .body = Json{{"text", words}}}));
}

Result<void> TicketsCommand::assign(PlatformApi& api, const Json& seen) {
  return done(api.ask({.method = "PUT",
                       .path = path("/assignee"),
                       .body = Json{{"assignee", person}},
                       .version = number_of(seen, "version")}));
}

Result<void> TicketsCommand::watch(PlatformApi& api, const Json& /*seen*/) {
  return done(api.ask({.method = "PUT", .path = path("/watchers/" + percent_encode(person))}));
}

Result<void> TicketsCommand::unwatch(PlatformApi& api, const Json& /*seen*/) {
  return done(api.ask({.method = "DELETE", .path = path("/watchers/" + percent_encode(person))}));
}

// Adds the subcommands of `tickets` one by one; each has its own options over the one state.
class Adder {
 public:
  Adder(CLI::App& tickets, Chosen& chosen, std::shared_ptr<TicketsCommand> state)
      : tickets_(tickets), chosen_(chosen), state_(std::move(state)) {}

  CLI::App* reading(const char* name, const char* help, int (TicketsCommand::*run)()) {
    auto* sub = add(name, help);
    choose(chosen_, sub, [state = state_, run] { return (state.get()->*run)(); });
    return sub;
  }
  // A command that changes the ticket that it names.
  CLI::App* changing(const char* name, const char* help, TicketsCommand::Change how, std::string to = {}) {
    auto* sub = add(name, help);
    sub->add_option("--as", state_->platform.acts_as, "On a ledger: the e-mail address of who makes the change")
        ->type_name("EMAIL");
    ticket(*sub);
    choose(chosen_, sub, [state = state_, how, to = std::move(to)] {
      if (!to.empty()) state->to = to;
      return state->change(how);
    });
    return sub;
  }
  void ticket(CLI::App& sub) const {
    sub.add_option("ticket", state_->ticket, "The ticket's number")
        ->required()
        ->type_name("NUMBER")
        ->check(CLI::PositiveNumber);
  }
  void note(CLI::App& sub) const { sub.add_option("--note", state_->note, "A word to go with it")->type_name("TEXT"); }

 private:
  CLI::App* add(const char* name, const char* help) const {
    auto* sub = tickets_.add_subcommand(name, help);
    state_->platform.add_to(*sub);
    sub->add_option("--format", state_->format, "text or json")
        ->capture_default_str()
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}));
    return sub;
  }

  CLI::App& tickets_;
  Chosen& chosen_;
  std::shared_ptr<TicketsCommand> state_;
};

void add_reading(Adder& adder, TicketsCommand& state) {
  auto* list = adder.reading("list", "List tickets, the next due first", &TicketsCommand::list);
  list->add_option("--filter", state.filter,
                   "Which, e.g. \"overdue:yes severity:critical,high\" (docs/tickets.md lists the fields)")
      ->type_name("FILTER");
  list->add_option("--sort", state.sort, "due, opened, severity or ticket; with - in front descending")
      ->type_name("FIELD");
  list->add_option("--limit", state.limit, "At most so many")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 100'000));
  adder.ticket(*adder.reading("show", "Show one ticket with its requests and history", &TicketsCommand::show));
}

void add_moving(Adder& adder, TicketsCommand& state) {
  adder.note(*adder.changing("claim", "Say that it is mended; a scan verifies it", &TicketsCommand::move,
                             std::string(to_string(TicketState::fix_claimed))));
  auto* move = adder.changing("move", "Move it to another live state", &TicketsCommand::move);
  move->add_option("state", state.to, "needs-patch, fix-claimed or waiting-for-release")
      ->required()
      ->type_name("STATE")
      ->check(CLI::IsMember({"needs-patch", "fix-claimed", "waiting-for-release"}));
  adder.note(*move);
  auto* comment = adder.changing("comment", "Say something", &TicketsCommand::comment);
  comment->add_option("text", state.words, "What to say")->required()->type_name("TEXT");
  auto* assign = adder.changing("assign", "Say who works on it", &TicketsCommand::assign);
  assign->add_option("person", state.person, "Who; nobody when it is left out")->type_name("PERSON");
  auto* watch = adder.changing("watch", "Let somebody be told of its changes", &TicketsCommand::watch);
  watch->add_option("email", state.person, "The address")->required()->type_name("EMAIL");
  auto* unwatch = adder.changing("unwatch", "Stop telling somebody", &TicketsCommand::unwatch);
  unwatch->add_option("email", state.person, "The address")->required()->type_name("EMAIL");
}

void add_asking(Adder& adder, TicketsCommand& state) {
  auto* extend = adder.changing("extend", "Ask for a later due date", &TicketsCommand::extend);
  extend->add_option("--until", state.until, "The day asked for")->required()->type_name("DATE");
  extend->add_option("--plan", state.plan, "What will be done until then")->required()->type_name("TEXT");
  auto* dispose = adder.changing("dispose", "Ask to close it without a patch", &TicketsCommand::dispose);
  dispose->add_option("kind", state.kind, "false-positive, risk-accepted, not-applicable or duplicate")
      ->required()
      ->type_name("KIND")
      ->check(CLI::IsMember({"false-positive", "risk-accepted", "not-applicable", "duplicate"}));
  dispose->add_option("--reason", state.reason, "Why")->required()->type_name("TEXT");
  dispose->add_option("--until", state.until, "The last day of an accepted risk")->type_name("DATE");
  dispose->add_option("--duplicate-of", state.duplicate_of, "Fingerprint of the finding that it repeats")
      ->type_name("FINGERPRINT");
  auto* decide = adder.changing("decide", "Decide on what somebody else asked for", &TicketsCommand::decide);
  decide->add_option("decision", state.decision, "approve or reject")
      ->required()
      ->type_name("DECISION")
      ->check(CLI::IsMember({"approve", "reject"}));
  adder.note(*decide);
  adder.note(*adder.changing("withdraw", "Take back what was asked for, or an approved disposition",
                             &TicketsCommand::withdraw));
}

}  // namespace

void add_tickets(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("tickets", "Work with the tickets of a ledger or a server");
  command->require_subcommand(1);
  auto state = std::make_shared<TicketsCommand>();
  Adder adder(*command, chosen, state);
  add_reading(adder, *state);
  add_moving(adder, *state);
  add_asking(adder, *state);
}

}  // namespace assay::cli
