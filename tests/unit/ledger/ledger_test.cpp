// Apps, scans and findings over time, on both engines.

#include <algorithm>
#include <thread>

#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class LedgerTest : public BothEngines {};
INSTANTIATE_TEST_SUITE_P(Engines, LedgerTest, ::testing::Values(kSqlite, kPostgresql), engine_name);

KnownFinding only_finding(Ledger& ledger) {
  const auto found = ledger.findings_of("com.example.app");
  EXPECT_TRUE(found);
  EXPECT_EQ(found->size(), 1U);
  return found->at(0);
}

ScanRecord record(Ledger& ledger, const std::string& id, int on_day, std::vector<Verdict> verdicts,
                  bool complete = true, std::vector<Evidence> evidence = {}) {
  ScanRecord scan = sample_scan(id, day(on_day), std::move(verdicts));
  scan.complete = complete;
  scan.evidence = std::move(evidence);
  EXPECT_OK(ledger.record_scan(scan));
  return scan;
}

constexpr const char* kSite = "https://app.example";

Verdict failing() {
  return sample_verdict("hsts", kSite, Outcome::fail, {"header"});
}
Verdict passing() {
  return sample_verdict("hsts", kSite, Outcome::pass);
}

TEST_P(LedgerTest, RecordsSeveralScansAsOneAfterTheOther) {
  const TempDirectory elsewhere;
  const auto together = open();
  const auto opened = Ledger::open("sqlite:" + (elsewhere.path() / "apart.db").string(), std::nullopt);
  ASSERT_TRUE(opened);
  const auto& apart = *opened;
  std::vector<ScanRecord> scans, same;
  for (int on_day = 1; on_day <= 4; ++on_day)
    scans.push_back(sample_scan("s" + std::to_string(on_day), day(on_day), {on_day < 3 ? failing() : passing()}));
  same = scans;
  std::vector<Ledger::Recording> recordings;
  for (auto& scan : scans) recordings.push_back({scan, {}});
  for (const auto& recorded : together->record_scans(recordings)) EXPECT_OK(recorded);
  for (auto& scan : same) EXPECT_OK(apart->record_scan(scan));
  for (std::size_t i = 0; i < scans.size(); ++i) {
    EXPECT_EQ(scans[i].standing, same[i].standing);
    EXPECT_EQ(scans[i].fixed.size(), same[i].fixed.size());
    EXPECT_TRUE(scans[i].compared);
  }
  EXPECT_EQ(only_finding(*together).status, FindingStatus::fixed);
  EXPECT_EQ(only_finding(*together).closed_at, only_finding(*apart).closed_at);
  EXPECT_EQ(together->scans_of("com.example.app", 9)->size(), 4U);
}

TEST_P(LedgerTest, AScanThatIsRefusedTouchesNoneOfThoseBesideIt) {
  const auto ledger = open();
  ScanRecord first = sample_scan("s1", day(1), {failing()}), refused = sample_scan("s2", day(2), {passing()});
  ScanRecord nameless = sample_scan("", day(3), {passing()}), last = sample_scan("s4", day(4), {failing()});
  RecordOptions refusing;
  refusing.follow_up = [](Work&, const ScanRecord&, const ScanEffect&) -> Result<void> {
    return fail(ErrorCode::conflict, "job", "was cancelled");
  };
  const std::vector<Ledger::Recording> recordings{{first, {}}, {refused, refusing}, {nameless, {}}, {last, {}}};
  const auto results = ledger->record_scans(recordings);
  ASSERT_EQ(results.size(), 4U);
  EXPECT_OK(results[0]);
  ASSERT_FALSE(results[1]);
  EXPECT_EQ(results[1].error().code, ErrorCode::conflict);
  ASSERT_FALSE(results[2]);
  EXPECT_EQ(results[2].error().code, ErrorCode::invalid_input);
  EXPECT_OK(results[3]);
  EXPECT_EQ(ledger->scans_of("com.example.app", 9)->size(), 2U);
  EXPECT_EQ(only_finding(*ledger).fails_in_row, 2);
  EXPECT_EQ(only_finding(*ledger).passes_in_row, 0);
  EXPECT_FALSE(refused.compared);
}

