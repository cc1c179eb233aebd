// Tickets as scans, people and time change them, on both engines.

#include "ticket/desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "ledger/policies.h"
#include "ledger/tickets.h"
#include "unit/ticket/desk_fixture.h"

namespace assay::ticket {
namespace {

using ledger::Work;
using std::chrono::days;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Engines, DeskTest, ::testing::Values(ledger::kSqlite, ledger::kPostgresql),
                         ledger::engine_name);

TEST_P(DeskTest, AFindingThatOpensGetsOneTicketAndItsContactsWatch) {
  scan("s1", Outcome::fail);
  scan("s2", Outcome::fail, now() - days{1});
  const Ticket t = ticket();
  EXPECT_EQ(t.state, TicketState::needs_patch);
  EXPECT_EQ(t.org, "acme");
  EXPECT_EQ(t.kind, "connect");
  EXPECT_EQ(t.fingerprint, fingerprint());
  EXPECT_EQ(t.due, due_date(policy(), Severity::high, t.opened));
  EXPECT_THAT(history(), ElementsAre("opened", "watcher-added"));
  EXPECT_THAT(told_, ElementsAre("opened", "watcher-added"));
  const auto watchers = ledger_->read([](Work& work) { return ledger::watchers_of(work, 1); });
  EXPECT_THAT(*watchers, ElementsAre("sec@acme.example"));
  const auto policies = ledger_->read([](Work& work) { return ledger::stored_policies(work); });
  ASSERT_THAT(*policies, SizeIs(1));
  EXPECT_EQ(policies->front(), policy());
}

TEST_P(DeskTest, APassingScanClosesAndAFailingOneOpensTheSameTicketAgain) {
  scan("s1", Outcome::fail, now() - days{5});
  scan("s2", Outcome::inconclusive, now() - days{4});
  EXPECT_TRUE(ticket().live());
  scan("s3", Outcome::pass, now() - days{3});
  EXPECT_EQ(ticket().state, TicketState::patched);
  scan("s4", Outcome::fail, now() - days{2});
  EXPECT_EQ(ticket().state, TicketState::needs_patch);
  EXPECT_EQ(ticket().reopened, 1);
  EXPECT_THAT(history(), ElementsAre("opened", "watcher-added", "closed", "reopened"));
}

TEST_P(DeskTest, ATicketClosedLongAgoIsFollowed) {
  scan("s1", Outcome::fail, now() - days{5});
  scan("s2", Outcome::pass, now() - days{4});
  execute("update tickets set closed_ms = closed_ms - 3000000000");  // 34 days
  scan("s3", Outcome::fail, now() - days{3});
  const auto all = tickets();
  ASSERT_THAT(all, SizeIs(2));
  const Ticket& fresh = all[0].live() ? all[0] : all[1];
  EXPECT_EQ(fresh.id, 2);
  EXPECT_EQ(fresh.follows, 1);
  EXPECT_GT(fresh.due, now());
}

TEST_P(DeskTest, AFindingWhoseSubjectIsGoneClosesAsGone) {
  scan("s1", Outcome::fail, now() - days{5});
  auto record = ledger::sample_scan("s2", now() - days{4}, {}, kKey);
  record.evidence = {ledger::sample_surface({"https://other.example"})};
  const Desk with = desk();
  EXPECT_OK(ledger_->record_scan(
      record, {.looks = {}, .follow_up = [&](Work& work, const ScanRecord& done, const ledger::ScanEffect& effect) {
                 return with.follow_up(work, done, effect);
               }}));
  EXPECT_EQ(ticket().state, TicketState::gone);
}

TEST_P(DeskTest, AClaimedFixIsVerifiedAndSentBackWhenItStillFails) {
  scan("s1", Outcome::fail);
  ASSERT_TRUE(move(TicketState::fix_claimed, kOwner, "Fixed in 4.2."));
  EXPECT_THAT(verified_, ElementsAre(1));
  EXPECT_THAT(audited_, ElementsAre("olga ticket.move ticket:1"));
  scan("s2", Outcome::fail, now() - days{1});  // began before the claim
  EXPECT_EQ(ticket().state, TicketState::fix_claimed);
  scan("s3", Outcome::fail, now() + days{1});
  EXPECT_EQ(ticket().state, TicketState::needs_patch);
  EXPECT_THAT(history(), ElementsAre("opened", "watcher-added", "moved", "commented", "moved", "still-failing"));
}

TEST_P(DeskTest, WhoSawAnOldVersionIsToldSo) {
  scan("s1", Outcome::fail);
  const Ticket seen = ticket();
  ASSERT_TRUE(move(TicketState::waiting_for_release));
  const Desk with = desk();
  const auto late = ledger_->write(
      [&](Work& work) { return with.move(work, kOwner, seen.id, seen.version, TicketState::fix_claimed, ""); });
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::conflict);
  EXPECT_EQ(ticket().state, TicketState::waiting_for_release);
}

