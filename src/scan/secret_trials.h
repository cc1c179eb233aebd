#pragma once

// Whether secrets that were found still work (--validate-secrets): each is tried once, by the one read-only request
// that its rule describes, at the provider that the rule names.

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/url.h"
#include "model/exchange.h"
#include "model/secret.h"
#include "model/secret_rule.h"
#include "net/gate.h"
#include "net/task.h"
#include "source/core_dumps.h"

namespace assay::scan {

struct Worker;

// Why a provider is asked, as the request log names it.
inline constexpr std::string_view kTrialPurpose = "secret-trial";

// The most secrets that one scan tries; the others stay unknown.
inline constexpr std::size_t kMaxTrials = 200;

// What came of a secret.
struct Trial {
  std::string validity;  // SecretSighting::validity
  std::string reason;    // what the provider answered, or why it was not asked; becomes one of SecretSighting::reasons
};

// The secrets of a run that can be tried, in the clear, until they have been; wiped then, or with this object. For all
// scans of a process; thread-safe.
class SecretTrials {
 public:
  SecretTrials() = default;
  ~SecretTrials();
  SecretTrials(const SecretTrials&) = delete;
  SecretTrials& operator=(const SecretTrials&) = delete;

  // Keeps `secret`, whose keyed hash is `hash`, unless it was tried or is too long for a request.
  void take(const std::string& hash, std::string_view secret);
  // "" when it was not taken.
  std::string secret(const std::string& hash) const;
  std::optional<Trial> outcome(const std::string& hash) const;
  // Remembers what came of it and wipes it.
  void end(const std::string& hash, Trial trial);

 private:
  source::CoreDumpsOff core_dumps_off_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> secrets_;  // by keyed hash
  std::map<std::string, Trial> outcomes_;
};

// The request that tries a secret. Errors: the rule describes none, or the secret does not fit into it: it would choose
// the host, break the message, or its companion is not there. Pure.
struct TrialRequest {
  std::string method;
  Url url;
  std::vector<HttpField> fields;
  std::string body;
};
Result<TrialRequest> trial_request(const SecretRule& rule, const std::string& secret, const std::string& companion);

// Tries what `sweep` found, one after the other, and fills validity, with the reason among the reasons; what is
// suppressed is not tried. Through the gate, with its guard, rate and pauses, booked on "validate:RULE:HASH"; over
// https with a certificate that verifies, without following redirects. A status that the rule does not name, 429 and
// 5xx among them, says nothing. `stopped` is asked between requests. Secrets reach no log and no evidence. All
// references must outlive the task.
net::Task<void> try_secrets(const Worker& worker, net::ScanContext& scan, SecretTrials& trials, SecretSweep& sweep,
                            std::function<bool()> stopped);

}  // namespace assay::scan
