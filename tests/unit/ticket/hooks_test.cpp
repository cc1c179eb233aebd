// The desk with the ledger's own audit log, queue and outbox.

#include "ticket/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/audit.h"
#include "ledger/jobs.h"
#include "unit/ticket/desk_fixture.h"

namespace assay::ticket {
namespace {

using ledger::Work;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class HooksTest : public DeskTest {};
INSTANTIATE_TEST_SUITE_P(Engines, HooksTest, ::testing::Values(ledger::kSqlite, ledger::kPostgresql),
                         ledger::engine_name);

TEST_P(HooksTest, AClaimedFixIsAuditedAndScannedForItsRequirementOnly) {
  scan("s1", Outcome::fail);
  const Desk with(policy(), ledger_hooks("https://assay.example"));
  const Ticket t = ticket();
  Actor owner = kOwner;
  owner.request_id = "req-7";
  EXPECT_OK(ledger_->write(
      [&](Work& work) { return with.move(work, owner, t.id, t.version, TicketState::fix_claimed, ""); }));
  const auto jobs = ledger_->read([](Work& work) { return ledger::list_jobs(work, {}); });
  ASSERT_THAT(jobs->items, SizeIs(1));
  EXPECT_EQ(jobs->items.front().origin, JobOrigin::verify);
  EXPECT_THAT(jobs->items.front().only, ElementsAre("hsts"));
  EXPECT_EQ(jobs->items.front().requested_by, "olga");
  const auto audit = ledger_->read([](Work& work) { return ledger::audit_entries(work, {}); });
  ASSERT_THAT(*audit, SizeIs(1));
  EXPECT_EQ(audit->front().act, "ticket.move");
  EXPECT_EQ(audit->front().object, "ticket:1");
  EXPECT_EQ(audit->front().request_id, "req-7");
}

TEST_P(HooksTest, AFixMayBeClaimedWhileTheAppIsPaused) {
  scan("s1", Outcome::fail);
  execute("update apps set state = 'paused'");
  const Desk with(policy(), ledger_hooks(""));
  const Ticket t = ticket();
  EXPECT_OK(ledger_->write(
      [&](Work& work) { return with.move(work, kOwner, t.id, t.version, TicketState::fix_claimed, ""); }));
  EXPECT_THAT(ledger_->read([](Work& work) { return ledger::list_jobs(work, {}); })->items, IsEmpty());
}

TEST_P(HooksTest, TheClockRemindsOnce) {
  scan("s1", Outcome::fail);
  execute("update tickets set due_ms = due_ms - 8640000000");  // 100 days
  const Desk with = desk();
  told_.clear();
  EXPECT_OK(run_clock(*ledger_, with));
  EXPECT_OK(run_clock(*ledger_, with));
  EXPECT_THAT(told_, ElementsAre("reminded"));
}

}  // namespace
}  // namespace assay::ticket