TEST_P(DeskTest, StrangersSeeNothingAndAuditorsChangeNothing) {
  scan("s1", Outcome::fail);
  EXPECT_EQ(move(TicketState::fix_claimed, kStranger).error().code, ErrorCode::not_found);
  EXPECT_EQ(move(TicketState::fix_claimed, kAuditor).error().code, ErrorCode::conflict);
  EXPECT_THAT(verified_, IsEmpty());
  const auto page = ledger_->read([](Work& work) { return ledger::list_tickets(work, {}, {.org_id = "umbrella"}); });
  ASSERT_TRUE(page);
  EXPECT_THAT(page->items, IsEmpty());
}

TEST_P(DeskTest, WhatCannotBeAuditedIsNotDone) {
  scan("s1", Outcome::fail);
  refuse_audit_ = true;
  EXPECT_FALSE(move(TicketState::fix_claimed));
  EXPECT_EQ(ticket().state, TicketState::needs_patch);
  EXPECT_THAT(history(), ElementsAre("opened", "watcher-added"));
}

TEST_P(DeskTest, AnExtensionIsDecidedOnceByAnotherPerson) {
  scan("s1", Outcome::fail);
  const Ticket t = ticket();
  const Time later = t.due + days{20};
  const Desk with = desk();
  const auto extension = ledger_->write([&](Work& work) {
    return with.ask_extension(work, kOwner, t.id, t.version, {.plan = "Release 5.", .due = later});
  });
  ASSERT_TRUE(extension) << extension.error().message();
  EXPECT_EQ(ticket().state, TicketState::extension_requested);
  const auto decide = [&](const Actor& actor) {
    return ledger_->write([&](Work& work) { return with.decide_extension(work, actor, extension->id, true, ""); });
  };
  EXPECT_FALSE(decide(kColleague));
  std::array<bool, 2> done{};
  std::thread first([&] { done[0] = decide(kTriager).has_value(); });
  std::thread second([&] { done[1] = decide(kEngineer).has_value(); });
  first.join();
  second.join();
  EXPECT_NE(done[0], done[1]);
  EXPECT_EQ(ticket().state, TicketState::needs_patch);
  EXPECT_EQ(ticket().due, end_of_day(later));
}

TEST_P(DeskTest, AMoveWithdrawsTheExtension) {
  scan("s1", Outcome::fail);
  const Ticket t = ticket();
  const Desk with = desk();
  ASSERT_TRUE(ledger_->write([&](Work& work) {
    return with.ask_extension(work, kOwner, t.id, t.version, {.plan = "Release 5.", .due = t.due + days{9}});
  }));
  ASSERT_TRUE(move(TicketState::fix_claimed));
  const auto all = ledger_->read([](Work& work) { return ledger::extensions_of(work, 1); });
  ASSERT_THAT(*all, SizeIs(1));
  EXPECT_EQ(all->front().state, RequestState::withdrawn);
  const auto requested =
      ledger_->read([](Work& work) { return ledger::list_extensions(work, {.filter = "state:requested"}); });
  EXPECT_THAT(requested->items, IsEmpty());
}

TEST_P(DeskTest, ADispositionClosesTheTicketAndNoScanOverridesIt) {
  scan("s1", Outcome::fail, now() - days{5});
  const Desk with = desk();
  const auto asked = ledger_->write([&](Work& work) {
    return with.ask_disposition(
        work, kOwner, kKey, fingerprint(),
        {.kind = DispositionKind::false_positive, .reason = "r", .until = {}, .duplicate_of = {}});
  });
  ASSERT_TRUE(asked) << asked.error().message();
  EXPECT_EQ(ticket().state, TicketState::in_review);
  const auto again = ledger_->write([&](Work& work) {
    return with.ask_disposition(
        work, kOwner, kKey, fingerprint(),
        {.kind = DispositionKind::not_applicable, .reason = "r", .until = {}, .duplicate_of = {}});
  });
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  const auto decided =
      ledger_->write([&](Work& work) { return with.decide_disposition(work, kTriager, asked->id, true, "Seen."); });
  ASSERT_TRUE(decided) << decided.error().message();
  EXPECT_EQ(ticket().state, TicketState::false_positive);
  scan("s2", Outcome::fail, now() - days{4});
  scan("s3", Outcome::pass, now() - days{3});
  scan("s4", Outcome::fail, now() - days{2});
  EXPECT_EQ(ticket().state, TicketState::false_positive);

  const auto withdrawn =
      ledger_->write([&](Work& work) { return with.withdraw_disposition(work, kTriager, asked->id, "Not so."); });
  ASSERT_TRUE(withdrawn) << withdrawn.error().message();
  EXPECT_EQ(ticket().state, TicketState::needs_patch);
  EXPECT_EQ(ticket().reopened, 1);
}