TEST_P(LedgerTest, AStoreThatFailsTakesNoneOfThem) {
  const auto ledger = open();
  ScanRecord first = sample_scan("s1", day(1), {failing()}), second = sample_scan("s2", day(2), {failing()});
  int asked = 0;
  RecordOptions failing_store;
  failing_store.follow_up = [&](Work&, const ScanRecord&, const ScanEffect&) -> Result<void> {
    ++asked;
    return fail(ErrorCode::io, "ledger", "the disk is full");
  };
  const std::vector<Ledger::Recording> recordings{{first, {}}, {second, failing_store}};
  for (const auto& result : ledger->record_scans(recordings)) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::io);
  }
  EXPECT_EQ(asked, 1) << "it is not asked again for each of them";
  const auto apps = ledger->apps();
  EXPECT_TRUE(apps && apps->empty());
}

TEST_P(LedgerTest, KeepsApps) {
  const auto ledger = open();
  App a = sample_app("b.app"), b = sample_app("B.app");
  EXPECT_OK(ledger->add_app(a));
  EXPECT_OK(ledger->add_app(b));
  a.owner = "other'; drop table apps; --";
  EXPECT_OK(ledger->add_app(a));
  const auto apps = ledger->apps();
  ASSERT_TRUE(apps);
  ASSERT_EQ(apps->size(), 2U);
  EXPECT_EQ(apps->at(0).key, "B.app");  // byte order on both engines
  EXPECT_EQ(apps->at(1).owner, a.owner);
  EXPECT_EQ(apps->at(1).name, "Exämple");
  EXPECT_EQ(apps->at(1).added, day(0));

  a.target = "https://elsewhere.example/";
  const auto conflict = ledger->add_app(a);
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code, ErrorCode::conflict);
  EXPECT_EQ((*ledger->find_app("b.app"))->target, b.target);
  EXPECT_FALSE(ledger->find_app("none")->has_value());
  EXPECT_EQ(ledger->add_app(App{}).error().code, ErrorCode::invalid_input);
}

