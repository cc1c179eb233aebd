// A marketplace of a given size in a ledger: how long its lists and pages take, and how many scans a second are
// recorded. Prints one JSON object a line.
//
//   bench_ledger URL APPS FINDINGS_PER_APP SCANS THREADS
//
// URL names an empty store (it is filled first) or one that an earlier run has filled. Of the findings a seventh is
// open and has a live ticket, a seventh suspected or gone, the others are fixed with a closed ticket.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "ledger/apps.h"
#include "ledger/database.h"
#include "ledger/findings.h"
#include "ledger/posture.h"
#include "ledger/statement.h"

namespace {

using namespace assay;
using namespace assay::ledger;
using Clock = std::chrono::steady_clock;

constexpr std::array kRequirements = {"hsts",        "tls-version",  "tls-cipher",  "certificate",   "csp",
                                      "frame-guard", "cookie-flags", "cache-pages", "authn-missing", "authz-missing",
                                      "domain-held", "dns-dangling", "bucket-open", "trace-off",     "referrer"};
constexpr std::array kStates = {"open", "fixed", "fixed", "suspected", "fixed", "fixed", "gone"};
constexpr std::size_t kBatch = 500;  // apps at once

double milliseconds(Clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

template <class T>
T must(Result<T> result) {
  if (result) {
    if constexpr (std::is_void_v<T>) {
      return;
    } else {
      return std::move(*result);
    }
  }
  fmt::print(stderr, "{}\n", result.error().message());
  std::exit(1);
}

std::string key_of(std::size_t app) {
  return fmt::format("com.example{}.app{}", app % 977, app);
}

Finding finding_of(std::size_t app, std::size_t n) {
  Finding f;
  f.requirement = kRequirements.at((app + n) % kRequirements.size());
  f.subject = fmt::format("https://app{}.example/", app);
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

void fill_apps(Ledger& ledger, std::size_t apps) {
  const auto begin = Clock::now();
  for (std::size_t at = 0; at < apps; at += 10'000) {
    std::vector<AppRow> rows;
    for (std::size_t i = at; i < std::min(at + 10'000, apps); ++i)
      rows.push_back({.line = i + 2,
                      .key = key_of(i),
                      .name = fmt::format("App number {}", i),
                      .kind = i % 3 == 0 ? "forge" : "connect",
                      .target = fmt::format("https://app{}.example/atlassian-connect.json", i),
                      .organisation = fmt::format("Organisation {}", i % 3000),
                      .contacts = {{fmt::format("security{}@example.com", i), ""}}});
    must(ledger.write([&](Work& work) { return import_apps(work, rows); }));
  }
  fmt::print("{{\"step\":\"import\",\"apps\":{},\"apps_per_s\":{:.0f}}}\n", apps,
             1000.0 * static_cast<double>(apps) / milliseconds(Clock::now() - begin));
}

// Rows as a year of scans would leave them, written around the ledger: recording millions of scans takes hours.
struct Rows {
  Json findings = Json::array(), tickets = Json::array();

  void add(std::size_t app, std::size_t n, long long now_ms) {
    const Finding f = finding_of(app, n);
    const std::string state = kStates.at((app + 3 * n) % kStates.size());
    const long long age = static_cast<long long>((app * 31 + n * 17) % 365) * 86'400'000LL;
    const bool closed = state == "fixed" || state == "gone";
    findings.push_back({{"app_key", key_of(app)},
                        {"fingerprint", f.fingerprint},
                        {"requirement", f.requirement},
                        {"subject", f.subject},
                        {"severity", to_string(f.severity)},
                        {"severity_rank", static_cast<int>(f.severity)},
                        {"state", state},
                        {"first_seen_ms", now_ms - age - 1'000'000'000},
                        {"last_seen_ms", closed ? now_ms - age : now_ms - 3'600'000},
                        {"opened_ms", state == "suspected" ? Json() : Json(now_ms - age - 900'000'000)},
                        {"closed_ms", closed ? Json(now_ms - age) : Json()},
                        {"kind", app % 3 == 0 ? "forge" : "connect"},
                        {"reopened", 0},
                        {"body", dump_json(to_json(f))}});
    if (state == "suspected") return;
    tickets.push_back({{"app_key", key_of(app)},
                       {"fingerprint", f.fingerprint},
                       {"kind", app % 3 == 0 ? "forge" : "connect"},
                       {"requirement", f.requirement},
                       {"subject", f.subject},
                       {"title", f.title},
                       {"severity", to_string(f.severity)},
                       {"severity_rank", static_cast<int>(f.severity)},
                       {"state", closed ? (state == "gone" ? "gone" : "patched") : "needs-patch"},
                       {"live", closed ? 0 : 1},
                       {"opened_ms", now_ms - age - 900'000'000},
                       {"due_ms", now_ms - age + 6'000'000'000},
                       {"policy_version", 1},
                       {"state_since_ms", now_ms - age},
                       {"closed_ms", closed ? Json(now_ms - age) : Json()}});
  }
};

constexpr std::array kFindingColumns = {
    Column{"app_key", ColumnType::text},         Column{"fingerprint", ColumnType::text},
    Column{"requirement", ColumnType::text},     Column{"subject", ColumnType::text},
    Column{"severity", ColumnType::text},        Column{"severity_rank", ColumnType::integer},
    Column{"state", ColumnType::text},           Column{"first_seen_ms", ColumnType::integer},
    Column{"last_seen_ms", ColumnType::integer}, Column{"opened_ms", ColumnType::integer},
    Column{"closed_ms", ColumnType::integer},    Column{"kind", ColumnType::text},
    Column{"reopened", ColumnType::integer},     Column{"body", ColumnType::text}};
constexpr std::array kTicketColumns = {Column{"app_key", ColumnType::text},
                                       Column{"fingerprint", ColumnType::text},
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
                                       Column{"closed_ms", ColumnType::integer}};

void fill_findings(Database& database, std::size_t apps, std::size_t per_app) {
  const auto begin = Clock::now();
  const long long now_ms = milliseconds_of(now());
  for (std::size_t at = 0; at < apps; at += kBatch) {
    Rows rows;
    for (std::size_t app = at; app < std::min(at + kBatch, apps); ++app)
      for (std::size_t n = 0; n < per_app; ++n) rows.add(app, n, now_ms);
    must(database.transact([&](soci::session& sql) -> Result<void> {
      run_rows(sql, database.dialect().insert_rows("findings", kFindingColumns), rows.findings);
      run_rows(sql, database.dialect().insert_rows("tickets", kTicketColumns), rows.tickets);
      return {};
    }));
  }
  must(database.transact([&](soci::session& sql) -> Result<void> {
    for (const auto* table : {"findings", "tickets"})
      sql << fmt::format("update {0} set org_id = (select a.org_id from apps a where a.app_key = {0}.app_key)", table);
    for (const auto& [column, rank] : {std::pair("critical", 4), {"high", 3}, {"medium", 2}, {"low", 1}})
      sql << fmt::format(
          "update apps set open_{} = (select count(*) from findings f where f.app_key = apps.app_key and "
          "f.state = 'open' and f.severity_rank = {})",
          column, rank);
    return {};
  }));
  must(database.run([&](soci::session& sql) -> Result<void> {
    sql << "analyze";
    return {};
  }));
  fmt::print("{{\"step\":\"fill\",\"findings\":{},\"seconds\":{:.0f}}}\n", apps * per_app,
             milliseconds(Clock::now() - begin) / 1000.0);
}

// Runs `body` with 0, 1, 2, … and prints the spread of its times.
void measure(const std::string& name, int rounds, const std::function<void(std::size_t)>& body) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = Clock::now();
    body(static_cast<std::size_t>(i));
    times.push_back(milliseconds(Clock::now() - begin));
  }
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(rounds - 1))];
  };
  fmt::print("{{\"query\":\"{}\",\"p50_ms\":{:.2f},\"p99_ms\":{:.2f},\"max_ms\":{:.2f}}}\n", name, at(0.5), at(0.99),
             times.back());
  std::fflush(stdout);
}

void measure_queries(Ledger& ledger, std::size_t apps) {
  const auto organisations = must(ledger.read([](Work& w) { return ledger::organisations(w); }));
  const auto scope_of = [&](std::size_t i) { return FilterScope{organisations[i * 37 % organisations.size()].id}; };
  const auto list_a = [&](const std::string& filter, const std::string& sort) {
    measure(fmt::format("apps {} {}", filter, sort), 100, [&](std::size_t) {
      must(ledger.read([&](Work& w) { return list_apps(w, {.filter = filter, .sort = sort}); }));
    });
  };
  for (const auto* sort : {"", "-open", "-last_scan", "name"}) list_a("", sort);
  for (const auto* filter :
       {"critical>0", "state:active kind:forge", "overdue:true", "key:com.example5.*", "app777", "state:retired"})
    list_a(filter, "");
  list_a("organisation:\"Organisation 7\"", "");
  const auto list_f = [&](const std::string& filter, const std::string& sort) {
    measure(fmt::format("findings {} {}", filter, sort), 100, [&](std::size_t) {
      must(ledger.read([&](Work& w) { return list_findings(w, {.filter = filter, .sort = sort}); }));
    });
  };
  for (const auto* sort : {"", "-first_seen", "-last_seen", "-opened", "app"}) list_f("", sort);
  for (const auto* filter : {"state:open", "state:open severity:critical,high", "requirement:hsts state:open",
                             "state:suspected kind:forge", "app777", "hsts", "subject:none", "opened>-7d"})
    list_f(filter, "");
  list_f("state:open", "-first_seen");
  measure("findings of an organisation", 200, [&](std::size_t i) {
    must(ledger.read([&](Work& w) { return list_findings(w, {.filter = "state:open"}, scope_of(i)); }));
  });
  measure("facet state of findings", 50,
          [&](std::size_t) { must(ledger.read([&](Work& w) { return finding_facet(w, "", {}, "state"); })); });
  measure("app page", 200, [&](std::size_t i) {
    const std::string key = key_of(i * 7919 % apps);
    must(ledger.read([&](Work& w) -> Result<void> {
      must(get_app(w, key));
      must(latest_verdicts(w, key));
      must(releases_of(w, key));
      must(list_findings(w, {.filter = "app:\"" + key + "\""}));
      must(list_scans(w, {.filter = "app:\"" + key + "\""}));
      return {};
    }));
  });
  measure("posture", 20, [&](std::size_t) { must(ledger.read([](Work& w) { return take_posture(w); })); });
  measure("posture of an organisation", 100,
          [&](std::size_t i) { must(ledger.read([&](Work& w) { return take_posture(w, scope_of(i)); })); });
}

// One night's scan of an app: 45 verdicts, the open findings again, 20 records of evidence.
ScanRecord scan_of(std::size_t app, std::size_t per_app) {
  ScanRecord r;
  r.id = fmt::format("bench-{}-{}", app, milliseconds_of(now()));
  r.app = {.key = key_of(app),
           .name = fmt::format("App number {}", app),
           .kind = app % 3 == 0 ? "forge" : "connect",
           .target = fmt::format("https://app{}.example/atlassian-connect.json", app),
           .owner = "",
           .added = now()};
  r.release = fmt::format("sha256:{}", app);
  r.started = r.finished = now();
  for (std::size_t n = 0; n < 45; ++n) {
    Verdict v;
    v.requirement = n < kRequirements.size() ? kRequirements.at(n) : fmt::format("requirement-{}", n);
    v.subject = fmt::format("https://app{}.example/", app);
    v.outcome = Outcome::inconclusive;
    v.reason = "The server did not answer before the deadline.";
    v.reason_code = "timeout";
    r.verdicts.push_back(std::move(v));
  }
  for (std::size_t n = 0; n < per_app; ++n) {
    if (std::string_view(kStates.at((app + 3 * n) % kStates.size())) != "open") continue;
    auto f = finding_of(app, n);
    auto& v = r.verdicts[(app + n) % kRequirements.size()];
    v.outcome = Outcome::fail;
    v.findings.push_back(std::move(f));
  }
  for (int n = 0; n < 20; ++n)
    r.evidence.push_back(make_evidence(kind::kTlsHandshake, r.app.key, r.started, "bench",
                                       Json{{"n", n}, {"text", std::string(1500, static_cast<char>('a' + n))}}));
  return r;
}

void measure_recording(Ledger& ledger, std::size_t apps, std::size_t per_app, std::size_t scans, std::size_t threads) {
  std::vector<ScanRecord> records;
  for (std::size_t i = 0; i < scans; ++i) records.push_back(scan_of(i * 7919 % apps, per_app));
  std::atomic<std::size_t> next = 0;
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t)
      workers.emplace_back([&] {
        for (std::size_t i = next++; i < records.size(); i = next++) must(ledger.record_scan(records[i]));
      });
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{{\"step\":\"record\",\"scans\":{},\"threads\":{},\"scans_per_s\":{:.0f},\"max_rss_mb\":{}}}\n", scans,
             threads, 1000.0 * static_cast<double>(scans) / milliseconds(Clock::now() - begin), usage.ru_maxrss / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr, "usage: bench_ledger URL APPS FINDINGS_PER_APP SCANS THREADS\n");
    return 2;
  }
  const std::string url = argv[1];
  const auto number = [&](int at) { return static_cast<std::size_t>(std::stoul(argv[at])); };
  const std::size_t apps = number(2), per_app = number(3);
  auto ledger = must(Ledger::open(url, std::nullopt));
  if (must(ledger->read([](Work& w) { return list_apps(w, {.limit = 1}); })).items.empty()) {
    fill_apps(*ledger, apps);
    auto database = must(Database::connect(url));
    fill_findings(*database, apps, per_app);
  }
  measure_queries(*ledger, apps);
  measure_recording(*ledger, apps, per_app, number(4), number(5));
  return 0;
}
