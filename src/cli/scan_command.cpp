#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/live_line.h"
#include "cli/network_options.h"
#include "cli/source_options.h"
#include "scan/evidence_file.h"
#include "scan/runner.h"
#include "ticket/hooks.h"

namespace assay::cli {

namespace {

// Above this many targets the bodies of stored evidence are dropped from memory as soon as they are written.
constexpr std::size_t kKeepEvidenceUpTo = 16;

struct ScanCommand {
  std::vector<std::string> targets;
  std::string targets_file;
  bool all_apps = false;
  std::string kind;
  std::string evidence;
  std::string ledger_url;
  RequirementOptions requirements;
  OutputOptions output;
  NetworkOptions network;
  SourceOptions source;

  int run();

 private:
  Result<std::vector<scan::Target>> collect_targets(ledger::Ledger* ledger) const;
  Result<scan::Settings> choose_settings(const catalog::Catalog& catalog, const std::vector<scan::Target>& found) const;
  int finish(std::vector<ScanRecord>& records, const catalog::Catalog& catalog, const scan::Ignores& ignores,
             bool interrupted, bool bad_input);
};

// Takes the outcomes as they come: writes evidence and ledger, keeps what reports need. Called by one thread at a time.
class Collector {
 public:
  // `recording`: how scans enter the ledger.
  Collector(std::size_t count, scan::EvidenceWriter* evidence, ledger::Ledger* ledger, ledger::RecordOptions recording)
      : records_(count), evidence_(evidence), ledger_(ledger), recording_(std::move(recording)) {}

  void take(std::size_t index, scan::ScanOutcome outcome) {
    auto& record = outcome.record;
    if (outcome.no_surface) {
      report_warning(outcome.no_surface->message());
      bad_input_ = bad_input_ || outcome.bad_input;
    }
    if (evidence_ != nullptr) keep_first_error(evidence_->write(record));
    if (ledger_ != nullptr && !outcome.no_surface) keep_first_error(ledger_->record_scan(record, recording_));
    if (records_.size() > kKeepEvidenceUpTo) record.evidence.clear();
    records_[index] = std::move(record);
  }

  std::vector<ScanRecord> records_;
  std::optional<Error> error_;
  bool bad_input_ = false;

 private:
  void keep_first_error(const Result<void>& result) {
    if (!result && !error_) error_ = result.error();
  }

