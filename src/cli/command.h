#pragma once

// What the commands share: exit codes, option groups and how they are read. Each command is one file that adds itself
// to the command line and puts its work into `Chosen`.

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "model/scan_record.h"
#include "scan/ignore.h"

namespace assay::cli {

// DESIGN §4; documented in docs/cli.md.
enum ExitCode : int {
  kClean = 0,
  kFindings = 1,
  kCouldNotRun = 2,
  kInconclusive = 3,
  kNothingToScan = 4,
  kInterrupted = 130,
};

// The command that the user named; main() runs it after the settings are complete.
struct Chosen {
  CLI::App* command = nullptr;
  std::function<int()> run;
};

// Adds `command` callbacks so that it becomes the chosen one.
void choose(Chosen& chosen, CLI::App* command, std::function<int()> run);

void add_scan(CLI::App& app, Chosen& chosen);
void add_replay(CLI::App& app, Chosen& chosen);
void add_catalog(CLI::App& app, Chosen& chosen);
void add_apps(CLI::App& app, Chosen& chosen);
void add_tickets(CLI::App& app, Chosen& chosen);
void add_serve(CLI::App& app, Chosen& chosen);
void add_ledger(CLI::App& app, Chosen& chosen);
void add_completion(CLI::App& app, Chosen& chosen);
void add_planned(CLI::App& app, Chosen& chosen);

// Which requirements are judged.
struct RequirementOptions {
  std::vector<std::string> profiles, only, skip;
  std::string catalog_directory;
  void add_to(CLI::App& command);
  Result<catalog::Catalog> load() const;
};

// Where results go and what they mean for the exit code.
struct OutputOptions {
  std::string format = "text";
  std::vector<std::string> outputs;  // FORMAT=PATH
  std::string fail_on = "high";
  std::string baseline;
  std::string ignore_file;
  bool quiet = false;
  bool show_suppressed = false;
  void add_to(CLI::App& command);
};

// Applies the baseline and the ignore files, prints the report and writes the files. The records are in the order of
// the targets that the ignores were read for. The exit code is that of DESIGN §4 for the records alone; the caller
// knows of interrupts and of targets that could not be read.
Result<int> deliver(std::vector<ScanRecord>& records, const catalog::Catalog& catalog, const OutputOptions& options,
                    const scan::Ignores& ignores);

// Checked before a scan begins, so that a long run does not end in a usage error.
Result<void> check_output_options(const OutputOptions& options);

// The key from ASSAY_EVIDENCE_KEY or ASSAY_EVIDENCE_KEY_FILE (32 bytes as hex or base64); nullopt when neither is set.
Result<std::optional<ledger::Ledger::Key>> given_evidence_key();

// Opens the ledger at `url` with the key from ASSAY_EVIDENCE_KEY or ASSAY_EVIDENCE_KEY_FILE (32 bytes as hex or
// base64).
Result<std::unique_ptr<ledger::Ledger>> open_ledger(const std::string& url,
                                                    ledger::Access access = ledger::Access::write);

// A key of evidence from its text, 32 bytes as hex or base64; its id is made from it. `option` names it in errors.
Result<ledger::Ledger::Key> evidence_key(std::string_view text, const std::string& option);

// The text of a small file that holds a secret (a token, a key); white space around it is dropped. "-" reads standard
// input. `option` names it in errors.
Result<std::string> read_secret_file(const std::string& path, const std::string& option);

// "assay: error: …" on standard error; returns kCouldNotRun.
int report_error(const Error& error);
void report_warning(const std::string& text);

// Writes all of `text` to standard output; an error when the reader is gone or the disk is full.
Result<void> write_stdout(const std::string& text);

// Completes options that were not given: ASSAY_<OPTION> from the environment, then `assay.yaml` (or --config FILE):
// keys are option names without dashes in front, at the top or below the command's name. Errors name variable or
// file:line.
Result<void> complete_settings(CLI::App& app, CLI::App& command, const std::string& config_file);

// The command line as a tree of CLI11 apps, ready to parse.
std::unique_ptr<CLI::App> make_app(Chosen& chosen, std::string& config_file);

// main() without the process around it.
int run(int argc, const char* const* argv);

}  // namespace assay::cli
