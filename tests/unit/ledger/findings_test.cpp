// Findings of all apps, verdicts, scans, evidence and request logs, on both engines.

#include "ledger/findings.h"

#include <set>
#include <stop_token>
#include <thread>

#include "ledger/apps.h"
#include "ledger/database.h"
#include "ledger/posture.h"
#include "ledger/requests.h"
#include "ledger/retention.h"
#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kSite = "https://app.example";

class FindingsTest : public BothEngines {
 protected:
  void SetUp() override {
    BothEngines::SetUp();
    ledger_ = open(sample_key("k", 'k'));
  }

  ScanRecord record(const std::string& id, Time started, std::vector<Verdict> verdicts,
                    const std::string& app = "com.example.app", bool complete = true, const std::string& release = "r1",
                    const RecordOptions& options = {}) {
    ScanRecord scan = sample_scan(id, started, std::move(verdicts), app);
    scan.complete = complete;
    scan.release = release;
    scan.evidence = {sample_evidence(kind::kSurface, "app", id), sample_evidence("http.exchange", kSite, id)};
    EXPECT_OK(ledger_->record_scan(scan, options));
    return scan;
  }
  std::vector<std::string> locators(const std::string& filter, const std::string& sort = "",
                                    const FilterScope& scope = {}) {
    const auto page = ledger_->read([&](Work& w) { return list_findings(w, {.filter = filter, .sort = sort}, scope); });
    EXPECT_TRUE(page) << page.error().message();
    std::vector<std::string> found;
    if (page)
      for (const auto& item : page->items) found.push_back(item.app_key + " " + item.known.finding.locator);
    return found;
  }
  // Runs one statement around the ledger.
  void change(const std::string& statement) {
    const auto database = Database::connect(url());
    ASSERT_TRUE(database);
    EXPECT_OK((*database)->run([&](soci::session& sql) -> Result<void> {
      sql << statement;
      return {};
    }));
  }
  AppRecord app(const std::string& key = "com.example.app") {
    return **ledger_->read([&](Work& w) { return get_app(w, key); });
  }
  static Verdict failing(const std::string& requirement, const std::vector<std::string>& locators,
                         Severity severity = Severity::high) {
    Verdict v = sample_verdict(requirement, kSite, Outcome::fail, locators);
    for (auto& f : v.findings) f.severity = severity;
    return v;
  }

  std::unique_ptr<Ledger> ledger_;
};
INSTANTIATE_TEST_SUITE_P(Engines, FindingsTest, ::testing::Values(kSqlite, kPostgresql), engine_name);