TEST_P(DeskTest, AnAcceptedRiskEndsAndTheTicketIsLiveAgainWithAFreshDueDate) {
  scan("s1", Outcome::fail);
  const Desk with = desk();
  const auto asked = ledger_->write([&](Work& work) {
    return with.ask_disposition(
        work, kOwner, kKey, fingerprint(),
        {.kind = DispositionKind::risk_accepted, .reason = "r", .until = now() + days{10}, .duplicate_of = {}});
  });
  ASSERT_TRUE(ledger_->write([&](Work& work) { return with.decide_disposition(work, kTriager, asked->id, true, ""); }));
  const auto sweep = [&](Time when) {
    return at_time(when, [&](Work& work) { return with.expire_dispositions(work, 10); });
  };
  EXPECT_EQ(sweep(now() + days{9}), 0);
  EXPECT_FALSE(ticket().live());
  const Time later = now() + days{12};
  EXPECT_EQ(sweep(later), 1);
  EXPECT_EQ(sweep(later), 0);
  EXPECT_EQ(ticket().state, TicketState::needs_patch);
  EXPECT_EQ(ticket().due, due_date(policy(), Severity::high, later));
}

TEST_P(DeskTest, RemindersAreSentOnceEachAndOfThoseMissedOnlyTheLatest) {
  scan("s1", Outcome::fail);
  told_.clear();
  const Time due = ticket().due;
  const Desk with = desk();
  const auto sweep = [&](Time when) {
    return at_time(when, [&](Work& work) { return with.remind(work, 10); }).value_or(-1);
  };
  EXPECT_EQ(sweep(due - days{8}), 0);
  EXPECT_EQ(sweep(due - days{7}), 1);
  EXPECT_EQ(sweep(due - days{6}), 0);
  EXPECT_EQ(sweep(due), 1);
  EXPECT_EQ(sweep(due), 0);
  EXPECT_EQ(sweep(due + days{20}), 1);  // three reminders were missed
  EXPECT_EQ(sweep(due + days{20}), 0);
  EXPECT_EQ(sweep(due + days{22}), 1);
  EXPECT_THAT(told_, ElementsAre("reminded", "reminded", "reminded", "reminded"));
}

TEST_P(DeskTest, AWarningOfNoSeverityGetsNoTicket) {
  auto record = ledger::sample_scan(
      "s1", now(), {ledger::sample_verdict("hsts", "https://app.example", Outcome::fail, {"header"})}, kKey);
  record.verdicts[0].findings[0].severity = Severity::none;
  const Desk with = desk();
  EXPECT_OK(ledger_->record_scan(
      record, {.looks = {}, .follow_up = [&](Work& work, const ScanRecord& done, const ledger::ScanEffect& effect) {
                 return with.follow_up(work, done, effect);
               }}));
  EXPECT_THAT(tickets(), IsEmpty());
}

TEST_P(DeskTest, TicketsAreListedByWhatTheyAre) {
  scan("s1", Outcome::fail);
  for (const auto* filter :
       {"state:needs-patch", "live:true", "live:yes", "overdue:no", "severity:high,critical", "severity>=high",
        "kind:connect", "app:com.example.*", "organisation:acme", "requirement:hsts", "due>+1w"})
    EXPECT_THAT(tickets(filter), SizeIs(1)) << filter;
  for (const auto* filter :
       {"state:patched", "live:no", "overdue:yes", "severity:low", "due<+1w", "app:org.*", "assignee:olga"})
    EXPECT_THAT(tickets(filter), IsEmpty()) << filter;
  const auto wrong = ledger_->read([](Work& work) { return ledger::list_tickets(work, {.filter = "colour:red"}); });
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), AllOf(HasSubstr("colour"), HasSubstr("severity")));
  EXPECT_EQ(ledger_->read([](Work& work) { return ledger::ticket_matches(work, 1, "severity:high"); }), true);
  EXPECT_EQ(ledger_->read([](Work& work) { return ledger::ticket_matches(work, 1, "severity:low"); }), false);
}

TEST_P(DeskTest, APolicyKeepsItsFiguresUnderItsVersion) {
  const auto in_force = [&](const BugFixPolicy& current, std::string_view day) {
    return at_time(at(day), [&](Work& work) { return ledger::policy_in_force(work, current); });
  };
  BugFixPolicy next = policy();
  next.version = 2;
  next.effective_from = "2026-12-01";
  next.due_weeks[Severity::critical] = 2;
  EXPECT_EQ(in_force(policy(), "2026-11-02T00:00:00Z")->version, 1);
  EXPECT_EQ(in_force(next, "2026-11-30T23:59:59Z")->version, 1);
  EXPECT_EQ(in_force(next, "2026-12-01T00:00:00Z")->version, 2);
  next.due_weeks[Severity::critical] = 1;
  const auto changed = in_force(next, "2026-12-01T00:00:00Z");
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().message(), HasSubstr("new version"));
}

TEST_P(DeskTest, APolicyOfTheFutureIsUsedWhenThereIsNoOther) {
  BugFixPolicy future = policy();
  future.effective_from = "2030-01-01";
  EXPECT_EQ(at_time(kMonday, [&](Work& work) { return ledger::policy_in_force(work, future); })->version, 1);
}

}  // namespace
}  // namespace assay::ticket
