#pragma once

// The rows of a marketplace as a year of scans would leave them. They are written around the product's recording, which
// would take hours for millions of findings; check_rows() proves that they are what it writes.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/json.h"
#include "ledger/dialect.h"
#include "ledger/statement.h"
#include "model/verdict.h"

namespace assay::bench {

using ledger::Column;
using ledger::ColumnType;

constexpr std::array kRequirements = {"hsts",        "tls-version",  "tls-cipher",  "certificate",   "csp",
                                      "frame-guard", "cookie-flags", "cache-pages", "authn-missing", "authz-missing",
                                      "domain-held", "dns-dangling", "bucket-open", "trace-off",     "referrer"};
// A seventh is open with a live ticket, the others are suspected, fixed and gone.
constexpr std::array<std::string_view, 7> kStates = {"open", "fixed", "fixed", "suspected", "fixed", "fixed", "gone"};
constexpr int kPolicyVersion = 1;
constexpr long long kDayMs = 86'400'000;

inline std::string key_of(std::size_t app) {
  return fmt::format("com.example{}.app{}", app % 977, app);
}
inline std::string kind_of(std::size_t app) {
  return app % 3 == 0 ? "forge" : "connect";
}
inline std::string subject_of(std::size_t app) {
  return fmt::format("https://app{}.example/", app);
}
inline std::string organisation_of(std::size_t app) {
  return fmt::format("Organisation {}", app % 3000);
}
inline std::string_view state_of(std::size_t app, std::size_t n) {
  return kStates.at((app + 3 * n) % kStates.size());
}

// Finding `n` of an app.
inline Finding finding_of(std::size_t app, std::size_t n) {
  Finding f;
  f.requirement = kRequirements.at((app + n) % kRequirements.size());
  f.subject = subject_of(app);
  f.locator = fmt::format("/path/{}", n);
  f.title = "The response does not carry the header that the requirement asks for";
  f.proof = "GET / gave 200 without the header; seen in the answer of the front page and of two more pages of the app";
  f.remediation = "Send the header with every response, also with redirects and errors.";
  f.severity = static_cast<Severity>(1 + (app * 7 + n) % 4);
  f.cvss = {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N", 6.5};
  f.evidence = {"ev-9c56cc51b374c3ba189210d5b6d4bf57"};
  f.fingerprint = fingerprint_of(f.requirement, f.subject, f.locator);
  return f;
}

// Every column of `findings`, and of `tickets` without the id that the store gives.
constexpr std::array kFindingColumns = {Column{"app_key", ColumnType::text},
                                        Column{"fingerprint", ColumnType::text},
                                        Column{"requirement", ColumnType::text},
                                        Column{"subject", ColumnType::text},
                                        Column{"severity", ColumnType::text},
                                        Column{"severity_rank", ColumnType::integer},
                                        Column{"state", ColumnType::text},
                                        Column{"first_seen_ms", ColumnType::integer},
                                        Column{"last_seen_ms", ColumnType::integer},
                                        Column{"opened_ms", ColumnType::integer},
                                        Column{"closed_ms", ColumnType::integer},
                                        Column{"look_ms", ColumnType::integer},
                                        Column{"reopened", ColumnType::integer},
                                        Column{"fails_in_row", ColumnType::integer},
                                        Column{"passes_in_row", ColumnType::integer},
                                        Column{"org_id", ColumnType::text},
                                        Column{"kind", ColumnType::text},
                                        Column{"disposition", ColumnType::text},
                                        Column{"body", ColumnType::text}};
constexpr std::array kTicketColumns = {Column{"app_key", ColumnType::text},
                                       Column{"fingerprint", ColumnType::text},
                                       Column{"org_id", ColumnType::text},
                                       Column{"kind", ColumnType::text},
                                       Column{"requirement", ColumnType::text},
                                       Column{"subject", ColumnType::text},
                                       Column{"title", ColumnType::text},
                                       Column{"severity", ColumnType::text},
                                       Column{"severity_rank", ColumnType::integer},
                                       Column{"state", ColumnType::text},
                                       Column{"live", ColumnType::integer},
                                       Column{"opened_ms", ColumnType::integer},
                                       Column{"due_ms", ColumnType::integer},
                                       Column{"policy_version", ColumnType::integer},
                                       Column{"state_since_ms", ColumnType::integer},
                                       Column{"closed_ms", ColumnType::integer},
                                       Column{"assignee", ColumnType::text},
                                       Column{"follows", ColumnType::integer},
                                       Column{"reopened", ColumnType::integer},
                                       Column{"escalated", ColumnType::integer},
                                       Column{"version", ColumnType::integer}};

// Seen for the first time up to a year ago; what is closed was closed since.
struct Ages {
  Ages(std::size_t app, std::size_t n, long long now_ms)
      : first(now_ms - static_cast<long long>(1 + (app * 31 + n * 17) % 365) * kDayMs),
        last(now_ms - 3'600'000),
        closed(first + (now_ms - first) / (1 + static_cast<long long>((app + n) % 5))) {}
  long long first, last, closed;
};

inline Json finding_row(std::size_t app, std::size_t n, const std::string& org, long long now_ms) {
  const Finding f = finding_of(app, n);
  const std::string_view state = state_of(app, n);
  const Ages ages(app, n, now_ms);
  const bool closed = state == "fixed" || state == "gone", suspected = state == "suspected";
  return {{"app_key", key_of(app)},
          {"fingerprint", f.fingerprint},
          {"requirement", f.requirement},
          {"subject", f.subject},
          {"severity", to_string(f.severity)},
          {"severity_rank", static_cast<int>(f.severity)},
          {"state", state},
          {"first_seen_ms", ages.first},
          {"last_seen_ms", closed ? ages.closed - 2 * kDayMs : ages.last},
          {"opened_ms", suspected ? Json() : Json(ages.first + 3'600'000)},
          {"closed_ms", closed ? Json(ages.closed) : Json()},
          {"look_ms", closed ? ages.closed : ages.last},
          {"reopened", 0},
          {"fails_in_row", closed      ? 0
                           : suspected ? 1
                                       : 2},
          {"passes_in_row", state == "fixed" ? 2 : 0},
          {"org_id", org},
          {"kind", kind_of(app)},
          {"disposition", ""},
          {"body", dump_json(to_json(f))}};
}

// The ticket of a finding that has opened.
inline Json ticket_row(std::size_t app, std::size_t n, const std::string& org, long long now_ms) {
  constexpr std::array kDays = {175, 175, 56, 42, 28};  // by severity
  const Finding f = finding_of(app, n);
  const std::string_view state = state_of(app, n);
  const Ages ages(app, n, now_ms);
  const bool closed = state != "open";
  const long long opened = ages.first + 3'600'000;
  return {{"app_key", key_of(app)},
          {"fingerprint", f.fingerprint},
          {"org_id", org},
          {"kind", kind_of(app)},
          {"requirement", f.requirement},
          {"subject", f.subject},
          {"title", f.title},
          {"severity", to_string(f.severity)},
          {"severity_rank", static_cast<int>(f.severity)},
          {"state", closed ? (state == "gone" ? "gone" : "patched") : "needs-patch"},
          {"live", closed ? 0 : 1},
          {"opened_ms", opened},
          {"due_ms", opened + kDays.at(static_cast<std::size_t>(f.severity)) * kDayMs},
          {"policy_version", kPolicyVersion},
          {"state_since_ms", closed ? ages.closed : opened},
          {"closed_ms", closed ? Json(ages.closed) : Json()},
          {"assignee", ""},
          {"follows", Json()},
          {"reopened", 0},
          {"escalated", 0},
          {"version", 1}};
}

}  // namespace assay::bench
