#pragma once

// What `assay scan` can be told about secrets, directories, archives and what is staged.

#include <CLI/CLI.hpp>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/scan_record.h"
#include "scan/settings.h"
#include "scan/target.h"

namespace assay::cli {

// Secrets in the clear, for --reveal: kept in memory until they are printed on a terminal, then wiped. Thread-safe.
class RevealedSecrets {
 public:
  RevealedSecrets() = default;
  ~RevealedSecrets();
  RevealedSecrets(const RevealedSecrets&) = delete;
  RevealedSecrets& operator=(const RevealedSecrets&) = delete;

  void take(const std::string& hash, std::string_view secret);
  // One line a secret that `records` have findings about: rule, first place, and the secret.
  std::string text(const std::vector<ScanRecord>& records) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> secrets_;  // by keyed hash
};

struct SourceOptions {
  bool staged = false;
  bool no_history = false;
  bool is_public = false;
  bool no_inline_ignore = false;
  bool reveal = false;
  bool validate_secrets = false;
  std::string key;
  std::string cache;
  bool no_cache = false;

  void add_to(CLI::App& command);
  // Errors: --reveal without a terminal. Call before anything is scanned.
  Result<void> check() const;
  // `suppressed`: whether to tell also what the engine suppresses. `revealed` must outlive the scan.
  void apply(scan::SecretSettings& settings, bool suppressed, RevealedSecrets& revealed) const;
  // The targets as these options have them: --staged makes them repositories ("." when none is named), --key names the
  // only one. Errors: they do not go with the targets.
  Result<void> apply(std::vector<scan::Target>& targets) const;
};

}  // namespace assay::cli