TEST_P(FindingsTest, ListsThoseOfAllApps) {
  const auto org = ledger_->write([](Work& w) { return add_organisation(w, "Acme"); })->id;
  AppChange values{.kind = "service", .target = "t", .org_id = org};
  EXPECT_OK(ledger_->write([&](Work& w) { return create_app(w, "acme.app", values); }));
  record("1", day(1), {failing("hsts", {"a", "b"}), failing("csp", {"c"}, Severity::critical)});
  record("2", day(2), {failing("hsts", {"d"}, Severity::low)}, "acme.app");
  record("3", day(3), {sample_verdict("csp", kSite, Outcome::pass)});
  EXPECT_EQ(locators("").front(), "com.example.app c");  // the most severe one first
  EXPECT_THAT(locators("", "app"), ElementsAre("acme.app d", ::testing::_, ::testing::_, ::testing::_));
  EXPECT_THAT(locators("state:open severity>=high"), SizeIs(2));
  EXPECT_THAT(locators("state:fixed"), ElementsAre("com.example.app c"));
  EXPECT_THAT(locators("closed>=2026-11-04 closed<2026-11-05"), ElementsAre("com.example.app c"));
  EXPECT_THAT(locators("requirement:hsts -severity:low disposition:none"), SizeIs(2));
  EXPECT_THAT(locators("organisation:Acme"), ElementsAre("acme.app d"));
  EXPECT_THAT(locators("kind:service opened:2026-11-03 subject:\"https://app.example\""), SizeIs(1));
  EXPECT_THAT(locators("", "", {.org_id = org}), ElementsAre("acme.app d"));
  EXPECT_THAT(locators("acme"), ElementsAre("acme.app d"));
  EXPECT_THAT(locators("HSTS"), SizeIs(3));
  EXPECT_THAT(locators("", "-last_seen"), ElementsAre("acme.app d", ::testing::_, ::testing::_, ::testing::_));

  const auto facet = ledger_->read([](Work& w) { return finding_facet(w, "state:open", {}, "severity"); });
  ASSERT_THAT(facet->values, SizeIs(2));
  EXPECT_EQ(facet->values[0].value, "high");
  EXPECT_EQ(facet->values[0].count, 2);

  const std::string fingerprint = fingerprint_of("hsts", kSite, "d");
  const auto one = ledger_->read([&](Work& w) { return get_finding(w, "acme.app", fingerprint, {.org_id = org}); });
  ASSERT_TRUE(one && *one);
  EXPECT_EQ((*one)->org_id, org);
  EXPECT_EQ((*one)->kind, "service");
  EXPECT_FALSE((*one)->ticket_id);
  EXPECT_FALSE(*ledger_->read([&](Work& w) { return get_finding(w, "acme.app", fingerprint, {.org_id = "x"}); }));
}

TEST_P(FindingsTest, PagesThroughEqualSeverities) {
  std::vector<std::string> many;
  for (int i = 0; i < 30; ++i) many.push_back("l" + std::to_string(i));
  record("1", day(1), {failing("hsts", many)});
  ListQuery query{.filter = "state:open", .limit = 7};
  std::set<std::string> seen;
  do {
    const auto page = ledger_->read([&](Work& w) { return list_findings(w, query); });
    ASSERT_TRUE(page);
    for (const auto& item : page->items) EXPECT_TRUE(seen.insert(item.known.finding.locator).second);
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty());
  EXPECT_THAT(seen, SizeIs(30));
}

TEST_P(FindingsTest, TellsWhoSawAFinding) {
  record("1", day(1), {failing("hsts", {"a"})});
  record("2", day(2), {failing("hsts", {"a"})}, "com.example.app", false);
  record("3", day(3), {failing("hsts", {"b"})});
  const auto seen =
      ledger_->read([](Work& w) { return sightings_of(w, "com.example.app", fingerprint_of("hsts", kSite, "a")); });
  ASSERT_THAT(*seen, SizeIs(2));
  EXPECT_EQ(seen->at(0).scan_id, "2");
  EXPECT_FALSE(seen->at(0).complete);
}

TEST_P(FindingsTest, FollowsTheScanInItsTransaction) {
  std::vector<ScanEffect> effects;
  RecordOptions options;
  options.follow_up = [&](Work& work, const ScanRecord& scan, const ScanEffect& effect) -> Result<void> {
    effects.push_back(effect);
    EXPECT_TRUE(get_scan(work, scan.id)->has_value());  // it sees what was stored
    return {};
  };
  record("1", day(2), {failing("hsts", {"a"})}, "com.example.app", true, "r1", options);
  record("1", day(2), {failing("hsts", {"a"})}, "com.example.app", true, "r1", options);  // recorded before
  record("2", day(3), {failing("hsts", {"a"})}, "com.example.app", true, "r2", options);
  record("3", day(1), {}, "com.example.app", true, "r0", options);  // late
  record("4", day(4), {}, "com.example.app", true, "r1", options);  // known
  ASSERT_THAT(effects, SizeIs(4));
  EXPECT_THAT(effects[0].opened, SizeIs(1));
  EXPECT_EQ(effects[0].release->release, "r1");
  EXPECT_EQ(effects[0].release->previous, "");
  EXPECT_EQ(effects[1].release->previous, "r1");
  EXPECT_FALSE(effects[2].release);
  EXPECT_FALSE(effects[3].release);
  const auto releases = ledger_->read([](Work& w) { return releases_of(w, "com.example.app"); });
  ASSERT_THAT(*releases, SizeIs(3));
  EXPECT_EQ(releases->at(0).release, "r2");
  EXPECT_EQ(releases->at(1).last_seen, day(4));
  EXPECT_EQ(app().release, "r1");

  options.follow_up = [](Work&, const ScanRecord&, const ScanEffect&) -> Result<void> {
    return fail(ErrorCode::conflict, "ticket", "cannot be filed");
  };
  ScanRecord undone = sample_scan("5", day(5), {failing("csp", {"x"})});
  EXPECT_EQ(ledger_->record_scan(undone, options).error().code, ErrorCode::conflict);
  EXPECT_EQ(ledger_->load_scan("5").error().code, ErrorCode::not_found);
  EXPECT_EQ(app().last_scan_id, "4");
}

