// Every transition of a finding's state, without a store.

#include "ledger/compare.h"

#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kSite = "https://app.example";

// One finding over many scans, at two looks each unless told otherwise.
class FindingStates : public ::testing::Test {
 protected:
  Changes look(int on_day, std::vector<Verdict> verdicts, bool complete = true, std::vector<Evidence> evidence = {}) {
    ScanRecord scan = sample_scan(std::to_string(on_day), day(on_day), std::move(verdicts));
    scan.complete = complete;
    scan.evidence = std::move(evidence);
    const LooksNeeded needed = needed_;
    Changes changes = compare(scan, known_, [needed](std::string_view) { return needed; });
    for (const auto& state : changes.states) known_.findings[state.finding.fingerprint] = state;
    return changes;
  }
  Changes fail_on(int on_day, bool complete = true) { return look(on_day, {failing()}, complete); }
  Changes pass_on(int on_day, bool complete = true) {
    return look(on_day, {sample_verdict("hsts", kSite, Outcome::pass)}, complete);
  }
  Changes inconclusive_on(int on_day) { return look(on_day, {sample_verdict("hsts", kSite, Outcome::inconclusive)}); }

  static Verdict failing(Severity severity = Severity::high) {
    Verdict v = sample_verdict("hsts", kSite, Outcome::fail, {"header"});
    v.findings[0].severity = severity;
    return v;
  }
  const KnownFinding& finding() const { return known_.findings.at(fingerprint_of("hsts", kSite, "header")); }
  FindingStatus status() const { return finding().status; }

  Known known_;
  LooksNeeded needed_{.open = 2, .close = 2};
};

TEST_F(FindingStates, EnoughFailingLooksOpen) {
  const auto first = fail_on(1);
  EXPECT_EQ(status(), FindingStatus::suspected);
  EXPECT_THAT(first.effect.undecided, SizeIs(1));
  EXPECT_THAT(first.effect.opened, IsEmpty());
  EXPECT_EQ(first.comparison.standing.begin()->second, Standing::fresh);
  const auto second = fail_on(2);
  EXPECT_EQ(status(), FindingStatus::open);
  EXPECT_EQ(finding().opened_at, day(2));
  EXPECT_EQ(finding().first_seen, day(1));
  EXPECT_EQ(finding().fails_in_row, 2);
  EXPECT_THAT(second.effect.opened, SizeIs(1));
  EXPECT_THAT(second.effect.undecided, IsEmpty());
  EXPECT_EQ(second.comparison.standing.begin()->second, Standing::still_there);
  const auto third = fail_on(3);
  EXPECT_THAT(third.effect.opened, IsEmpty());
  EXPECT_EQ(finding().fails_in_row, 3);
}

TEST_F(FindingStates, OneLookIsEnoughWhereNoMoreAreAskedFor) {
  needed_ = {};
  EXPECT_THAT(fail_on(1).effect.opened, SizeIs(1));
  EXPECT_EQ(status(), FindingStatus::open);
  const auto passed = pass_on(2);
  EXPECT_EQ(status(), FindingStatus::fixed);
  EXPECT_THAT(passed.effect.fixed, SizeIs(1));
  EXPECT_THAT(passed.comparison.fixed, SizeIs(1));
  EXPECT_THAT(fail_on(3).effect.reopened, SizeIs(1));
  EXPECT_EQ(finding().reopened, 1);
}

TEST_F(FindingStates, APassBeforeItOpensLeavesItUnconfirmed) {
  fail_on(1);
  const auto passed = pass_on(2);
  EXPECT_EQ(status(), FindingStatus::unconfirmed);
  EXPECT_EQ(finding().closed_at, day(2));
  EXPECT_THAT(passed.effect.fixed, IsEmpty());
  EXPECT_THAT(passed.comparison.fixed, IsEmpty());
  EXPECT_THAT(pass_on(3).states, IsEmpty());
  EXPECT_THAT(fail_on(4).effect.undecided, SizeIs(1));
  EXPECT_EQ(status(), FindingStatus::suspected);
  EXPECT_EQ(finding().fails_in_row, 1);
  EXPECT_FALSE(finding().closed_at);
  EXPECT_THAT(fail_on(5).effect.opened, SizeIs(1));  // it had never been open
  EXPECT_EQ(finding().reopened, 0);
}

