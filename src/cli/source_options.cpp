#include "cli/source_options.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "model/evidence_view.h"

namespace assay::cli {

namespace {

// Of what a finding is not about, no more than a line is of use.
constexpr std::size_t kMostShown = 8192;

}  // namespace

RevealedSecrets::~RevealedSecrets() {
  for (auto& [hash, secret] : secrets_) OPENSSL_cleanse(secret.data(), secret.size());
}

void RevealedSecrets::take(const std::string& hash, std::string_view secret) {
  const std::scoped_lock lock(mutex_);
  secrets_.try_emplace(hash, secret.substr(0, kMostShown));
}

std::string RevealedSecrets::text(const std::vector<ScanRecord>& records) const {
  const std::scoped_lock lock(mutex_);
  std::string out;
  for (const auto& record : records) {
    const EvidenceSet evidence(record.evidence);
    for (const auto& sweep : evidence.sweeps()) {
      for (const auto& s : sweep.value.sightings) {
        const auto found = secrets_.find(s.hash);
        if (found == secrets_.end() || !s.suppressed.empty() || s.places.empty()) continue;
        const auto& place = s.places.front();
        out += fmt::format("{}  {}:{}\n", s.rule, printable(place.path), place.line);
        for (const auto line : split(found->second, '\n')) out += "    " + printable(line) + "\n";
      }
    }
  }
  return out;
}

void SourceOptions::add_to(CLI::App& command) {
  command.add_flag("--staged", staged,
                   "Search what is staged in the git repository TARGET (default: .) for secrets; for pre-commit hooks");
  command.add_option("--key", key, "The key of the app, for a single directory or archive (default: its name)")
      ->type_name("KEY");
  command.add_flag("--no-history", no_history, "Search a directory without the history of its git repository");
  command.add_flag("--public", is_public, "Everybody can read the source: secrets in it are one step more severe");
  command.add_flag("--no-inline-ignore", no_inline_ignore,
                   "Do not heed what the source says of itself: comments \"assay:ignore REASON\" beside secrets, and a "
                   ".assayignore at its top");
  command.add_flag("--validate-secrets", validate_secrets,
                   "Try each secret that is found at its provider, with one read-only request");
  auto* place = command.add_option("--cache", cache,
                                   "Remember in DIR which files and versions held no secret, and do not search them "
                                   "again (default: $XDG_CACHE_HOME/assay)");
  place->type_name("DIR");
  command.add_flag("--no-cache", no_cache, "Search everything again, and remember nothing")->excludes(place);
  command.add_flag("--reveal", reveal, "Print the secrets that were found in the clear, on a terminal only");
}

Result<void> SourceOptions::check() const {
  if (reveal && ::isatty(STDOUT_FILENO) == 0)
    return fail(ErrorCode::invalid_input, "--reveal", "prints secrets, and standard output is no terminal",
                "look at the places that the report names");
  return {};
}

void SourceOptions::apply(scan::SecretSettings& settings, bool suppressed, RevealedSecrets& revealed) const {
  settings.suppressed = suppressed;
  settings.history = !no_history;
  settings.published = is_public;
  settings.heed_ignores = !no_inline_ignore;
  settings.validate = validate_secrets;
  if (!no_cache) settings.cache = cache.empty() ? scan::default_search_cache() : cache;
  settings.warn = [](const Error& error) { report_warning(error.message()); };
  if (reveal)
    settings.reveal = [&revealed](const std::string& hash, std::string_view secret) { revealed.take(hash, secret); };
}

Result<void> SourceOptions::apply(std::vector<scan::Target>& targets) const {
  if (staged) {
    if (targets.empty()) targets.push_back({".", scan::TargetForm::directory, "source", {}});
    for (auto& target : targets) {
      if (target.form != scan::TargetForm::directory)
        return fail(ErrorCode::invalid_input, "--staged", printable(target.text) + " is no directory",
                    "name the top of a git work tree");
      target.form = scan::TargetForm::staged;
    }
  }
  if (key.empty()) return {};
  if (targets.size() != 1 || !scan::is_source(targets.front().form))
    return fail(ErrorCode::invalid_input, "--key", "names one app that is a directory or an archive",
                "scan it alone, or leave --key out");
  targets.front().key = key;
  return {};
}

}  // namespace assay::cli
