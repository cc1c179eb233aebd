#include "scan/secret_trials.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/url.h"
#include "model/evidence.h"
#include "model/exchange.h"
#include "net/http/client.h"
#include "scan/scan.h"
#include "scan/secret_context.h"

namespace assay::scan {

namespace {

constexpr std::size_t kMaxSecret = 8U << 10U;           // longer ones are keys, which no provider is asked about
constexpr std::size_t kMaxKept = 10'000;                // secrets that wait to be tried
constexpr std::uint64_t kMaxTrialBytes = 16ULL << 20U;  // received, of all trials of a scan
constexpr std::size_t kMaxAnswer = 64U << 10U;          // only the status is read
constexpr std::string_view kSecret = "{{secret}}";
constexpr std::string_view kCompanion = "{{companion}}";

constexpr std::string_view kValid = "valid";
constexpr std::string_view kInvalid = "invalid";
constexpr std::string_view kUnknown = "unknown";

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

std::string filled(const std::string& text, const std::string& secret, const std::string& companion) {
  return replace_all(replace_all(text, kCompanion, companion), kSecret, secret);
}

// A field's text is "Name: value".
std::vector<HttpField> filled_fields(const std::vector<std::string>& texts, const std::string& secret,
                                     const std::string& companion) {
  std::vector<HttpField> fields;
  for (const auto& text : texts) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) continue;
    fields.push_back({std::string(trim(std::string_view(text).substr(0, colon))),
                      filled(std::string(trim(std::string_view(text).substr(colon + 1))), secret, companion)});
  }
  return fields;
}

bool names(const SecretValidation& how, std::string_view placeholder) {
  const auto has = [&](const std::string& text) { return text.contains(placeholder); };
  return has(how.url) || has(how.body) || std::ranges::any_of(how.fields, has);
}

bool contains(const std::vector<int>& statuses, int status) {
  return std::ranges::find(statuses, status) != statuses.end();
}

Trial trial_of(const SecretValidation& how, const std::string& host, const HttpExchange& exchange) {
  if (exchange.failure)
    return {std::string(kUnknown), fmt::format("{} gave no answer ({})", host, exchange.failure->code)};
  const int status = exchange.response->status;
  const auto said = fmt::format("{} answered {}", host, status);
  if (contains(how.valid, status)) return {std::string(kValid), said};
  if (contains(how.invalid, status)) return {std::string(kInvalid), said};
  return {std::string(kUnknown), said};
}

class Trials {
 public:
  Trials(const Worker& worker, net::ScanContext& scan, SecretTrials& trials, std::function<bool()> stopped)
      : worker_(worker), context_(worker, scan, kMaxTrialBytes), trials_(trials), stopped_(std::move(stopped)) {
    for (const auto& rule : *worker.catalog.secret_rules()) rules_.emplace(rule.id, &rule);
  }

  net::Task<void> run(SecretSweep& sweep) {
    net::http::Client client(worker_.gate, context_.get(), worker_.tls);
    for (auto& sighting : sweep.sightings) {
      if (!sighting.suppressed.empty()) continue;
      auto trial = co_await try_one(client, sighting);
      sighting.validity = trial.validity;
      sighting.reasons.push_back("trial: " + trial.reason);
    }
  }

 private:
  net::Task<Trial> try_one(net::http::Client& client, const SecretSighting& sighting) {
    if (auto known = trials_.outcome(sighting.hash)) co_return std::move(*known);
    const auto at = rules_.find(sighting.rule);
    if (at == rules_.end() || !at->second->validation) co_return unknown("its rule describes no request that tries it");
    const auto& rule = *at->second;
    auto secret = trials_.secret(sighting.hash);
    if (secret.empty()) co_return unknown("it is longer than what is tried");
    if (++tried_ > kMaxTrials) co_return unknown(fmt::format("a scan tries {} secrets", kMaxTrials));
    if (stopped_()) co_return unknown("the scan ended before it was tried");
    std::string companion;
    for (const auto& hash : sighting.companions)
      if (companion.empty()) companion = trials_.secret(hash);
    auto request = trial_request(rule, secret, companion);
    if (!request) co_return unknown(request.error().reason);
    auto sent = http_request(rule, sighting, std::move(*request));
    sent.secrets = {secret};
    if (names(*rule.validation, kCompanion)) sent.secrets.push_back(companion);
    const auto host = sent.url.host;
    wipe(secret);
    const auto hops = co_await client.fetch(std::move(sent));
    auto trial = trial_of(*rule.validation, host, hops.back().exchange);
    trials_.end(sighting.hash, trial);
    co_return trial;
  }