TEST_F(FindingStates, EnoughPassingLooksFix) {
  fail_on(1);
  fail_on(2);
  const auto first = pass_on(3);
  EXPECT_EQ(status(), FindingStatus::open);
  EXPECT_EQ(finding().passes_in_row, 1);
  EXPECT_EQ(finding().fails_in_row, 0);
  EXPECT_THAT(first.effect.undecided, SizeIs(1));
  EXPECT_THAT(first.comparison.fixed, IsEmpty());
  const auto second = pass_on(4);
  EXPECT_EQ(status(), FindingStatus::fixed);
  EXPECT_EQ(finding().closed_at, day(4));
  EXPECT_THAT(second.effect.fixed, SizeIs(1));
  EXPECT_THAT(second.comparison.fixed, SizeIs(1));
}

TEST_F(FindingStates, AFailBetweenTwoPassesBeginsAgain) {
  fail_on(1);
  fail_on(2);
  pass_on(3);
  const auto failed = fail_on(4);
  EXPECT_EQ(status(), FindingStatus::open);
  EXPECT_EQ(finding().passes_in_row, 0);
  EXPECT_THAT(failed.effect.opened, IsEmpty());
  EXPECT_THAT(failed.effect.reopened, IsEmpty());
  pass_on(5);
  EXPECT_EQ(status(), FindingStatus::open);
  look(6, {sample_verdict("hsts", kSite, Outcome::fail, {"another"})});  // one miss may hide another
  EXPECT_EQ(finding().passes_in_row, 0);
  pass_on(7);
  EXPECT_EQ(status(), FindingStatus::open);
  pass_on(8);
  EXPECT_EQ(status(), FindingStatus::fixed);
}

TEST_F(FindingStates, InconclusiveLooksChangeNothing) {
  fail_on(1);
  EXPECT_THAT(inconclusive_on(2).states, IsEmpty());
  EXPECT_THAT(look(3, {sample_verdict("hsts", kSite, Outcome::not_applicable)}).states, IsEmpty());
  EXPECT_THAT(look(4, {}).states, IsEmpty());
  EXPECT_EQ(status(), FindingStatus::suspected);
  fail_on(5);
  EXPECT_EQ(status(), FindingStatus::open);
  pass_on(6);
  inconclusive_on(7);
  look(8, {sample_verdict("hsts", kSite, Outcome::pass), sample_verdict("hsts", kSite, Outcome::inconclusive)});
  EXPECT_EQ(finding().passes_in_row, 1);
  pass_on(9);
  EXPECT_EQ(status(), FindingStatus::fixed);
}

TEST_F(FindingStates, IncompleteScansAreShownAndDoNotCount) {
  const auto seen = fail_on(1, false);
  EXPECT_EQ(status(), FindingStatus::suspected);
  EXPECT_EQ(finding().fails_in_row, 0);
  EXPECT_THAT(seen.effect.undecided, SizeIs(1));
  EXPECT_THAT(seen.present, SizeIs(1));
  EXPECT_THAT(fail_on(2, false).effect.undecided, IsEmpty());  // asked for once
  EXPECT_EQ(finding().last_seen, day(2));
  fail_on(3);
  EXPECT_EQ(status(), FindingStatus::suspected);
  fail_on(4);
  EXPECT_EQ(status(), FindingStatus::open);
  EXPECT_THAT(pass_on(5, false).states, IsEmpty());
  pass_on(6);
  fail_on(7, false);
  EXPECT_EQ(finding().passes_in_row, 1);
  pass_on(8);
  EXPECT_EQ(status(), FindingStatus::fixed);
  fail_on(9, false);
  EXPECT_EQ(status(), FindingStatus::suspected);
  EXPECT_EQ(finding().reopened, 0);
}

TEST_F(FindingStates, WhatComesBackOpensAgain) {
  for (const int d : {1, 2}) fail_on(d);
  for (const int d : {3, 4}) pass_on(d);
  EXPECT_EQ(fail_on(5).comparison.standing.begin()->second, Standing::fresh);
  EXPECT_EQ(status(), FindingStatus::suspected);
  const auto back = fail_on(6);
  EXPECT_EQ(status(), FindingStatus::open);
  EXPECT_THAT(back.effect.reopened, SizeIs(1));
  EXPECT_THAT(back.effect.opened, IsEmpty());
  EXPECT_EQ(finding().reopened, 1);
  EXPECT_EQ(finding().opened_at, day(6));
  EXPECT_EQ(finding().first_seen, day(1));
}