TEST_P(FindingsTest, KeepsTheLatestLookAtEachRequirement) {
  record("1", day(1), {failing("hsts", {"a"}), sample_verdict("csp", kSite, Outcome::inconclusive)});
  record("2", day(2), {sample_verdict("tls", kSite, Outcome::inconclusive)});  // looked at one requirement only
  record("3", day(1), {sample_verdict("tls", kSite, Outcome::pass)});          // late
  EXPECT_EQ(app().inconclusive, 2);
  EXPECT_EQ(app().last_scan_id, "2");
  const auto verdicts = ledger_->read([](Work& w) { return latest_verdicts(w, "com.example.app"); });
  ASSERT_THAT(*verdicts, SizeIs(3));
  EXPECT_EQ(verdicts->at(0).verdict.requirement, "csp");
  EXPECT_EQ(verdicts->at(1).scan_id, "1");
  EXPECT_EQ(verdicts->at(2).verdict.outcome, Outcome::inconclusive);
  EXPECT_EQ(verdicts->at(2).looked, day(2));
  record("4", day(3), {sample_verdict("csp", kSite, Outcome::pass)});
  EXPECT_EQ(app().inconclusive, 1);
}

TEST_P(FindingsTest, ListsScans) {
  for (int i = 1; i <= 5; ++i) record(std::to_string(i), day(i), {}, i % 2 == 0 ? "even" : "odd", i != 3);
  const auto first = ledger_->read([](Work& w) { return list_scans(w, {.limit = 3}); });
  ASSERT_THAT(first->items, SizeIs(3));
  EXPECT_EQ(first->items[0].summary.id, "5");
  const auto rest = ledger_->read([&](Work& w) { return list_scans(w, {.cursor = first->next_cursor, .limit = 3}); });
  ASSERT_THAT(rest->items, SizeIs(2));
  EXPECT_TRUE(rest->next_cursor.empty());
  const auto odd = ledger_->read([](Work& w) { return list_scans(w, {.filter = "app:odd complete:true"}); });
  EXPECT_THAT(odd->items, SizeIs(2));
  EXPECT_FALSE(*ledger_->read([](Work& w) { return get_scan(w, "5", {.org_id = "other"}); }));
  EXPECT_EQ((*ledger_->read([](Work& w) { return get_scan(w, "5"); }))->app.key, "odd");
}

TEST_P(FindingsTest, ReadsOneEvidenceRecord) {
  const auto scan = record("1", day(1), {});
  const auto heads = ledger_->read([](Work& w) { return evidence_of(w, "1"); });
  ASSERT_THAT(*heads, SizeIs(2));
  EXPECT_EQ(heads->at(1).kind, "http.exchange");
  EXPECT_TRUE(heads->at(1).stored);
  std::string missing;
  const auto loaded = ledger_->load_evidence("1", scan.evidence[1].id, &missing);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(to_json_line(*loaded), to_json_line(scan.evidence[1]));
  EXPECT_EQ(missing, "");
  EXPECT_EQ(ledger_->load_evidence("1", "ev-none").error().code, ErrorCode::not_found);
  const auto keyless = open()->load_evidence("1", scan.evidence[1].id, &missing);
  EXPECT_TRUE(keyless->body.is_null());
  EXPECT_THAT(missing, HasSubstr("which was not given"));
}

