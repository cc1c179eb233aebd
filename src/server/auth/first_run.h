#pragma once

// The link that lets the person at the terminal in, when nobody else can be: for looking at the program, before an
// OpenID provider is configured. Single use, 15 minutes.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "ledger/ledger.h"
#include "ledger/people.h"

namespace assay::server::auth {

inline constexpr std::chrono::minutes kFirstRunTime{15};

class FirstRun {
 public:
  // Null when the ledger knows anybody but the local administrator. Errors: those of the ledger.
  static Result<std::unique_ptr<FirstRun>> prepare(ledger::Ledger& ledger);
  FirstRun();

  // "/auth/first-run?key=…", for the terminal.
  std::string path() const { return "/auth/first-run?key=" + key_; }

  // True once, in time, for the right key. Thread-safe.
  bool redeem(std::string_view key, std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now());

 private:
  const std::string key_;
  const std::chrono::steady_clock::time_point made_;
  std::mutex mutex_;
  bool used_ = false;
};

// The local administrator, added when it is not there.
Result<ledger::Person> local_admin(ledger::Work& work);

}  // namespace assay::server::auth
