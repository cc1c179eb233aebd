#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/apps_on_server.h"
#include "cli/command.h"
#include "cli/network_options.h"
#include "cli/platform_api.h"
#include "scan/runner.h"

namespace assay::cli {

namespace {

struct AppsCommand {
  PlatformOptions platform;
  std::string filter;
  std::size_t limit = 500;
  std::string target, key, name, owner, kind;
  std::string format = "text";
  NetworkOptions network;

  int add();
  int list();
  int show();
  int remove();

 private:
  bool on_server() const { return !platform.server_url.empty(); }
  Result<std::unique_ptr<ledger::Ledger>> open(ledger::Access access) const {
    if (platform.ledger_url.empty())
      return fail(ErrorCode::invalid_input, "assay apps", "needs a ledger", "name it with --ledger or ASSAY_LEDGER");
    return open_ledger(platform.ledger_url, access);
  }
  int add_to_server() const;
  // Reads the descriptor to learn the app's key, name and kind.
  Result<App> identify() const;
  static int print(const Result<std::string>& text) {
    if (!text) return report_error(text.error());
    const auto written = write_stdout(*text);
    return written ? static_cast<int>(kClean) : report_error(written.error());
  }
};

Result<App> AppsCommand::identify() const {
  const auto parsed = scan::parse_target(target, kind);
  if (!parsed) return std::unexpected(parsed.error());
  const auto catalog = catalog::Catalog::embedded();
  if (!catalog) return std::unexpected(catalog.error());
  auto settings = network.to_settings(1);
  if (!settings) return std::unexpected(settings.error());
  settings->identify_only = true;
  auto log = network.open_request_log();
  if (!log) return std::unexpected(log.error());
  const auto signer = network.load_signer();
  if (!signer) return std::unexpected(signer.error());
  scan::Runner runner(*catalog, std::move(*settings), **log, signer->get());
  scan::ScanOutcome outcome;
  const auto ran = runner.run({*parsed}, [&](std::size_t, scan::ScanOutcome o) { outcome = std::move(o); });
  if (!ran) return std::unexpected(ran.error());
  if (outcome.no_surface) return std::unexpected(*outcome.no_surface);
  return outcome.record.app;
}

// A server is told the app's key: it is its ledger that knows which keys there are.
int AppsCommand::add_to_server() const {
  if (key.empty())
    return report_error({ErrorCode::invalid_input, "assay apps add", "needs the app's key for a server",
                         "give it with --key, as the descriptor has it"});
  const auto parsed = scan::parse_target(target, kind);
  if (!parsed) return report_error(parsed.error());
  Json app{{"key", key}, {"kind", parsed->kind.empty() ? "connect" : parsed->kind}, {"target", target}};
  if (!name.empty()) app["name"] = name;
  if (!owner.empty()) app["owner"] = owner;
  const auto api = platform.open(true);
  return api ? print(add_server_app(**api, app)) : report_error(api.error());
}

int AppsCommand::add() {
  if (on_server()) return add_to_server();
  auto ledger = open(ledger::Access::write);
  if (!ledger) return report_error(ledger.error());
  App app;
  if (key.empty()) {
    auto identified = identify();
    if (!identified) return report_error(identified.error());
    app = std::move(*identified);
  } else {
    const auto parsed = scan::parse_target(target, kind);
    if (!parsed) return report_error(parsed.error());
    app.key = key;
    app.kind = parsed->kind.empty() ? "connect" : parsed->kind;
    app.target = target;
    app.added = now();
  }
  if (!name.empty()) app.name = name;
  app.owner = owner;
  if (auto added = (*ledger)->add_app(app); !added) return report_error(added.error());
  return print(fmt::format("added {} ({}, {})\n", printable(app.key), app.kind, printable(app.target)));
}

Json app_json(const App& app) {
  return Json{{"key", app.key},       {"name", app.name},   {"kind", app.kind},
              {"target", app.target}, {"owner", app.owner}, {"added", format_rfc3339(app.added)}};
}

int AppsCommand::list() {
  if (on_server()) {
    const auto api = platform.open(false);
    return api ? print(list_server_apps(**api, filter, limit, format == "json")) : report_error(api.error());
  }
  if (!filter.empty())
    return report_error({ErrorCode::invalid_input, "--filter", "is for a server's list", "name one with --server"});
  auto ledger = open(ledger::Access::read);
  if (!ledger) return report_error(ledger.error());
  const auto apps = (*ledger)->apps();
  if (!apps) return report_error(apps.error());
  if (format == "json") {
    Json all = Json::array();
    for (const auto& app : *apps) all.push_back(app_json(app));
    return print(dump_json(all, 2) + "\n");
  }
  if (apps->empty())
    return print("no apps yet; add one with: assay apps add TARGET --ledger " + platform.ledger_url + "\n");
  std::size_t width = 3;
  for (const auto& app : *apps) width = std::max(width, display_width(printable(app.key)));
  std::string out;
  for (const auto& app : *apps) {
    const auto shown = printable(app.key);
    out += fmt::format("{}{}  {:<8}  {}  {}\n", shown, std::string(width - display_width(shown), ' '), app.kind,
                       printable(app.target), printable(app.name));
  }
  return print(out);
}

// ", fixed 2026-11-22T…" of a closed finding.
std::string closing(const ledger::KnownFinding& f) {
  if (!f.closed_at) return "";
  const std::string_view how = f.status == ledger::FindingStatus::gone          ? "no longer named by the app since"
                               : f.status == ledger::FindingStatus::unconfirmed ? "not seen again at the next look,"
                                                                                : "fixed";
  return fmt::format(", {} {}", how, format_rfc3339(*f.closed_at));
}

int AppsCommand::show() {
  if (on_server()) {
    const auto api = platform.open(false);
    return api ? print(show_server_app(**api, key, format == "json")) : report_error(api.error());
  }
  auto ledger = open(ledger::Access::read);
  if (!ledger) return report_error(ledger.error());
  const auto app = (*ledger)->find_app(key);
  if (!app) return report_error(app.error());
  if (!*app)
    return report_error(
        {ErrorCode::not_found, printable(key), "is no app of this ledger", "list them with assay apps list"});
  const auto scans = (*ledger)->scans_of(key, 20);
  if (!scans) return report_error(scans.error());
  const auto findings = (*ledger)->findings_of(key);
  if (!findings) return report_error(findings.error());
  if (format == "json") {
    Json j = app_json(**app);
    j["scans"] = Json::array();
    for (const auto& s : *scans)
      j["scans"].push_back({{"id", s.id},
                            {"started", format_rfc3339(s.started)},
                            {"finished", format_rfc3339(s.finished)},
                            {"complete", s.complete},
                            {"pass", s.pass},
                            {"fail", s.fail},
                            {"inconclusive", s.inconclusive},
                            {"not_applicable", s.not_applicable}});
    j["findings"] = Json::array();
    for (const auto& f : *findings) {
      Json item = to_json(f.finding);
      item["open"] = f.status == ledger::FindingStatus::open;
      item["status"] = to_string(f.status);
      item["first_seen"] = format_rfc3339(f.first_seen);
      item["last_seen"] = format_rfc3339(f.last_seen);
      item["fixed_at"] = f.status == ledger::FindingStatus::fixed ? Json(format_rfc3339(*f.closed_at)) : Json();
      item["gone_at"] = f.status == ledger::FindingStatus::gone ? Json(format_rfc3339(*f.closed_at)) : Json();
      j["findings"].push_back(std::move(item));
    }
    return print(dump_json(j, 2) + "\n");
  }
  std::string out = fmt::format("{}  {}\n  kind    {}\n  target  {}\n", printable((*app)->key), printable((*app)->name),
                                (*app)->kind, printable((*app)->target));
  if (!(*app)->owner.empty()) out += fmt::format("  owner   {}\n", printable((*app)->owner));
  out += fmt::format("\nLast scans\n");
  if (scans->empty()) out += "  none yet\n";
  for (const auto& s : *scans)
    out += fmt::format("  {}  pass {}  fail {}  inconclusive {}  not-applicable {}{}\n", format_rfc3339(s.started),
                       s.pass, s.fail, s.inconclusive, s.not_applicable, s.complete ? "" : "  (incomplete)");
  out += "\nFindings\n";
  if (findings->empty()) out += "  none\n";
  for (const auto& f : *findings)
    out += fmt::format("  {:<11}  {:<9}  {}  {}\n               first seen {}{}\n", to_string(f.status),
                       to_string(f.finding.severity), f.finding.requirement, printable(f.finding.title),
                       format_rfc3339(f.first_seen), closing(f));
  return print(out);
}

int AppsCommand::remove() {
  auto ledger = open(ledger::Access::write);
  if (!ledger) return report_error(ledger.error());
  if (auto removed = (*ledger)->remove_app(key); !removed) return report_error(removed.error());
  return print(fmt::format("removed {} with its scans and findings\n", printable(key)));
}

}  // namespace

void add_apps(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("apps", "Manage the apps of a ledger or a server");
  command->require_subcommand(1);
  auto state = std::make_shared<AppsCommand>();
  const auto with_ledger = [&](CLI::App* sub) {
    sub->add_option("--ledger", state->platform.ledger_url, "The ledger: a SQLite file or postgresql://…")
        ->type_name("URL");
    return sub;
  };
  const auto with_place = [&](CLI::App* sub) {
    state->platform.add_to(*sub);
    return sub;
  };
  const auto with_format = [&](CLI::App* sub) {
    sub->add_option("--format", state->format, "text or json")
        ->capture_default_str()
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}));
    return sub;
  };
  auto* add = with_place(command->add_subcommand("add", "Add an app; its descriptor is read for key and name"));
  add->add_option("target", state->target, "Descriptor URL or file, or base URL")->required()->type_name("TARGET");
  add->add_option("--key", state->key, "The app's key; given, the target is not contacted")->type_name("KEY");
  add->add_option("--name", state->name, "Name to show")->type_name("NAME");
  add->add_option("--owner", state->owner, "Who answers for the app")->type_name("NAME");
  add->add_option("--kind", state->kind, "connect or service (default: detected)")->type_name("KIND");
  state->network.add_to(*add);
  choose(chosen, add, [state] { return state->add(); });
  auto* list = with_format(with_place(command->add_subcommand("list", "List the apps")));
  list->add_option("--filter", state->filter, "Which apps of a server, e.g. \"high>0 state:active\"")
      ->type_name("FILTER");
  list->add_option("--limit", state->limit, "At most so many of a server")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 200'000));
  choose(chosen, list, [state] { return state->list(); });
  auto* show = with_format(with_place(command->add_subcommand("show", "Show one app: scans and findings")));
  show->add_option("key", state->key, "The app's key")->required()->type_name("KEY");
  choose(chosen, show, [state] { return state->show(); });
  auto* remove = with_ledger(command->add_subcommand("remove", "Remove one app with everything stored of it"));
  remove->add_option("key", state->key, "The app's key")->required()->type_name("KEY");
  choose(chosen, remove, [state] { return state->remove(); });
}

}  // namespace assay::cli
