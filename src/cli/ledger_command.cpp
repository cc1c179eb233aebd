#include <fmt/format.h>

#include "base/text.h"
#include "cli/command.h"
#include "ledger/audit.h"

namespace assay::cli {

namespace {

struct LedgerCommand {
  std::string ledger_url, file, new_key_file;

  int backup();
  int verify();
  int rotate_key();

 private:
  Result<std::unique_ptr<ledger::Ledger>> open(ledger::Access access) const {
    if (ledger_url.empty())
      return fail(ErrorCode::invalid_input, "assay ledger", "needs a ledger", "name it with --ledger or ASSAY_LEDGER");
    return open_ledger(ledger_url, access);
  }
  static int print(const std::string& text, ExitCode code) {
    const auto written = write_stdout(text);
    return written ? static_cast<int>(code) : report_error(written.error());
  }
};

int LedgerCommand::backup() {
  auto ledger = open(ledger::Access::read);
  if (!ledger) return report_error(ledger.error());
  if (auto copied = (*ledger)->backup(file); !copied) return report_error(copied.error());
  return print(fmt::format("copied to {}; keep the evidence key, which is not in it\n", printable(file)), kClean);
}

int LedgerCommand::verify() {
  auto ledger = open(ledger::Access::read);
  if (!ledger) return report_error(ledger.error());
  auto problems = (*ledger)->find_damage();
  if (!problems) return report_error(problems.error());
  std::string out = fmt::format("store     {}\n", problems->empty() ? "sound" : "damaged");
  const auto evidence = (*ledger)->verify_evidence();
  if (!evidence) return report_error(evidence.error());
  for (const auto& error : evidence->altered) problems->push_back(error.message());
  out += fmt::format("evidence  {} as recorded, {} without a body to read\n", plural(evidence->compared, "record"),
                     evidence->unread);
  const auto audit = (*ledger)->read([](ledger::Work& work) { return ledger::verify_audit(work); });
  if (!audit) return report_error(audit.error());
  if (audit->broken_at) problems->push_back(fmt::format("audit entry {}: {}", *audit->broken_at, audit->reason));
  out += fmt::format("audit     {}{}\n", plural(static_cast<std::uint64_t>(audit->entries), "entry", "entries"),
                     audit->head.empty() ? "" : ", the last one's hash is " + audit->head);
  for (const auto& problem : *problems) out += fmt::format("  {}\n", problem);
  return print(out, problems->empty() ? kClean : kFindings);
}

int LedgerCommand::rotate_key() {
  const auto text = read_secret_file(new_key_file, "--new-key-file");
  if (!text) return report_error(text.error());
  const auto key = evidence_key(*text, "--new-key-file");
  if (!key) return report_error(key.error());
  auto ledger = open(ledger::Access::write);
  if (!ledger) return report_error(ledger.error());
  const auto wrapped = (*ledger)->rewrap_evidence(*key);
  if (!wrapped) return report_error(wrapped.error());
  return print(fmt::format("re-wrapped the keys of {}; start every assay with the new key, run this once more with the "
                           "old one if any ran meanwhile, and keep the old key for your backups\n",
                           plural(*wrapped, "evidence record")),
               kClean);
}

}  // namespace

void add_ledger(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("ledger", "Back up and verify a ledger, and change its evidence key");
  command->require_subcommand(1);
  auto state = std::make_shared<LedgerCommand>();
  const auto with_ledger = [&](CLI::App* sub) {
    sub->add_option("--ledger", state->ledger_url, "The ledger: a SQLite file or postgresql://…")->type_name("URL");
    return sub;
  };
  auto* backup = with_ledger(command->add_subcommand("backup", "Copy a SQLite ledger, which may be in use"));
  backup->add_option("file", state->file, "The new file")->required()->type_name("FILE");
  choose(chosen, backup, [state] { return state->backup(); });
  auto* verify = with_ledger(command->add_subcommand(
      "verify", "Compare everything with its hashes: the store, the evidence and the audit log"));
  choose(chosen, verify, [state] { return state->verify(); });
  auto* rotate = with_ledger(command->add_subcommand("rotate-key", "Protect the evidence with a new key"));
  rotate->add_option("--new-key-file", state->new_key_file, "The new key: 32 bytes as hex or base64")
      ->required()
      ->type_name("FILE");
  choose(chosen, rotate, [state] { return state->rotate_key(); });
}

}  // namespace assay::cli