TEST_P(FindingsTest, VerifiesEvidence) {
  const auto scan = record("1", day(1), {});
  record("2", day(2), {});
  auto check = ledger_->verify_evidence();
  EXPECT_EQ(check->compared, 4U);
  EXPECT_THAT(check->altered, IsEmpty());
  EXPECT_THAT(*ledger_->find_damage(), IsEmpty());
  change("update evidence set subject = 'x', evidence_id = 'ev-x' where scan_id = '1' and kind = 'surface'");
  check = ledger_->verify_evidence();
  EXPECT_EQ(check->compared, 3U);
  EXPECT_THAT(check->altered, SizeIs(1));
  EXPECT_EQ(open()->verify_evidence()->unread, 2U);
}

TEST_P(FindingsTest, KeepsRequestLogs) {
  record("1", day(1), {});
  const std::string lines = "{\"host\":\"a\"}\n{\"host\":\"b\"}\n";
  EXPECT_OK(ledger_->write([&](Work& w) { return store_requests(w, "1", "{}\n"); }));
  EXPECT_OK(ledger_->write([&](Work& w) { return store_requests(w, "1", lines); }));
  const auto stored = ledger_->read([](Work& w) { return requests_of(w, "1"); });
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->entries, 2);
  EXPECT_EQ((*stored)->json_lines, lines);
  EXPECT_FALSE(*ledger_->read([](Work& w) { return requests_of(w, "none"); }));
}

TEST_P(FindingsTest, CountsHowThingsStand) {
  const auto org = ledger_->write([](Work& w) { return add_organisation(w, "Acme"); })->id;
  AppChange values{.target = "t", .org_id = org, .state = AppState::paused};
  EXPECT_OK(ledger_->write([&](Work& w) { return create_app(w, "acme.app", values); }));
  const Time today = now();
  record("1", today - std::chrono::hours{30}, {failing("csp", {"old"})});
  record("2", today,
         {failing("hsts", {"a", "b"}), failing("tls", {"c"}, Severity::critical),
          sample_verdict("csp", kSite, Outcome::pass), sample_verdict("dns", kSite, Outcome::inconclusive)});
  record("3", today, {failing("hsts", {"a"})}, "acme.app");
  const auto all = ledger_->read([](Work& w) { return take_posture(w); });
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_EQ(all->apps_active, 1);
  EXPECT_EQ(all->apps_paused, 1);
  EXPECT_EQ(all->apps_scanned_last_day, 1);
  EXPECT_EQ(all->apps_with_open, 1);
  EXPECT_EQ(all->inconclusive, 1);
  EXPECT_EQ(all->open.critical, 1);
  EXPECT_EQ(all->open.high, 3);
  ASSERT_THAT(all->by_requirement, SizeIs(2));
  EXPECT_EQ(all->by_requirement[0].requirement, "hsts");
  EXPECT_EQ(all->by_requirement[0].open, 3);
  EXPECT_EQ(all->by_requirement[1].worst, 4);
  EXPECT_EQ(all->last_7_days.opened, 5);
  EXPECT_EQ(all->last_7_days.fixed, 1);
  const auto own = ledger_->read([&](Work& w) { return take_posture(w, {.org_id = org}); });
  EXPECT_EQ(own->open.high, 1);
  EXPECT_EQ(own->apps_active, 0);

  // Counted in one pass, every organisation has what it has when it is counted alone.
  const auto each = ledger_->read([](Work& w) { return take_postures(w); });
  ASSERT_TRUE(each) << each.error().message();
  ASSERT_THAT(*each, SizeIs(2));
  EXPECT_EQ(to_json(each->at("")), to_json(*all));
  EXPECT_EQ(to_json(each->at(org)), to_json(*own));

  EXPECT_EQ(*store_postures(*ledger_), 2U);
  EXPECT_EQ(*store_postures(*ledger_), 2U);
  const auto days =
      ledger_->read([&](Work& w) { return posture_days(w, "2026-01-01", "2999-01-01", {.org_id = org}); });
  ASSERT_THAT(*days, SizeIs(1));
  EXPECT_EQ(to_json(days->at(0).posture), to_json(*own));
}

