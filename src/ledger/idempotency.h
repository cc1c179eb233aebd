#pragma once

// Answers that are kept so that a request which is sent twice has its effect once (the Idempotency-Key header).

#include <chrono>
#include <optional>
#include <string>

#include "base/error.h"
#include "ledger/work.h"

namespace assay::ledger {

// How long an answer is kept.
inline constexpr std::chrono::hours kIdempotencyTime{24};

struct KeptAnswer {
  std::string request_hash;  // of what was asked
  int status = 200;
  std::string body;
};

// The answer that `actor` got under `key`, unless it is older than kIdempotencyTime.
Result<std::optional<KeptAnswer>> find_answer(Work& work, const std::string& actor, const std::string& key);

// Keeps an answer in place of one that is too old. Error conflict: there is one already, stored by another request
// that ran at the same time.
Result<void> keep_answer(Work& work, const std::string& actor, const std::string& key, const KeptAnswer& answer);

// Removes answers older than kIdempotencyTime; gives their number. For the daily house-keeping.
Result<long long> forget_answers(Work& work);

}  // namespace assay::ledger
