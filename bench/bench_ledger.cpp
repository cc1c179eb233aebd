// A marketplace of a given size in a ledger, and how many scans of a night are recorded a second.
// bench/platform_part.py measures what a server answers over it. Prints one JSON object a line.
//
//   bench_ledger fill URL APPS FINDINGS_PER_APP             into an empty store
//   bench_ledger record URL APPS FINDINGS_PER_APP SCANS THREADS
//   bench_ledger pause URL                                  no app is scanned any more
//
// Scans are recorded as a worker of `assay serve` does it: jobs are claimed, and what the scans saw, the end of the
// jobs, request logs, second looks and tickets are written by fleet::Recorder with ticket::Desk, 32 scans to a
// transaction.

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "catalog/catalog.h"
#include "fleet/recorder.h"
#include "ledger/apps.h"
#include "ledger/database.h"
#include "ledger/findings.h"
#include "ledger/jobs.h"
#include "ledger/posture.h"
#include "ledger_rows.h"
#include "ticket/hooks.h"

namespace {

using namespace assay;
using namespace assay::bench;
using namespace assay::ledger;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 500;  // apps at once
constexpr std::size_t kRecordedTogether = 32;
constexpr std::size_t kVerdicts = 45, kEvidence = 20;  // of one scan
// Apps whose rows are written one by one, and which are scanned: a multiple of all that finding_row() counts modulo.
constexpr std::size_t kFirst = 5040;
constexpr std::array kFilled = {"findings", "tickets", "ticket_events", "releases"};

double seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
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

void wrong(const std::string& why) {
  fmt::print(stderr, "bench_ledger: {}\n", why);
  std::exit(1);
}

std::map<std::string, std::string> organisation_ids(Ledger& ledger) {
  std::map<std::string, std::string> ids;
  for (const auto& one : must(ledger.read([](Work& w) { return organisations(w); }))) ids.emplace(one.name, one.id);
  return ids;
}

AppRow app_row(std::size_t app) {
  return {.line = app + 2,
          .key = key_of(app),
          .name = fmt::format("App number {}", app),
          .kind = kind_of(app),
          .target = subject_of(app) + "atlassian-connect.json",
          .organisation = organisation_of(app),
          .contacts = {{fmt::format("security{}@example.com", app), ""}}};
}

void fill_apps(Ledger& ledger, std::size_t apps) {
  const auto begin = Clock::now();
  for (std::size_t at = 0; at < apps; at += 10'000) {
    std::vector<AppRow> rows;
    for (std::size_t i = at; i < std::min(at + 10'000, apps); ++i) rows.push_back(app_row(i));
    must(ledger.write([&](Work& work) { return import_apps(work, rows); }));
  }
  fmt::print("{{\"step\":\"import\",\"apps\":{},\"apps_per_s\":{:.0f}}}\n", apps,
             static_cast<double>(apps) / seconds(Clock::now() - begin));
}

// --- The rows around the product's recording, and the proof that they are what it writes -------------------------

ScanRecord scan_with(std::size_t app, const std::string& id, Time at, Finding finding) {
  ScanRecord r;
  r.id = id;
  const AppRow row = app_row(app);
  r.app = {.key = row.key, .name = row.name, .kind = row.kind, .target = row.target, .owner = "", .added = at};
  r.started = r.finished = at;
  Verdict v{.requirement = finding.requirement, .subject = finding.subject, .outcome = Outcome::fail};
  v.findings.push_back(std::move(finding));
  r.verdicts.push_back(std::move(v));
  return r;
}

template <std::size_t N>
void check_row(Database& database, const std::string& table, const std::array<Column, N>& columns,
               const Json& expected) {
  std::string pairs, text;
  for (const auto& c : columns) pairs += fmt::format("{}'{}', {}", pairs.empty() ? "" : ", ", c.name, c.name);
  long long known = 0;
  must(database.run([&](soci::session& sql) -> Result<void> {
    sql << fmt::format("select json_object({}) from {}", pairs, table), soci::into(text);
    sql << fmt::format("select count(*) from pragma_table_info('{}') where name <> 'ticket_id'", table),
        soci::into(known);
    return {};
  }));
  if (known != static_cast<long long>(N)) wrong(table + " has columns that the bench does not write");
  const Json written = must(parse_json(text, table));
  for (const auto& [name, value] : expected.items()) {
    const Json& real = written.at(name);
    const bool same = name.ends_with("_ms") ? real.is_null() == value.is_null() : real == value;
    if (!same) wrong(fmt::format("{}.{} is {}, the product writes {}", table, name, dump_json(value), dump_json(real)));
  }
}

// An open finding and its ticket, as the product records them.
void check_rows(const catalog::Catalog& catalog) {
  const auto directory = std::filesystem::temp_directory_path() / fmt::format("assay-bench-check-{}", getpid());
  std::filesystem::create_directory(directory);
  const std::string url = "sqlite:" + (directory / "check.db").string();
  const std::size_t app = 7, n = 0;
  {
    auto ledger = must(Ledger::open(url, std::nullopt));
    fill_apps(*ledger, app + 1);
    const ticket::Desk desk(catalog.policy(), ticket::ledger_hooks(""));
    const RecordOptions options{.looks = [](std::string_view) { return LooksNeeded{.open = 2, .close = 2}; },
                                .follow_up = ticket::follow_up_of(desk)};
    for (const auto* id : {"first", "second"}) {
      auto scan = scan_with(app, id, now() + std::chrono::seconds(id[0] == 's' ? 1 : 0), finding_of(app, n));
      must(ledger->record_scan(scan, options));
    }
    const std::string org = organisation_ids(*ledger).at(organisation_of(app));
    auto database = must(Database::connect(url));
    const long long now_ms = milliseconds_of(now());
    check_row(*database, "findings", kFindingColumns, finding_row(app, n, org, now_ms));
    check_row(*database, "tickets", kTicketColumns, ticket_row(app, n, org, now_ms));
  }
  std::filesystem::remove_all(directory);
}

// The indexes of the filled tables that no constraint needs: dropped while rows are written, then made again.
std::map<std::string, std::string> indexes(soci::session& sql, Engine engine) {
  std::string tables;
  for (const auto* table : kFilled) tables += fmt::format("{}'{}'", tables.empty() ? "" : ", ", table);
  const std::string query =
      engine == Engine::sqlite
          ? fmt::format(
                "select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in ({})",
                tables)
          : fmt::format(
                "select indexname, indexdef from pg_indexes where schemaname = current_schema() and tablename in "
                "({}) and indexname not like '%_pkey'",
                tables);
  std::map<std::string, std::string> found;
  std::string name, definition;
  soci::statement rows = (sql.prepare << query, soci::into(name), soci::into(definition));
  rows.execute();
  while (rows.fetch()) found.emplace(name, definition);
  return found;
}

void run_all(Database& database, const std::vector<std::string>& statements) {
  must(database.transact([&](soci::session& sql) -> Result<void> {
    for (const auto& one : statements) sql << one;
    return {};
  }));
}

// What follows from the findings and tickets: the numbers in the apps' rows, the first event of each ticket, requests
// for more time, false positives, releases.
std::vector<std::string> consequences(long long now_ms) {
  std::vector<std::string> all = {
      "insert into ticket_events (ticket_id, ordinal, at_ms, actor, kind, body) "
      "select ticket_id, 1, opened_ms, 'platform', 'opened', '{}' from tickets",
      "insert into extensions (ticket_id, plan, due_ms, state, requested_by, requested_ms) select ticket_id, "
      "'The next release', due_ms + 604800000, 'requested', 'somebody@example.com', opened_ms from tickets "
      "where live = 1 and ticket_id % 200 = 0",
      "update tickets set state = 'extension-requested' where live = 1 and ticket_id % 200 = 0",
      "insert into dispositions (app_key, fingerprint, kind, reason, state, requested_by, requested_ms) "
      "select app_key, fingerprint, 'false-positive', 'It is not so', 'approved', 'a@example.com', opened_ms "
      "from tickets where live = 1 and ticket_id % 100 = 1",
      "update findings set disposition = 'false-positive' where (app_key, fingerprint) in "
      "(select app_key, fingerprint from dispositions)",
      "update tickets set state = 'false-positive', live = 0, closed_ms = opened_ms + 86400000 "
      "where live = 1 and ticket_id % 100 = 1"};
  for (const auto* release : {"sha256:first", "sha256:second"})
    all.push_back(
        fmt::format("insert into releases (app_key, release, first_seen_ms, last_seen_ms) "
                    "select app_key, '{}', {}, {} from apps",
                    release, now_ms - 200 * kDayMs, now_ms - kDayMs));
  return all;
}

const std::string kOpenCounts =
    "with n as (select app_key, sum(case when severity_rank = 4 then 1 else 0 end) as c, "
    "sum(case when severity_rank = 3 then 1 else 0 end) as h, sum(case when severity_rank = 2 then 1 else 0 end) as m, "
    "sum(case when severity_rank <= 1 then 1 else 0 end) as l from findings where state = 'open' and disposition = '' "
    "group by app_key) update apps set open_critical = n.c, open_high = n.h, open_medium = n.m, open_low = n.l "
    "from n where n.app_key = apps.app_key";

// The rows of the first apps, written as recording writes them.
void fill_first(Database& database, const std::map<std::string, std::string>& organisation, std::size_t apps,
                std::size_t per_app, long long now_ms) {
  for (std::size_t at = 0; at < apps; at += kBatch) {
    Json findings = Json::array(), tickets = Json::array();
    for (std::size_t app = at; app < std::min(at + kBatch, apps); ++app) {
      const std::string& org = organisation.at(organisation_of(app));
      for (std::size_t n = 0; n < per_app; ++n) {
        findings.push_back(finding_row(app, n, org, now_ms));
        if (state_of(app, n) != "suspected") tickets.push_back(ticket_row(app, n, org, now_ms));
      }
    }
    must(database.transact([&](soci::session& sql) -> Result<void> {
      run_rows(sql, database.dialect().insert_rows("findings", kFindingColumns), findings);
      run_rows(sql, database.dialect().insert_rows("tickets", kTicketColumns), tickets);
      return {};
    }));
  }
}

template <std::size_t N>
std::string copy_rows(const std::string& table, const std::array<Column, N>& columns) {
  std::string names, values;
  for (const auto& c : columns) {
    const bool named = c.name == "subject" || c.name == "body", moved = c.name == "app_key" || c.name == "org_id";
    names += fmt::format("{}{}", names.empty() ? "" : ", ", c.name);
    values += fmt::format(fmt::runtime(named   ? "{}replace(r.{}, m.model_subject, m.subject)"
                                       : moved ? "{}m.{}"
                                               : "{}r.{}"),
                          values.empty() ? "" : ", ", c.name);
  }
  return fmt::format(
      "insert into {0} ({1}) select {2} from bench_models m join {0} r on r.app_key = m.model_key "
      "order by m.app_key, r.fingerprint",
      table, names, values);
}

// All others have the rows of one of the first: only their own key, subject and organisation.
void fill_others(Database& database, const std::map<std::string, std::string>& organisation, std::size_t first,
                 std::size_t apps) {
  constexpr std::array kColumns = {Column{"app_key", ColumnType::text}, Column{"model_key", ColumnType::text},
                                   Column{"subject", ColumnType::text}, Column{"model_subject", ColumnType::text},
                                   Column{"org_id", ColumnType::text}};
  Json rows = Json::array();
  for (std::size_t app = first; app < apps; ++app)
    rows.push_back({{"app_key", key_of(app)},
                    {"model_key", key_of(app % first)},
                    {"subject", subject_of(app)},
                    {"model_subject", subject_of(app % first)},
                    {"org_id", organisation.at(organisation_of(app))}});
  must(database.transact([&](soci::session& sql) -> Result<void> {
    sql << database.dialect().ddl(
        "create table bench_models (app_key @text, model_key @text, subject @text, model_subject @text, org_id @text)");
    run_rows(sql, database.dialect().insert_rows("bench_models", kColumns), rows);
    sql << copy_rows("findings", kFindingColumns);
    sql << copy_rows("tickets", kTicketColumns);
    sql << "drop table bench_models";
    return {};
  }));
}

void fill_findings(Ledger& ledger, Database& database, std::size_t apps, std::size_t per_app) {
  const auto begin = Clock::now();
  const long long now_ms = milliseconds_of(now());
  const auto organisation = organisation_ids(ledger);
  const auto dropped = must(database.run([&](soci::session& sql) -> Result<std::map<std::string, std::string>> {
    return indexes(sql, database.dialect().engine());
  }));
  std::vector<std::string> drop, create;
  for (const auto& [name, definition] : dropped) {
    // Those by app are needed to copy.
    if (name == "tickets_by_finding") continue;
    drop.push_back("drop index " + name);
    create.push_back(definition);
  }
  run_all(database, drop);
  fill_first(database, organisation, std::min(kFirst, apps), per_app, now_ms);
  if (apps > kFirst) fill_others(database, organisation, kFirst, apps);
  run_all(database, consequences(now_ms));
  run_all(database, {kOpenCounts});
  run_all(database, create);
  run_all(database, {"analyze"});
  fmt::print("{{\"step\":\"fill\",\"findings\":{},\"seconds\":{:.0f}}}\n", apps * per_app,
             seconds(Clock::now() - begin));
}

// Today's figures of everything and of each organisation, as the server takes them every hour; then a quarter of days.
void fill_posture(Ledger& ledger, Database& database) {
  const auto begin = Clock::now();
  const auto stored = must(store_postures(ledger));
  fmt::print("{{\"step\":\"posture\",\"stored\":{},\"seconds\":{:.1f}}}\n", stored, seconds(Clock::now() - begin));
  std::vector<std::string> days;
  for (int back = 1; back <= 90; ++back)
    days.push_back(fmt::format(
        "insert into posture (day, org_id, body) select '{}', org_id, body from posture "
        "where org_id = '' and day = '{}'",
        format_rfc3339(now() - std::chrono::days(back)).substr(0, 10), format_rfc3339(now()).substr(0, 10)));
  run_all(database, days);
}

// --- A night's scans ---------------------------------------------------------------------------------------------

std::string some_text(std::mt19937_64& random, std::size_t size) {
  std::string text;
  while (text.size() < size) text += fmt::format("{:016x} x-header: value; ", random());
  return text;
}

// One night's scan of an app: the open findings again, most else passed. Of a hundred apps two have a finding that is
// new, and of a hundred open findings two pass.
ScanRecord scan_of(std::size_t app, std::size_t per_app, std::size_t number) {
  std::mt19937_64 random(number * 1'000'003 + app);
  ScanRecord r = scan_with(app, fmt::format("bench-{}-{}", number, milliseconds_of(now())), now(), finding_of(app, 0));
  r.verdicts.clear();
  r.release = "sha256:second";
  for (std::size_t n = 0; n < kVerdicts; ++n) {
    Verdict v{.requirement = n < kRequirements.size() ? kRequirements.at(n) : fmt::format("requirement-{}", n),
              .subject = subject_of(app),
              .outcome = n % 10 == 9   ? Outcome::inconclusive
                         : n % 10 >= 5 ? Outcome::not_applicable
                                       : Outcome::pass,
              .reason = "What was seen in the answer of the front page meets the requirement.",
              .reason_code = n % 10 == 9 ? "timeout" : ""};
    r.verdicts.push_back(std::move(v));
  }
  const auto miss = [&](Finding f, std::size_t n) {
    auto& v = r.verdicts[(app + n) % kRequirements.size()];
    v.outcome = Outcome::fail;
    v.findings.push_back(std::move(f));
  };
  for (std::size_t n = 0; n < per_app; ++n)
    if (state_of(app, n) == "open" && random() % 50 != 0) miss(finding_of(app, n), n);
  if (random() % 50 == 0) miss(finding_of(app, per_app + 1), per_app + 1);
  for (std::size_t n = 0; n < kEvidence; ++n)
    r.evidence.push_back(make_evidence(kind::kTlsHandshake, r.app.key, r.started, "bench",
                                       Json{{"n", n}, {"text", some_text(random, 1500)}}));
  return r;
}

void enqueue(Ledger& ledger, std::size_t scanned, std::size_t first, std::size_t count) {
  std::vector<NewJob> jobs;
  for (std::size_t i = first; i < first + count; ++i)
    jobs.push_back({.app_key = key_of(i * 7919 % scanned),
                    .group = "outside-daily",
                    .origin = JobOrigin::scheduled,
                    .only = {},
                    .requested_by = "schedule",
                    .ready = {}});
  must(ledger.write([&](Work& work) { return enqueue_jobs(work, std::move(jobs)); }));
}

// Takes jobs and records their scans until there are no more. Gives how many it has recorded.
std::size_t record_some(Ledger& ledger, const fleet::Recorder& recorder, std::map<std::string, ScanRecord>& scans) {
  const std::string log(400, 'x');
  std::size_t done = 0;
  for (;;) {
    auto claimed = must(ledger.write([&](Work& work) {
      return claim_jobs(work, {.worker = "bench", .count = kRecordedTogether, .scheduled_at_once = 1000});
    }));
    std::vector<fleet::Recorder::Recording> batch;
    for (const auto& one : claimed) batch.push_back({scans.at(one.job.app_key), one.job, log});
    if (batch.empty()) return done;
    for (const auto& recorded : recorder.record_all(batch))
      if (!recorded) wrong(recorded.error().message());
    done += batch.size();
  }
}

void measure_recording(Ledger& ledger, const catalog::Catalog& catalog, std::size_t apps, std::size_t per_app,
                       std::size_t scans, std::size_t threads) {
  constexpr std::size_t kRound = 1000;  // scans that are made at a time; making them is not measured
  const ticket::Desk desk(catalog.policy(), ticket::ledger_hooks(""));
  const fleet::Recorder recorder(catalog, ledger, ticket::follow_up_of(desk));
  const std::size_t scanned = std::min(kFirst, apps);
  double wall = 0, cpu = 0;
  std::atomic<std::size_t> recorded = 0;
  for (std::size_t first = 0; first < scans; first += kRound) {
    const std::size_t count = std::min(kRound, scans - first);
    std::map<std::string, ScanRecord> made;
    for (std::size_t i = first; i < first + count; ++i)
      made.emplace(key_of(i * 7919 % scanned), scan_of(i * 7919 % scanned, per_app, i));
    enqueue(ledger, scanned, first, count);
    const auto begin = Clock::now();
    const auto before = std::clock();
    {
      std::vector<std::jthread> workers;
      for (std::size_t t = 0; t < threads; ++t)
        workers.emplace_back([&] { recorded += record_some(ledger, recorder, made); });
    }
    wall += seconds(Clock::now() - begin);
    cpu += static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  }
  if (recorded != scans) wrong(fmt::format("{} of {} scans were recorded", recorded.load(), scans));
  fmt::print("{{\"step\":\"record\",\"scans\":{},\"threads\":{},\"scans_per_s\":{:.0f},\"cpu_ms_per_scan\":{:.2f}}}\n",
             scans, threads, static_cast<double>(scans) / wall, 1000.0 * cpu / static_cast<double>(scans));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view step = argc > 1 ? argv[1] : "";
  if (!(step == "fill" && argc == 5) && !(step == "record" && argc == 7) && !(step == "pause" && argc == 3)) {
    fmt::print(stderr,
               "usage: bench_ledger fill URL APPS FINDINGS_PER_APP\n"
               "       bench_ledger record URL APPS FINDINGS_PER_APP SCANS THREADS\n"
               "       bench_ledger pause URL\n");
    return 2;
  }
  const std::string url = argv[2];
  const auto number = [&](int at) { return static_cast<std::size_t>(std::stoul(argv[at])); };
  auto ledger = must(Ledger::open(url, std::nullopt));
  auto database = must(Database::connect(url));
  const auto catalog = must(catalog::Catalog::embedded());
  if (step == "fill") {
    check_rows(catalog);
    fill_apps(*ledger, number(3));
    fill_findings(*ledger, *database, number(3), number(4));
    fill_posture(*ledger, *database);
  } else if (step == "record") {
    run_all(*database, {"delete from jobs"});  // second looks of an earlier call, of which no scan is at hand
    measure_recording(*ledger, catalog, number(3), number(4), number(5), number(6));
  } else {
    run_all(*database, {"update apps set state = 'paused'", "delete from jobs"});
  }
  return 0;
}