TEST_F(FindingStates, WhatTheAppNoLongerNamesIsGone) {
  fail_on(1);
  const auto surface = [] { return std::vector<Evidence>{sample_surface({"https://b.example"})}; };
  EXPECT_THAT(look(2, {}, true, surface()).effect.gone, IsEmpty());  // it was never open
  EXPECT_EQ(status(), FindingStatus::gone);
  fail_on(3);
  fail_on(4);
  const auto lost = look(5, {}, true, surface());
  EXPECT_EQ(status(), FindingStatus::gone);
  EXPECT_THAT(lost.effect.gone, SizeIs(1));
  EXPECT_THAT(lost.comparison.gone, SizeIs(1));
  pass_on(6);
  EXPECT_EQ(status(), FindingStatus::gone);
}

TEST_F(FindingStates, AChangedSeverityIsToldOfOpenFindings) {
  look(1, {failing(Severity::medium)});
  EXPECT_THAT(look(2, {failing(Severity::high)}).effect.changed, IsEmpty());  // it opens with it
  const auto risen = look(3, {failing(Severity::critical)});
  ASSERT_THAT(risen.effect.changed, SizeIs(1));
  EXPECT_EQ(risen.effect.changed[0].before, Severity::high);
  EXPECT_EQ(risen.effect.changed[0].finding.finding.severity, Severity::critical);
  EXPECT_THAT(look(4, {failing(Severity::critical)}).effect.changed, IsEmpty());
}

TEST_F(FindingStates, ALateScanChangesOnlyTheDates) {
  fail_on(10);
  const auto late = fail_on(5);
  EXPECT_EQ(status(), FindingStatus::suspected);
  EXPECT_EQ(finding().fails_in_row, 1);
  EXPECT_EQ(finding().first_seen, day(5));
  EXPECT_EQ(finding().last_seen, day(10));
  EXPECT_THAT(late.effect.undecided, IsEmpty());
  fail_on(11);
  EXPECT_THAT(pass_on(9).states, IsEmpty());
  pass_on(12);
  pass_on(13);
  EXPECT_EQ(fail_on(12).comparison.standing.begin()->second, Standing::fixed);
  EXPECT_EQ(status(), FindingStatus::fixed);
}

TEST_F(FindingStates, ALateFirstLookMeetsTheNewerOnes) {
  known_.later[{"hsts", kSite}] = {{day(11), true}};
  auto late = fail_on(10);
  EXPECT_EQ(status(), FindingStatus::unconfirmed);
  EXPECT_EQ(finding().closed_at, day(11));
  EXPECT_EQ(late.comparison.standing.begin()->second, Standing::fixed);
  EXPECT_THAT(late.effect.undecided, IsEmpty());

  known_.findings.clear();
  needed_ = {.open = 1, .close = 2};
  known_.later[{"hsts", kSite}] = {{day(11), true}, {day(12), false}, {day(13), true}};
  late = fail_on(10);
  EXPECT_EQ(status(), FindingStatus::open);
  EXPECT_EQ(finding().passes_in_row, 1);
  EXPECT_THAT(late.effect.opened, SizeIs(1));

  known_.findings.clear();
  known_.later[{"hsts", kSite}].push_back({day(14), true});
  late = fail_on(10);
  EXPECT_EQ(status(), FindingStatus::fixed);
  EXPECT_THAT(late.effect.opened, IsEmpty());
}

TEST_F(FindingStates, TheRequirementDecidesHowManyLooks) {
  ScanRecord scan = sample_scan("1", day(1), {failing(), sample_verdict("csp", kSite, Outcome::fail, {"x"})});
  const auto changes = compare(scan, {}, [](std::string_view requirement) {
    return requirement == "csp" ? LooksNeeded{} : LooksNeeded{.open = 2, .close = 2};
  });
  ASSERT_THAT(changes.effect.opened, SizeIs(1));
  EXPECT_EQ(changes.effect.opened[0].finding.requirement, "csp");
  ASSERT_THAT(changes.effect.undecided, SizeIs(1));
  EXPECT_EQ(changes.effect.undecided[0].finding.requirement, "hsts");
}

}  // namespace
}  // namespace assay::ledger