TEST_P(FindingsTest, ShowsKeptCountsOfManyAppsAndSaysWhenTheyWereTaken) {
  record("1", now(), {failing("hsts", {"a"})});
  const auto shown = [&](std::int64_t counted_apps) {
    return *ledger_->read([&](Work& w) { return current_posture(w, {}, counted_apps); });
  };
  EXPECT_EQ(shown(0).open.high, 1) << "nothing is kept yet";
  ASSERT_TRUE(store_postures(*ledger_));
  const Time kept = *shown(0).taken;
  record("2", now(), {failing("hsts", {"a", "b"})});
  EXPECT_EQ(shown(0).open.high, 1) << "more apps than are counted for who asks";
  EXPECT_EQ(*shown(0).taken, kept);
  EXPECT_EQ(shown(1).open.high, 2) << "few enough to be counted";
  ASSERT_TRUE(store_postures(*ledger_));
  EXPECT_EQ(to_json(shown(0)), to_json(shown(1))) << "what is kept is what would be counted";

  // What is too old, or of a clock that has stepped back since, is not shown as the present.
  for (const auto* away : {"- 3600000", "+ 3600000"}) {
    ASSERT_TRUE(store_postures(*ledger_));
    change("update posture set body = replace(body, '\"high\":2', '\"high\":7')");
    EXPECT_EQ(shown(0).open.high, 7);
    change(std::string("update posture set taken_ms = taken_ms ") + away);
    EXPECT_EQ(shown(0).open.high, 2);
  }
}

