#include "cli/command.h"
#include "scan/evidence_file.h"
#include "scan/replay.h"

namespace assay::cli {

namespace {

struct ReplayCommand {
  std::vector<std::string> files;
  RequirementOptions requirements;
  OutputOptions output;

  int run() {
    if (auto checked = check_output_options(output); !checked) return report_error(checked.error());
    const auto ignores = scan::read_ignores({.given = output.ignore_file}, {}, now());
    if (!ignores) return report_error(ignores.error());
    const auto catalog = requirements.load();
    if (!catalog) return report_error(catalog.error());
    const scan::ReplaySettings settings{requirements.profiles, requirements.only, requirements.skip};
    std::vector<ScanRecord> records;
    for (const auto& file : files) {
      auto scans = scan::read_evidence_file(file);
      if (!scans) return report_error(scans.error());
      for (auto& record : *scans) {
        if (auto judged = scan::replay(record, *catalog, settings); !judged) return report_error(judged.error());
        records.push_back(std::move(record));
      }
    }
    if (records.empty()) {
      report_error({ErrorCode::not_found, "assay replay", "the files hold no evidence",
                    "make some with assay scan --evidence FILE"});
      return kNothingToScan;
    }
    const auto code = deliver(records, *catalog, output, *ignores);
    return code ? *code : report_error(code.error());
  }
};

}  // namespace

void add_replay(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("replay", "Judge stored evidence again, without any traffic");
  auto state = std::make_shared<ReplayCommand>();
  command->add_option("evidence", state->files, "Files that assay scan --evidence has written; - reads standard input")
      ->required()
      ->type_name("EVIDENCE...");
  state->requirements.add_to(*command);
  state->output.add_to(*command);
  choose(chosen, command, [state] { return state->run(); });
}

}  // namespace assay::cli
