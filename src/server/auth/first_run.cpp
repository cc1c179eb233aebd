#include "server/auth/first_run.h"

#include <algorithm>

#include "base/bytes.h"
#include "ledger/people.h"
#include "server/auth/forgery.h"

namespace assay::server::auth {

namespace {
constexpr std::string_view kSubject = "first-run";
}

FirstRun::FirstRun() : key_(to_base64url(random_bytes(32))), made_(std::chrono::steady_clock::now()) {}

Result<std::unique_ptr<FirstRun>> FirstRun::prepare(ledger::Ledger& ledger) {
  const auto people = ledger.read([](ledger::Work& work) { return ledger::people(work); });
  if (!people) return std::unexpected(people.error());
  const bool others =
      std::ranges::any_of(*people, [](const ledger::Person& person) { return person.issuer != ledger::kLocalIssuer; });
  return others ? nullptr : std::make_unique<FirstRun>();
}

bool FirstRun::redeem(std::string_view key, std::chrono::steady_clock::time_point at) {
  const std::lock_guard lock(mutex_);
  if (used_ || at - made_ >= kFirstRunTime || !same_secret(key, key_)) return false;
  used_ = true;
  return true;
}

Result<ledger::Person> local_admin(ledger::Work& work) {
  auto people = ledger::people(work);
  if (!people) return std::unexpected(people.error());
  for (auto& person : *people) {
    if (person.issuer == ledger::kLocalIssuer && person.subject == kSubject) return std::move(person);
  }
  return ledger::add_person(work, {.issuer = std::string(ledger::kLocalIssuer),
                                   .subject = std::string(kSubject),
                                   .email = "admin@localhost",
                                   .name = "Local administrator",
                                   .role = ledger::Role::admin});
}

}  // namespace assay::server::auth