TEST_P(FindingsTest, StopsWorkOnTheLedgerBetweenTransactionsAndWithinThem) {
  record("1", now(), {failing("hsts", {"a"})});
  std::stop_source stop;
  int begun = 0;
  const auto under_way = [&] {
    return *ledger_->read([&](Work& work) -> Result<bool> {
      long long n = 1;  // SQLite cannot tell
      if (!sqlite())
        work.sql() << "select count(*) from pg_stat_activity where state = 'active' and query like 'with recursive n%'",
            soci::into(n);
      return n > 0;
    });
  };
  const auto count = [&](Work& work) -> Result<std::int64_t> {
    ++begun;
    long long n = 0;
    const std::jthread stopper([&] {
      while (!under_way()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      stop.request_stop();
    });
    // Longer than any test waits, unless it is interrupted.
    work.sql() << "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000000) "
                  "select count(*) from n",
        soci::into(n);
    return n;
  };
  EXPECT_EQ(ledger_->snapshot(count, stop.get_token()).error().code, ErrorCode::cancelled);
  EXPECT_EQ(ledger_->write(count, stop.get_token()).error().code, ErrorCode::cancelled);
  EXPECT_EQ(begun, 1) << "what was stopped before it began does not begin";
  EXPECT_EQ(store_postures(*ledger_, stop.get_token()).error().code, ErrorCode::cancelled);
  const auto pruned = prune(*ledger_, BugFixPolicy{}.retention_days, 1, stop.get_token());
  EXPECT_EQ(pruned.error().code, ErrorCode::cancelled);
  EXPECT_EQ(ledger_->read([](Work& w) { return posture_days(w, "2026-01-01", "2999-01-01"); })->size(), 0U);
  EXPECT_TRUE(store_postures(*ledger_)) << "the connection is as good as before";
}

TEST_P(FindingsTest, PrunesWhatItsTimeIsOver) {
  const Time today = now();
  const auto ago = [&](int days) { return today - std::chrono::days{days}; };
  record("clean", ago(300), {sample_verdict("hsts", kSite, Outcome::pass)});
  record("found", ago(299), {failing("hsts", {"a"})});
  record("latest", ago(200), {sample_verdict("tls", kSite, Outcome::pass)});
  record("young", ago(1), {sample_verdict("hsts", kSite, Outcome::pass)});
  for (const auto* id : {"found", "young"})
    EXPECT_OK(ledger_->write([&](Work& w) { return store_requests(w, id, "{}\n"); }));
  change("update evidence set time_ms = 1 where scan_id = 'found'");
  change("update evidence set time_ms = " + std::to_string(today.time_since_epoch().count()) +
         " where scan_id <> 'found'");
  const auto pruned = prune(*ledger_, BugFixPolicy{}.retention_days, 1);
  ASSERT_TRUE(pruned) << pruned.error().message();
  EXPECT_EQ(pruned->at(Retained::evidence), 2);
  EXPECT_EQ(pruned->at(Retained::request_logs), 1);
  EXPECT_EQ(pruned->at(Retained::clean_scans), 1);
  EXPECT_EQ(pruned->at(Retained::audit), 0);
  EXPECT_EQ(ledger_->load_scan("clean").error().code, ErrorCode::not_found);
  const auto found = ledger_->load_scan("found");
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_THAT(found->evidence, SizeIs(2));
  EXPECT_TRUE(found->evidence[0].body.is_null());
  EXPECT_THAT(found->notes.back().detail, HasSubstr("its time is over"));
  EXPECT_OK(ledger_->load_scan("latest"));
  EXPECT_EQ(prune(*ledger_, {{Retained::audit, 89}}).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(prune(*ledger_, {{Retained::jobs, 0}}).error().code, ErrorCode::invalid_input);
}

// A sample would tell SQLite's planner that a state has a thousand findings at most, and that sorting them is cheap.
TEST_P(FindingsTest, TellsThePlannerHowManyFindingsAStateHas) {
  constexpr int kOpen = 1'500;
  std::vector<std::string> locators;
  for (int i = 0; i < kOpen; ++i) locators.push_back(std::to_string(i));
  record("1", now(), {failing("hsts", locators)});
  ASSERT_TRUE(prune(*ledger_, {}));
  const auto known = ledger_->read([&](Work& work) -> Result<long long> {
    long long rows = 0;
    work.sql() << (sqlite() ? "select cast(substr(stat, instr(stat, ' ') + 1) as integer) from sqlite_stat1 "
                              "where idx = 'findings_open'"
                            : "select cast(reltuples as bigint) from pg_class where relname = 'findings'"),
        soci::into(rows);
    return rows;
  });
  ASSERT_TRUE(known) << known.error().message();
  EXPECT_EQ(*known, kOpen);
}

TEST_P(FindingsTest, CopiesTheStoreWhileItIsInUse) {
  record("1", day(1), {failing("hsts", {"a"})});
  const std::string copy = (file().parent_path() / "copy.db").string();
  const auto copied = ledger_->backup(copy);
  if (!sqlite()) {
    EXPECT_THAT(copied.error().message(), HasSubstr("pg_dump"));
    return;
  }
  ASSERT_TRUE(copied) << copied.error().message();
  EXPECT_EQ(std::filesystem::status(copy).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(ledger_->backup(copy).error().code, ErrorCode::conflict);
  const auto restored = Ledger::open(copy, sample_key("k", 'k'));
  ASSERT_TRUE(restored);
  EXPECT_OK((*restored)->load_scan("1"));
}

}  // namespace
}  // namespace assay::ledger
