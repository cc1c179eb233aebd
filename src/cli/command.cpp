#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/bytes.h"
#include "base/file.h"
#include "base/text.h"

namespace assay::cli {

void choose(Chosen& chosen, CLI::App* command, std::function<int()> run) {
  command->callback([&chosen, command, run = std::move(run)] {
    chosen.command = command;
    chosen.run = run;
  });
}

void RequirementOptions::add_to(CLI::App& command) {
  command
      .add_option("--profile", profiles, "Judge by this profile; may be repeated (default: chosen by the app's kind)")
      ->allow_extra_args(false)
      ->type_name("PROFILE");
  command.add_option("--only", only, "Judge only this requirement; may be repeated")
      ->allow_extra_args(false)
      ->type_name("ID");
  command.add_option("--skip", skip, "Leave this requirement out; may be repeated")
      ->allow_extra_args(false)
      ->type_name("ID");
  command
      .add_option("--catalog", catalog_directory, "Add the requirements and profiles in DIR to the built-in catalogue")
      ->type_name("DIR");
}

Result<catalog::Catalog> RequirementOptions::load() const {
  return catalog_directory.empty() ? catalog::Catalog::embedded()
                                   : catalog::Catalog::from_directory(catalog_directory, true);
}

Result<ledger::Ledger::Key> evidence_key(std::string_view text, const std::string& option) {
  const auto bytes = text.size() == 64 ? from_hex(text) : from_base64(text);
  if (!bytes || bytes->size() != 32)
    return fail(ErrorCode::invalid_input, option, "is not a 32-byte key in hex or base64",
                "make one with: openssl rand -hex 32");
  return ledger::Ledger::Key{to_hex(sha256(*bytes)).substr(0, 16), std::string(as_text(*bytes))};
}

Result<std::optional<ledger::Ledger::Key>> given_evidence_key() {
  const char* value = std::getenv("ASSAY_EVIDENCE_KEY");
  const char* file = std::getenv("ASSAY_EVIDENCE_KEY_FILE");
  std::string text = value != nullptr ? value : "";
  if (text.empty() && file != nullptr && *file != '\0') {
    auto read = read_secret_file(file, "ASSAY_EVIDENCE_KEY_FILE");
    if (!read) return std::unexpected(read.error());
    text = std::move(*read);
  }
  if (text.empty()) return std::nullopt;
  return evidence_key(text, "ASSAY_EVIDENCE_KEY");
}

Result<std::unique_ptr<ledger::Ledger>> open_ledger(const std::string& url, ledger::Access access) {
  auto key = given_evidence_key();
  if (!key) return std::unexpected(key.error());
  if (!*key)
    report_warning(
        "there is no evidence key, so the ledger keeps what was exchanged with an app only in outline; set "
        "ASSAY_EVIDENCE_KEY_FILE (make a key with: openssl rand -hex 32)");
  return ledger::Ledger::open(url, std::move(*key), access);
}

Result<std::string> read_secret_file(const std::string& path, const std::string& option) {
  constexpr std::uint64_t kMaxBytes = 64U << 10U;
  const auto read = read_file(path, kMaxBytes);
  if (!read) return fail(read.error().code, option, read.error().message());
  std::string text(trim(*read));
  if (text.empty()) return fail(ErrorCode::invalid_input, option, fmt::format("{} is empty", path));
  return text;
}

int report_error(const Error& error) {
  fmt::print(stderr, "assay: error: {}\n", error.message());
  return kCouldNotRun;
}

void report_warning(const std::string& text) {
  fmt::print(stderr, "assay: warning: {}\n", printable(text));
}

Result<void> write_stdout(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail(ErrorCode::io, "standard output", "could not be written");
  return {};
}

std::unique_ptr<CLI::App> make_app(Chosen& chosen, std::string& config_file) {
  auto app = std::make_unique<CLI::App>(
      "Checks whether the apps of a marketplace meet their security requirements, and proves what it says.", "assay");
  app->set_version_flag("--version", "assay " ASSAY_VERSION, "Print the version");
  app->add_option("--config", config_file, "Read settings from FILE (default: assay.yaml when it exists)")
      ->type_name("FILE");
  app->require_subcommand(1);
  app->fallthrough();
  app->get_formatter()->column_width(34);
  app->footer(
      "Settings: flags over ASSAY_* variables over assay.yaml.\n"
      "Exit codes: 0 clean, 1 findings at or above --fail-on, 2 could not run, 3 nothing at that level but some "
      "verdicts\n"
      "are inconclusive, 4 nothing to scan, 130 interrupted.");
  add_scan(*app, chosen);
  add_replay(*app, chosen);
  add_catalog(*app, chosen);
  add_apps(*app, chosen);
  add_tickets(*app, chosen);
  add_serve(*app, chosen);
  add_ledger(*app, chosen);
  add_completion(*app, chosen);
  add_planned(*app, chosen);
  return app;
}

int run(int argc, const char* const* argv) {
  Chosen chosen;
  std::string config_file;
  const auto app = make_app(chosen, config_file);
  const auto commands = app->get_subcommands({});
  if (argc > 1 && argv[1][0] != '-' &&
      std::ranges::none_of(commands, [&](const CLI::App* c) { return c->check_name(argv[1]); }))
    return report_error({ErrorCode::invalid_input, argv[1], "is no command of assay", "see assay --help"});
  try {
    app->parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app->exit(e);
  } catch (const CLI::ParseError& e) {
    std::string reason = e.what();
    std::ranges::replace(reason, '\n', ' ');
    const auto* named = chosen.command != nullptr ? chosen.command : app.get();
    for (const auto* sub : app->get_subcommands()) named = sub;
    return report_error(
        {ErrorCode::invalid_input, "command line", reason,
         named == app.get() ? "see assay --help" : fmt::format("see assay {} --help", named->get_name())});
  }
  try {
    if (auto completed = complete_settings(*app, *chosen.command, config_file); !completed)
      return report_error(completed.error());
    return chosen.run();
  } catch (const std::exception& e) {
    return report_error(
        {ErrorCode::internal, "assay", e.what(), "this is a defect; please report it with the command line"});
  }
}

}  // namespace assay::cli