  scan::EvidenceWriter* evidence_;
  ledger::Ledger* ledger_;
  ledger::RecordOptions recording_;
};

Result<void> check_selection(const catalog::Catalog& catalog, const std::vector<scan::Target>& targets,
                             const scan::Settings& settings) {
  std::set<std::string> kinds;
  for (const auto& target : targets) {
    if (scan::is_source(target.form)) {
      kinds.insert("source");
    } else {
      kinds.insert({"connect", "service"});
    }
  }
  for (const auto& app_kind : kinds)
    if (const auto selected = catalog.select(app_kind, settings.profiles, settings.only, settings.skip); !selected)
      return std::unexpected(selected.error());
  return {};
}

Result<std::vector<scan::Target>> ScanCommand::collect_targets(ledger::Ledger* ledger) const {
  std::vector<scan::Target> found;
  for (const auto& text : targets) {
    auto target = scan::parse_target(text, kind);
    if (!target) return std::unexpected(target.error());
    found.push_back(std::move(*target));
  }
  if (!targets_file.empty()) {
    auto more = scan::read_targets_file(targets_file, kind);
    if (!more) return std::unexpected(more.error());
    std::ranges::move(*more, std::back_inserter(found));
  }
  if (all_apps) {
    if (ledger == nullptr)
      return fail(ErrorCode::invalid_input, "--all-apps", "needs a ledger", "name it with --ledger");
    const auto apps = ledger->apps();
    if (!apps) return std::unexpected(apps.error());
    for (const auto& app : *apps) {
      auto target = scan::parse_target(app.target, app.kind);
      if (!target) return std::unexpected(target.error());
      found.push_back(std::move(*target));
    }
  }
  if (auto applied = source.apply(found); !applied) return std::unexpected(applied.error());
  return found;
}

Result<scan::Settings> ScanCommand::choose_settings(const catalog::Catalog& catalog,
                                                    const std::vector<scan::Target>& found) const {
  auto settings = network.to_settings(found.size());
  if (!settings) return settings;
  settings->profiles = requirements.profiles;
  settings->only = requirements.only;
  settings->skip = requirements.skip;
  // Wrong names of profiles and requirements end here, not after an hour of scanning.
  if (auto checked = check_selection(catalog, found, *settings); !checked) return std::unexpected(checked.error());
  return settings;
}

int ScanCommand::run() {
  if (auto checked = check_output_options(output); !checked) return report_error(checked.error());
  if (auto checked = source.check(); !checked) return report_error(checked.error());
  const auto catalog = requirements.load();
  if (!catalog) return report_error(catalog.error());
  std::unique_ptr<ledger::Ledger> ledger;
  if (!ledger_url.empty()) {
    auto opened = open_ledger(ledger_url);
    if (!opened) return report_error(opened.error());
    ledger = std::move(*opened);
  }
  const auto found = collect_targets(ledger.get());
  if (!found) return report_error(found.error());
  if (found->empty()) {
    report_error({ErrorCode::not_found, "assay scan", "there is nothing to scan",
                  "name a target, --targets FILE, or --all-apps with --ledger"});
    return kNothingToScan;
  }
  const auto ignores = scan::read_ignores({output.ignore_file, !source.no_inline_ignore}, *found, now());
  if (!ignores) return report_error(ignores.error());
  auto settings = choose_settings(*catalog, *found);
  if (!settings) return report_error(settings.error());
  RevealedSecrets revealed;
  source.apply(settings->secrets, output.show_suppressed, revealed);
  auto log = network.open_request_log();
  if (!log) return report_error(log.error());
  const auto signer = network.load_signer();
  if (!signer) return report_error(signer.error());
  std::unique_ptr<scan::EvidenceWriter> evidence_writer;
  if (!evidence.empty()) {
    auto created = scan::EvidenceWriter::create(evidence);
    if (!created) return report_error(created.error());
    evidence_writer = std::move(*created);
  }

  // What a scan by hand finds or sees mended concerns tickets as much as what the schedule does.
  const ticket::Desk desk(catalog->policy(), ticket::ledger_hooks({}));
  ledger::RecordOptions recording{.follow_up = ticket::follow_up_of(desk)};
  Collector collector(found->size(), evidence_writer.get(), ledger.get(), std::move(recording));
  scan::Runner runner(*catalog, std::move(*settings), **log, signer->get());
  bool interrupted = false;
  {
    Interrupt interrupt([&runner] { runner.cancel(); });
    const LiveLine live(runner.progress(), !output.quiet);
    auto ran =
        runner.run(*found, [&](std::size_t i, scan::ScanOutcome outcome) { collector.take(i, std::move(outcome)); });
    interrupted = interrupt.happened();
    if (!ran) return report_error(ran.error());
  }
  if (!(*log)->healthy())
    return report_error({ErrorCode::io, network.request_log, "the request log could not be written to its end",
                         "make room on the disk"});
  if (collector.error_) return report_error(*collector.error_);
  const int code = finish(collector.records_, *catalog, *ignores, interrupted, collector.bad_input_);
  if (source.reveal)
    if (auto written = write_stdout(revealed.text(collector.records_)); !written) return report_error(written.error());
  return code;
}

int ScanCommand::finish(std::vector<ScanRecord>& records, const catalog::Catalog& catalog, const scan::Ignores& ignores,
                        bool interrupted, bool bad_input) {
  const auto code = deliver(records, catalog, output, ignores);
  if (!code) return report_error(code.error());
  if (interrupted) {
    fmt::print(stderr, "assay: interrupted: the scan is incomplete; what was seen until then is in the report\n");
    return kInterrupted;
  }
  if (*code == kFindings) return kFindings;
  return bad_input ? static_cast<int>(kCouldNotRun) : *code;
}

}  // namespace

void add_scan(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "scan", "Scan apps: descriptor URLs or files, base URLs of services, directories or archives of source");
  auto state = std::make_shared<ScanCommand>();
  command->add_option("targets", state->targets, "Descriptor URL or file, base URL, directory, or archive")
      ->type_name("TARGET...");
  command->add_option("--targets", state->targets_file, "Read targets from FILE, one a line; - reads standard input")
      ->type_name("FILE");
  command->add_flag("--all-apps", state->all_apps, "Scan every app of the ledger");
  command->add_option("--kind", state->kind, "Kind of app: connect, service or source (default: detected)")
      ->type_name("KIND");
  command->add_option("--evidence", state->evidence, "Write the evidence to FILE (JSON lines), for assay replay")
      ->type_name("FILE");
  command
      ->add_option("--ledger", state->ledger_url,
                   "Record in this ledger: a SQLite file or postgresql://…; shows what is new, still there, fixed")
      ->type_name("URL");
  state->requirements.add_to(*command);
  state->output.add_to(*command);
  state->source.add_to(*command);
  state->network.add_to(*command);
  choose(chosen, command, [state] { return state->run(); });
}

}  // namespace assay::cli