  static Trial unknown(std::string reason) { return {std::string(kUnknown), std::move(reason)}; }

  static net::http::Request http_request(const SecretRule& rule, const SecretSighting& sighting, TrialRequest from) {
    constexpr std::size_t kHashShown = 16;
    net::http::Request request;
    request.method = std::move(from.method);
    request.url = std::move(from.url);
    request.fields = std::move(from.fields);
    request.body = std::move(from.body);
    request.link = fmt::format("validate:{}:{}", rule.id, sighting.hash.substr(0, kHashShown));
    request.evidence_kind = kind::kHttpOrigin;
    request.subject = request.url.origin();
    request.purpose = kTrialPurpose;
    request.require_trust = true;
    request.max_body = kMaxAnswer;
    return request;
  }

  const Worker& worker_;
  UnrecordedContext context_;
  SecretTrials& trials_;
  std::function<bool()> stopped_;
  std::map<std::string, const SecretRule*, std::less<>> rules_;
  std::size_t tried_ = 0;
};

}  // namespace

SecretTrials::~SecretTrials() {
  for (auto& [hash, secret] : secrets_) wipe(secret);
}

void SecretTrials::take(const std::string& hash, std::string_view secret) {
  const std::scoped_lock lock(mutex_);
  if (secret.size() > kMaxSecret || secrets_.size() >= kMaxKept || outcomes_.contains(hash)) return;
  secrets_.try_emplace(hash, secret);
}

std::string SecretTrials::secret(const std::string& hash) const {
  const std::scoped_lock lock(mutex_);
  const auto at = secrets_.find(hash);
  return at == secrets_.end() ? std::string() : at->second;
}

std::optional<Trial> SecretTrials::outcome(const std::string& hash) const {
  const std::scoped_lock lock(mutex_);
  const auto at = outcomes_.find(hash);
  return at == outcomes_.end() ? std::nullopt : std::optional(at->second);
}

void SecretTrials::end(const std::string& hash, Trial trial) {
  const std::scoped_lock lock(mutex_);
  outcomes_.insert_or_assign(hash, std::move(trial));
  const auto at = secrets_.find(hash);
  if (at == secrets_.end()) return;
  wipe(at->second);
  secrets_.erase(at);
}

Result<TrialRequest> trial_request(const SecretRule& rule, const std::string& secret, const std::string& companion) {
  const auto unfit = [&](std::string reason) { return fail(ErrorCode::invalid_input, rule.id, std::move(reason)); };
  if (!rule.validation) return unfit("its rule describes no request that tries it");
  const auto& how = *rule.validation;
  if (companion.empty() && names(how, kCompanion)) return unfit("what it is used with was not found");
  const auto plain = parse_url(filled(how.url, "x", "x"));
  auto url = parse_url(filled(how.url, percent_encode(secret), percent_encode(companion)));
  if (!plain || !url || plain->scheme != "https" || url->has_userinfo || url->origin() != plain->origin())
    return unfit("it does not fit into its provider's URL");
  TrialRequest request;
  request.method = how.method;
  request.url = std::move(*url);
  request.fields = filled_fields(how.fields, secret, companion);
  request.body = filled(how.body, percent_encode(secret), percent_encode(companion));
  return request;
}

net::Task<void> try_secrets(const Worker& worker, net::ScanContext& scan, SecretTrials& trials, SecretSweep& sweep,
                            std::function<bool()> stopped) {
  Trials all(worker, scan, trials, std::move(stopped));
  co_await all.run(sweep);
}

}  // namespace assay::scan