TEST_P(LedgerTest, LoadsAScanAsItWasRecorded) {
  const auto ledger = open();
  ScanRecord scan =
      record(*ledger, "scan-1", 1, {failing(), sample_verdict("tls", kSite, Outcome::inconclusive)}, false);
  scan.incomplete_reason = "interrupted";
  scan.id = "scan-2";
  scan.evidence = {sample_evidence(kind::kTlsHandshake, kSite, "x"), sample_evidence(kind::kSurface, "app", "ü\"\n")};
  ASSERT_TRUE(ledger->record_scan(scan));
  const auto loaded = open()->load_scan("scan-2");
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->app.key, scan.app.key);
  EXPECT_EQ(loaded->app.target, scan.app.target);
  EXPECT_EQ(loaded->release, scan.release);
  EXPECT_EQ(loaded->profiles, scan.profiles);
  EXPECT_EQ(loaded->started, scan.started);
  EXPECT_EQ(loaded->finished, scan.finished);
  EXPECT_FALSE(loaded->complete);
  EXPECT_EQ(loaded->incomplete_reason, "interrupted");
  EXPECT_EQ(loaded->allowed_networks, scan.allowed_networks);
  EXPECT_EQ(Json(loaded->notes), Json(scan.notes));
  EXPECT_EQ(loaded->not_verified.at(0).reason, "attestation");
  EXPECT_EQ(loaded->statistics.bytes_received, 5'000'000'000U);
  EXPECT_EQ(loaded->ignored, scan.ignored);
  EXPECT_TRUE(loaded->compared);
  EXPECT_EQ(loaded->standing, scan.standing);
  ASSERT_EQ(loaded->verdicts.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(to_json(loaded->verdicts[i]), to_json(scan.verdicts[i]));
  ASSERT_EQ(loaded->evidence.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(to_json_line(loaded->evidence[i]), to_json_line(scan.evidence[i]));
  EXPECT_EQ(ledger->load_scan("none").error().code, ErrorCode::not_found);
}

TEST_P(LedgerTest, ListsScansNewestFirst) {
  const auto ledger = open();
  record(*ledger, "scan-1", 1, {failing(), sample_verdict("a", kSite, Outcome::not_applicable)});
  record(*ledger, "scan-3", 3, {passing(), sample_verdict("a", kSite, Outcome::pass)});
  record(*ledger, "scan-2", 2, {sample_verdict("a", kSite, Outcome::inconclusive)}, false);
  const auto scans = ledger->scans_of("com.example.app", 2);
  ASSERT_TRUE(scans);
  ASSERT_EQ(scans->size(), 2U);
  EXPECT_EQ(scans->at(0).id, "scan-3");
  EXPECT_EQ(scans->at(0).pass, 2);
  EXPECT_EQ(scans->at(1).id, "scan-2");
  EXPECT_EQ(scans->at(1).inconclusive, 1);
  EXPECT_FALSE(scans->at(1).complete);
  EXPECT_EQ(ledger->scans_of("none", 2).error().code, ErrorCode::not_found);
}

TEST_P(LedgerTest, OnlyFailOpensAndOnlyPassCloses) {
  const auto ledger = open();
  const std::string fp = fingerprint_of("hsts", kSite, "header");
  EXPECT_THAT(record(*ledger, "1", 1, {failing()}).standing, ElementsAre(Pair(fp, Standing::fresh)));
  EXPECT_THAT(record(*ledger, "2", 2, {failing()}).standing, ElementsAre(Pair(fp, Standing::still_there)));
  record(*ledger, "3", 3, {sample_verdict("hsts", kSite, Outcome::inconclusive)});
  record(*ledger, "4", 4, {sample_verdict("hsts", kSite, Outcome::not_applicable)});
  record(*ledger, "5", 5, {});                                                            // nobody looked
  record(*ledger, "6", 6, {passing()}, false);                                            // incomplete
  record(*ledger, "7", 7, {sample_verdict("hsts", "https://b.example", Outcome::pass)});  // another subject
  record(*ledger, "8", 8, {sample_verdict("hsts", kSite, Outcome::fail, {"other"})});     // fails for another reason
  auto known = ledger->findings_of("com.example.app");
  ASSERT_EQ(known->size(), 2U);
  EXPECT_EQ(known->at(0).status, FindingStatus::open);
  EXPECT_EQ(known->at(0).first_seen, day(1));
  EXPECT_EQ(known->at(0).last_seen, day(2));

  const auto fixing = record(*ledger, "9", 9, {passing()});
  EXPECT_THAT(fixing.standing, IsEmpty());
  ASSERT_EQ(fixing.fixed.size(), 2U);
  EXPECT_EQ(fixing.fixed[0].locator, "header");
  EXPECT_EQ(fixing.fixed[0].proof, failing().findings[0].proof);
  known = ledger->findings_of("com.example.app");
  EXPECT_EQ(known->at(0).status, FindingStatus::fixed);
  EXPECT_EQ(known->at(0).closed_at, day(9));
  EXPECT_THAT(record(*ledger, "10", 10, {passing()}).fixed, IsEmpty());  // told once
}

TEST_P(LedgerTest, ReopensWhatComesBack) {
  const auto ledger = open();
  record(*ledger, "1", 1, {failing()});
  record(*ledger, "2", 2, {passing()});
  const auto back = record(*ledger, "3", 3, {failing()});
  EXPECT_EQ(back.standing.at(fingerprint_of("hsts", kSite, "header")), Standing::fresh);
  const auto known = only_finding(*ledger);
  EXPECT_EQ(known.status, FindingStatus::open);
  EXPECT_FALSE(known.closed_at);
  EXPECT_EQ(known.first_seen, day(1));
  EXPECT_EQ(known.last_seen, day(3));
  EXPECT_EQ(known.reopened, 1);
}

TEST_P(LedgerTest, WhatTheAppNoLongerNamesIsGoneAndNotFixed) {
  const auto ledger = open();
  const std::string other = "https://b.example";
  const auto status = [&] { return only_finding(*ledger).status; };
  record(*ledger, "1", 1, {failing()}, true, {sample_surface({kSite})});
  record(*ledger, "2", 2, {}, true, {sample_surface({kSite, other})});  // named, not looked at
  record(*ledger, "3", 3, {}, false, {sample_surface({other})});        // incomplete
  record(*ledger, "4", 4, {}, true, {sample_surface({})});              // no usable base URL: nothing can be placed
  Surface cut;
  cut.origins = {{.origin = other}};
  cut.urls_left_out = 1;
  record(*ledger, "5", 5, {}, true, {make_evidence(kind::kSurface, "app", day(5), "test", Json(cut))});
  EXPECT_EQ(status(), FindingStatus::open);

  const auto left = record(*ledger, "6", 6, {}, true, {sample_surface({other})});
  EXPECT_THAT(left.fixed, IsEmpty());
  ASSERT_EQ(left.gone.size(), 1U);
  EXPECT_EQ(left.gone[0].locator, "header");
  EXPECT_EQ(status(), FindingStatus::gone);
  EXPECT_EQ(only_finding(*ledger).closed_at, day(6));
  EXPECT_EQ(ledger->load_scan("6")->gone.size(), 1U);
  EXPECT_EQ(record(*ledger, "6", 6, {}, true, {sample_surface({other})}).gone.size(), 1U);              // the same scan
  EXPECT_THAT(record(*ledger, "7", 7, {}, true, {sample_surface({other})}).gone, IsEmpty());            // told once
  EXPECT_THAT(record(*ledger, "8", 8, {passing()}, true, {sample_surface({kSite})}).fixed, IsEmpty());  // was closed

  const auto late = record(*ledger, "5b", 5, {failing()}, true, {sample_surface({kSite})});
  EXPECT_EQ(late.standing.begin()->second, Standing::gone);
  EXPECT_EQ(status(), FindingStatus::gone);
  const auto back = record(*ledger, "9", 9, {failing()}, true, {sample_surface({kSite})});
  EXPECT_EQ(back.standing.begin()->second, Standing::fresh);
  EXPECT_EQ(status(), FindingStatus::open);
  EXPECT_EQ(only_finding(*ledger).reopened, 1);
}

TEST_P(LedgerTest, WarningsOfAPassArePresentFindings) {
  const auto ledger = open();
  const auto warned = sample_verdict("hsts", kSite, Outcome::pass, {"short max-age"});
  record(*ledger, "1", 1, {warned, sample_verdict("csp", kSite, Outcome::inconclusive, {"not proven"})});
  EXPECT_EQ(only_finding(*ledger).status, FindingStatus::open);
  EXPECT_EQ(record(*ledger, "2", 2, {warned}).standing.begin()->second, Standing::still_there);
  EXPECT_EQ(record(*ledger, "3", 3, {passing()}).fixed.size(), 1U);
}

TEST_P(LedgerTest, TheSameScanIsRecordedOnce) {
  const auto ledger = open();
  record(*ledger, "1", 1, {failing()});
  const auto first = record(*ledger, "2", 2, {failing(), sample_verdict("csp", kSite, Outcome::fail, {"x"})});
  record(*ledger, "3", 3, {passing(), sample_verdict("csp", kSite, Outcome::pass)});
  const auto again = record(*ledger, "2", 2, {failing(), sample_verdict("csp", kSite, Outcome::fail, {"x"})});
  EXPECT_EQ(again.standing, first.standing);
  EXPECT_TRUE(again.compared);
  EXPECT_EQ(ledger->scans_of("com.example.app", 10)->size(), 3U);
  for (const auto& f : *ledger->findings_of("com.example.app")) EXPECT_EQ(f.status, FindingStatus::fixed);

  ScanRecord stolen = sample_scan("2", day(4), {}, "another.app");
  EXPECT_EQ(ledger->record_scan(stolen).error().code, ErrorCode::conflict);
  EXPECT_FALSE(ledger->find_app("another.app")->has_value());  // nothing of a failed call stays
}

TEST_P(LedgerTest, ALateScanUndoesNothing) {
  const auto ledger = open();
  record(*ledger, "5", 5, {failing(), sample_verdict("csp", kSite, Outcome::pass)});
  EXPECT_THAT(record(*ledger, "4", 4, {passing()}).fixed, IsEmpty());
  EXPECT_EQ(only_finding(*ledger).status, FindingStatus::open);
  record(*ledger, "6", 6, {passing()});
  const auto late = record(*ledger, "3", 3, {failing(), sample_verdict("csp", kSite, Outcome::fail, {"x"})});
  EXPECT_EQ(late.standing.at(fingerprint_of("hsts", kSite, "header")), Standing::fixed);
  EXPECT_EQ(late.standing.at(fingerprint_of("csp", kSite, "x")), Standing::fixed);
  const auto known = ledger->findings_of("com.example.app");
  ASSERT_EQ(known->size(), 2U);
  EXPECT_EQ(known->at(0).status, FindingStatus::fixed);
  EXPECT_EQ(known->at(0).closed_at, day(5));  // csp, which scan 5 passed
  EXPECT_EQ(known->at(1).status, FindingStatus::fixed);
  EXPECT_EQ(known->at(1).first_seen, day(3));
  EXPECT_EQ(known->at(1).last_seen, day(5));
}

TEST_P(LedgerTest, RemovingAnAppRemovesEverythingOfIt) {
  const auto ledger = open();
  ScanRecord scan = sample_scan("1", day(1), {failing()});
  scan.evidence = {sample_evidence(kind::kSurface, "app", "x")};
  EXPECT_OK(ledger->record_scan(scan));
  ScanRecord other = sample_scan("2", day(1), {failing()}, "other.app");
  EXPECT_OK(ledger->record_scan(other));
  EXPECT_OK(ledger->remove_app("com.example.app"));
  EXPECT_EQ(ledger->load_scan("1").error().code, ErrorCode::not_found);
  EXPECT_EQ(ledger->findings_of("com.example.app").error().code, ErrorCode::not_found);
  EXPECT_EQ(ledger->remove_app("com.example.app").error().code, ErrorCode::not_found);
  EXPECT_OK(ledger->load_scan("2"));
  EXPECT_EQ(record(*ledger, "1", 1, {failing()}).standing.begin()->second, Standing::fresh);  // starts anew
}

TEST_P(LedgerTest, HoldsWhatNoTextColumnCan) {
  const auto ledger = open();
  const std::string odd = std::string("nul\0byte ", 9) + "\xFF\xFE bad :name ? $1 {x} \\u0000";
  ScanRecord scan = sample_scan("odd", day(1), {sample_verdict("hsts", odd, Outcome::fail, {odd})}, odd);
  scan.evidence = {sample_evidence(kind::kSurface, odd, odd)};
  ASSERT_TRUE(ledger->record_scan(scan));
  const auto loaded = ledger->load_scan("odd");
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->evidence.at(0).id, scan.evidence[0].id);
  EXPECT_THAT(loaded->verdicts.at(0).subject, HasSubstr(std::string("nul\0byte", 8)));
  EXPECT_EQ(ledger->findings_of(odd)->size(), 1U);
}

TEST_P(LedgerTest, ManyThreadsRecordWithoutAnError) {
  constexpr int kThreads = 4, kScans = 100;
  const auto ledger = open();
  std::vector<std::string> errors(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        const std::string app = "app-" + std::to_string(t);
        for (int n = 0; n < kScans; ++n) {
          ScanRecord scan =
              sample_scan(app + "-" + std::to_string(n), day(n), {n % 2 == 0 ? failing() : passing()}, app);
          if (auto done = ledger->record_scan(scan); !done)
            errors[static_cast<std::size_t>(t)] = done.error().message();
        }
      });
  }
  for (const auto& e : errors) EXPECT_EQ(e, "");
  for (int t = 0; t < kThreads; ++t) {
    const std::string app = "app-" + std::to_string(t);
    EXPECT_EQ(ledger->scans_of(app, 1000)->size(), static_cast<std::size_t>(kScans));
    EXPECT_EQ(ledger->findings_of(app)->at(0).reopened, kScans / 2 - 1);
  }
}

TEST_P(LedgerTest, ThreadsOnOneAppDoNotLoseEachOthersWork) {
  constexpr int kThreads = 4, kScans = 25;
  const auto ledger = open();
  std::atomic<int> fresh = 0, errors = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int n = 0; n < kScans; ++n) {
          ScanRecord scan = sample_scan(std::to_string(t) + "-" + std::to_string(n), day(1), {failing()});
          if (!ledger->record_scan(scan)) ++errors;
          if (scan.standing.begin()->second == Standing::fresh) ++fresh;
        }
      });
  }
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(ledger->scans_of("com.example.app", 1000)->size(), static_cast<std::size_t>(kThreads * kScans));
}

TEST_P(LedgerTest, ManyProcessesMayCreateTheStoreAtOnce) {
  std::vector<std::string> errors(8);
  {
    std::vector<std::jthread> threads;
    for (auto& error : errors)
      threads.emplace_back([&] {
        if (auto ledger = Ledger::open(url(), std::nullopt); !ledger) error = ledger.error().message();
      });
  }
  for (const auto& e : errors) EXPECT_EQ(e, "");
  EXPECT_THAT(*open()->apps(), IsEmpty());
}

}  // namespace
}  // namespace assay::ledger
