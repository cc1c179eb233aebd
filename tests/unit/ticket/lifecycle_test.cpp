// Every move that exists and every one that does not, and due dates.

#include "ticket/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/ticket/sample.h"

namespace assay::ticket {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<EventKind> kinds(const std::vector<TicketEvent>& events) {
  std::vector<EventKind> all;
  for (const auto& e : events) all.push_back(e.kind);
  return all;
}

std::string day_of(Time t) {
  return format_rfc3339(t).substr(0, 10);
}

// --- Opening -----------------------------------------------------------------------------------------------------

TEST(Due, IsTheEndOfTheDayOfTheSeveritysWeeks) {
  EXPECT_EQ(format_rfc3339(due_date(policy(), Severity::critical, kMonday)), "2026-11-30T23:59:59.999Z");
  EXPECT_EQ(day_of(due_date(policy(), Severity::high, kMonday)), "2026-12-14");
  EXPECT_EQ(day_of(due_date(policy(), Severity::medium, kMonday)), "2026-12-28");
  EXPECT_EQ(day_of(due_date(policy(), Severity::low, kMonday)), "2027-04-26");
}

TEST(Due, CountsFromTheDayInUtc) {
  EXPECT_EQ(day_of(due_date(policy(), Severity::critical, at("2026-11-02T23:59:59.999Z"))), "2026-11-30");
  EXPECT_EQ(day_of(due_date(policy(), Severity::critical, at("2026-11-03T00:00:00+02:00"))), "2026-11-30");
  EXPECT_EQ(day_of(due_date(policy(), Severity::critical, at("2026-11-03T00:00:00Z"))), "2026-12-01");
}

TEST(Opening, MakesATicketThatKeepsThePolicyThatDatedIt) {
  const auto made = open(std::nullopt, kApp, finding(), policy(), kMonday);
  ASSERT_TRUE(made);
  const Ticket& t = made->ticket;
  EXPECT_EQ(t.state, TicketState::needs_patch);
  EXPECT_EQ(t.policy_version, 1);
  EXPECT_EQ(t.org, "acme");
  EXPECT_EQ(t.title, "No HSTS");
  EXPECT_EQ(t.follows, std::nullopt);
  EXPECT_THAT(kinds(made->events), ElementsAre(EventKind::opened));
}

TEST(Opening, IsOfSeveritiesThatHaveWeeks) {
  EXPECT_TRUE(is_ticketed(policy(), Severity::low));
  EXPECT_FALSE(is_ticketed(policy(), Severity::none));
}

TEST(Opening, RefusesASecondLiveTicket) {
  for (const auto state : all_ticket_states())
    EXPECT_EQ(open(in_state(state), kApp, finding(), policy(), kMonday + days{1}).has_value(), !is_live(state))
        << to_string(state);
}

TEST(Opening, SoonAfterTheCloseOpensTheSameTicketWithAFreshDueDate) {
  Ticket t = in_state(TicketState::patched);
  t.assignee = "olga";
  t.escalated = 4;
  const Time back = kMonday + days{30};
  const auto again = open(t, kApp, finding(Severity::critical), policy(), back);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ticket.id, 17);
  EXPECT_EQ(again->ticket.reopened, 1);
  EXPECT_EQ(again->ticket.closed, std::nullopt);
  EXPECT_EQ(again->ticket.escalated, 0);
  EXPECT_EQ(again->ticket.assignee, "olga");
  EXPECT_EQ(again->ticket.due, due_date(policy(), Severity::critical, back));
  EXPECT_THAT(kinds(again->events), ElementsAre(EventKind::reopened));
}

TEST(Opening, LaterMakesATicketThatFollows) {
  const Time back = kMonday + days{30} + hours{1};
  const auto later = open(in_state(TicketState::gone), kApp, finding(), policy(), back);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->ticket.id, 0);
  EXPECT_EQ(later->ticket.follows, 17);
  EXPECT_EQ(later->ticket.reopened, 0);
  EXPECT_EQ(later->ticket.due, due_date(policy(), Severity::high, back));
}

// --- Scans -------------------------------------------------------------------------------------------------------

TEST(Scans, CloseOnlyLiveTickets) {
  for (const auto state : all_ticket_states()) {
    const auto change = close_by_scan(in_state(state), TicketState::patched, "s1", kMonday + days{1});
    EXPECT_EQ(change.events.empty(), !is_live(state));
    EXPECT_EQ(change.ticket.state, is_live(state) ? TicketState::patched : state);
    if (!is_live(state)) continue;
    EXPECT_EQ(change.ticket.closed, kMonday + days{1});
    EXPECT_EQ(change.events[0].actor, "scan:s1");
  }
}

TEST(Scans, ThatStillFailSendBackAClaimedFix) {
  const Ticket claimed = in_state(TicketState::fix_claimed);
  const auto sent = seen_again(claimed, finding(), "s1", kMonday + hours{1}, policy(), kMonday + hours{2});
  EXPECT_EQ(sent.ticket.state, TicketState::needs_patch);
  EXPECT_EQ(sent.ticket.due, claimed.due);
  EXPECT_THAT(kinds(sent.events), ElementsAre(EventKind::moved, EventKind::still_failing));
}

TEST(Scans, FromBeforeTheClaimSayNothingOfIt) {
  const auto early =
      seen_again(in_state(TicketState::fix_claimed), finding(), "s1", kMonday - hours{1}, policy(), kMonday + hours{2});
  EXPECT_THAT(early.events, IsEmpty());
  EXPECT_EQ(early.ticket.state, TicketState::fix_claimed);
}

TEST(Scans, LeaveOtherStatesAlone) {
  for (const auto state : all_ticket_states()) {
    if (state == TicketState::fix_claimed) continue;
    const auto change = seen_again(in_state(state), finding(), "s1", kMonday + hours{1}, policy(), kMonday + hours{2});
    EXPECT_EQ(change.ticket.state, state);
    EXPECT_THAT(change.events, IsEmpty());
  }
}

TEST(Scans, ARisingSeverityBringsTheDueDateForward) {
  const Ticket t = opened(Severity::low);
  const auto risen = seen_again(t, finding(Severity::critical), "s1", kMonday, policy(), kMonday + days{10});
  EXPECT_EQ(risen.ticket.severity, Severity::critical);
  EXPECT_EQ(day_of(risen.ticket.due), "2026-12-10");
  EXPECT_THAT(kinds(risen.events), ElementsAre(EventKind::severity_raised));
}

TEST(Scans, ARisingSeverityNeverGivesMoreTime) {
  const Ticket t = opened(Severity::high);
  const auto risen = seen_again(t, finding(Severity::critical), "s1", kMonday, policy(), kMonday + days{20});
  EXPECT_EQ(risen.ticket.severity, Severity::critical);
  EXPECT_EQ(risen.ticket.due, t.due);
  EXPECT_EQ(risen.ticket.policy_version, t.policy_version);
}

TEST(Scans, AFallingSeverityChangesNothing) {
  const auto fallen = seen_again(opened(Severity::high), finding(Severity::low), "s1", kMonday, policy(), kMonday);
  EXPECT_EQ(fallen.ticket.severity, Severity::high);
  EXPECT_THAT(fallen.events, IsEmpty());
}

// --- Moves -------------------------------------------------------------------------------------------------------

TEST(Moves, AreAllowedAndRefusedAsThePageSays) {
  const std::vector<Actor> all{kTriager, kEngineer, kOwner, kStranger, kAuditor, kWorker};
  const std::vector<TicketState> by_hand{TicketState::needs_patch, TicketState::fix_claimed,
                                         TicketState::waiting_for_release};
  for (const auto from : all_ticket_states()) {
    for (const auto to : all_ticket_states()) {
      for (const auto& actor : all) {
        const bool works = actor.id != "sven" && actor.id != "arno" && actor.id != "worker-1";
        const bool movable = is_live(from) && std::ranges::find(by_hand, to) != by_hand.end();
        const auto change = move(in_state(from), to, actor, kMonday + hours{1});
        ASSERT_EQ(change.has_value(), works && movable)
            << actor.id << ": " << to_string(from) << " to " << to_string(to);
        if (!change) {
          EXPECT_FALSE(change.error().remedy.empty());
          continue;
        }
        EXPECT_EQ(change->ticket.state, to);
        EXPECT_EQ(change->events.size(), from == to ? 0U : 1U);
      }
    }
  }
}

TEST(Moves, AreListedForButtons) {
  EXPECT_THAT(moves(in_state(TicketState::needs_patch), kOwner),
              ElementsAre(TicketState::fix_claimed, TicketState::waiting_for_release));
  EXPECT_THAT(moves(in_state(TicketState::in_review), kTriager),
              ElementsAre(TicketState::needs_patch, TicketState::fix_claimed, TicketState::waiting_for_release));
  EXPECT_THAT(moves(in_state(TicketState::needs_patch), kStranger), IsEmpty());
  EXPECT_THAT(moves(in_state(TicketState::patched), kTriager), IsEmpty());
}

TEST(Moves, APartnerWithoutOrganisationSeesNothing) {
  const Actor nobody{.id = "nora", .role = ledger::Role::partner, .org = {}};
  EXPECT_FALSE(may_read(nobody, ""));
  EXPECT_TRUE(may_read(kAuditor, "acme"));
  EXPECT_FALSE(may_work(kAuditor, "acme"));
  EXPECT_FALSE(may_read(kWorker, "acme"));
}

TEST(Clock, StandsStillByWholeDaysInReview) {
  const Ticket t = in_state(TicketState::in_review, at("2026-11-10T23:00:00Z"));
  EXPECT_EQ(move(t, TicketState::needs_patch, kOwner, at("2026-11-10T23:59:00Z"))->ticket.due, t.due);
  EXPECT_EQ(move(t, TicketState::needs_patch, kOwner, at("2026-11-11T00:01:00Z"))->ticket.due, t.due + days{1});
  EXPECT_EQ(move(t, TicketState::needs_patch, kOwner, at("2026-11-17T12:00:00Z"))->ticket.due, t.due + days{7});
}

TEST(Clock, ThatStepsBackTakesNoTimeAway) {
  const Ticket t = in_state(TicketState::in_review);
  EXPECT_EQ(move(t, TicketState::needs_patch, kOwner, kMonday - days{3})->ticket.due, t.due);
}

TEST(Clock, RunsInFixClaimedAndWaitingForRelease) {
  for (const auto state : {TicketState::fix_claimed, TicketState::waiting_for_release}) {
    const Ticket t = in_state(state);
    EXPECT_EQ(move(t, TicketState::needs_patch, kOwner, kMonday + days{9})->ticket.due, t.due);
  }
}

TEST(Assigning, NeedsALiveTicketAndARight) {
  const auto done = assign(opened(), "olga", kOwner, kMonday);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->ticket.assignee, "olga");
  EXPECT_THAT(assign(done->ticket, "olga", kOwner, kMonday)->events, IsEmpty());
  EXPECT_FALSE(assign(opened(), "olga", kStranger, kMonday));
  EXPECT_FALSE(assign(in_state(TicketState::patched), "olga", kOwner, kMonday));
  EXPECT_FALSE(assign(opened(), std::string(kMaxName + 1, 'x'), kOwner, kMonday));
}

TEST(Comments, AreTextOfBoundedSize) {
  EXPECT_TRUE(comment(in_state(TicketState::patched), "Thanks.", kOwner, kMonday));
  EXPECT_FALSE(comment(opened(), " \n", kOwner, kMonday));
  EXPECT_FALSE(comment(opened(), std::string(kMaxText + 1, 'x'), kOwner, kMonday));
  EXPECT_FALSE(comment(opened(), "Hello.", kAuditor, kMonday));
}

TEST(Watching, WantsAMailAddress) {
  EXPECT_EQ(watch(opened(), "a@b.example", true, kOwner, kMonday)->kind, EventKind::watcher_added);
  EXPECT_EQ(watch(opened(), "a@b.example", false, kOwner, kMonday)->kind, EventKind::watcher_removed);
  EXPECT_FALSE(watch(opened(), "a@b.example\r\nBcc: c@d.example", true, kOwner, kMonday));
}

// --- Extensions --------------------------------------------------------------------------------------------------

const ExtensionAsk kAsk{.plan = "Release 4.2.", .due = at("2026-12-24T10:00:00Z")};

TEST(Extensions, StopTheClockAndReplaceTheDueDate) {
  const auto asked = ask_extension(opened(), kAsk, kOwner, kMonday);
  ASSERT_TRUE(asked) << asked.error().message();
  EXPECT_EQ(asked->change.ticket.state, TicketState::extension_requested);
  EXPECT_EQ(asked->change.ticket.due, opened().due);
  const auto granted =
      decide_extension(asked->change.ticket, asked->extension, true, "Fine.", kTriager, kMonday + days{5});
  ASSERT_TRUE(granted) << granted.error().message();
  EXPECT_EQ(granted->change.ticket.state, TicketState::needs_patch);
  EXPECT_EQ(format_rfc3339(granted->change.ticket.due), "2026-12-24T23:59:59.999Z");
  EXPECT_EQ(granted->extension.state, RequestState::approved);
  EXPECT_EQ(granted->extension.decision->by, "tina");
}

TEST(Extensions, RejectedGiveBackTheTimeOfTheDecision) {
  const auto asked = ask_extension(opened(), kAsk, kOwner, kMonday);
  const auto denied = decide_extension(asked->change.ticket, asked->extension, false, "", kTriager, kMonday + days{5});
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->change.ticket.state, TicketState::needs_patch);
  EXPECT_EQ(denied->change.ticket.due, opened().due + days{5});
}

TEST(Extensions, AreDecidedOnceAndBySomebodyElse) {
  const auto asked = ask_extension(opened(), kAsk, kTriager, kMonday);
  ASSERT_TRUE(asked);
  const auto decide = [&](const Actor& actor, Time now = kMonday + days{1}) {
    return decide_extension(asked->change.ticket, asked->extension, true, "", actor, now);
  };
  EXPECT_THAT(decide(kTriager).error().message(), HasSubstr("same person"));
  EXPECT_FALSE(decide(kOwner));
  EXPECT_FALSE(decide(kAuditor));
  EXPECT_THAT(decide(kEngineer, at("2026-12-25T00:00:00Z")).error().message(), HasSubstr("has passed"));
  const auto granted = decide(kEngineer);
  ASSERT_TRUE(granted);
  EXPECT_FALSE(decide_extension(granted->change.ticket, granted->extension, true, "", kEngineer, kMonday));
}

TEST(Extensions, AreAskedForOnceAtATimeWithAPlanAndALaterDay) {
  EXPECT_FALSE(ask_extension(in_state(TicketState::extension_requested), kAsk, kOwner, kMonday));
  EXPECT_FALSE(ask_extension(in_state(TicketState::in_review), kAsk, kOwner, kMonday));
  EXPECT_FALSE(ask_extension(in_state(TicketState::patched), kAsk, kOwner, kMonday));
  EXPECT_FALSE(ask_extension(opened(), kAsk, kStranger, kMonday));
  EXPECT_FALSE(ask_extension(opened(), {.plan = "", .due = kAsk.due}, kOwner, kMonday));
  EXPECT_FALSE(ask_extension(opened(), {.plan = "Soon.", .due = opened().due}, kOwner, kMonday));
  EXPECT_FALSE(ask_extension(opened(), {.plan = "Soon.", .due = kMonday}, kOwner, kMonday));
  EXPECT_FALSE(ask_extension(opened(), {.plan = "Never.", .due = kMonday + days{4000}}, kOwner, kMonday));
  EXPECT_TRUE(ask_extension(in_state(TicketState::waiting_for_release), kAsk, kOwner, kMonday));
}

// --- Dispositions ------------------------------------------------------------------------------------------------

const DispositionAsk kFalsePositive{
    .kind = DispositionKind::false_positive, .reason = "A test host.", .until = {}, .duplicate_of = {}};

DispositionChange asked(const DispositionAsk& ask, const std::optional<Ticket>& ticket, const Actor& actor = kOwner) {
  return *ask_disposition(kApp, finding().fingerprint, ticket, ask, actor, kMonday);
}

TEST(Dispositions, PutTheTicketInReviewAndCloseItWhenASecondPersonApproves) {
  const std::vector<DispositionAsk> asks{
      kFalsePositive,
      {.kind = DispositionKind::risk_accepted,
       .reason = "Retired soon.",
       .until = kMonday + days{90},
       .duplicate_of = {}},
      {.kind = DispositionKind::not_applicable, .reason = "No users.", .until = {}, .duplicate_of = {}},
      {.kind = DispositionKind::duplicate, .reason = "Same host.", .until = {}, .duplicate_of = "fp1-other"}};
  for (const auto& ask : asks) {
    const auto request = asked(ask, opened());
    ASSERT_TRUE(request.change);
    EXPECT_EQ(request.change->ticket.state, TicketState::in_review);
    const auto approved =
        decide_disposition(request.disposition, request.change->ticket, true, "Seen.", kTriager, kMonday + days{2});
    ASSERT_TRUE(approved) << approved.error().message();
    EXPECT_EQ(approved->disposition.state, RequestState::approved);
    ASSERT_TRUE(approved->change);
    EXPECT_EQ(to_string(approved->change->ticket.state), to_string(ask.kind));
    EXPECT_EQ(approved->change->ticket.closed, kMonday + days{2});
    EXPECT_THAT(kinds(approved->change->events), ElementsAre(EventKind::disposition_decided, EventKind::closed));
  }
}

TEST(Dispositions, RejectedSendTheTicketBackWithItsTime) {
  const auto request = asked(kFalsePositive, opened());
  const auto rejected = decide_disposition(request.disposition, request.change->ticket, false, "It is live.", kTriager,
                                           kMonday + days{3});
  ASSERT_TRUE(rejected);
  EXPECT_EQ(rejected->change->ticket.state, TicketState::needs_patch);
  EXPECT_EQ(rejected->change->ticket.due, opened().due + days{3});
}

TEST(Dispositions, AreNeverDecidedByWhoAskedOrByOwners) {
  const auto own = asked(kFalsePositive, opened(), kTriager);
  EXPECT_FALSE(decide_disposition(own.disposition, own.change->ticket, true, "", kTriager, kMonday));
  EXPECT_TRUE(decide_disposition(own.disposition, own.change->ticket, true, "", kEngineer, kMonday));
  const auto owners = asked(kFalsePositive, opened());
  EXPECT_FALSE(decide_disposition(owners.disposition, owners.change->ticket, true, "", kColleague, kMonday));
  EXPECT_FALSE(decide_disposition(owners.disposition, owners.change->ticket, true, "", kAuditor, kMonday));
}

TEST(Dispositions, AreDecidedOnce) {
  for (const auto state :
       {RequestState::approved, RequestState::rejected, RequestState::withdrawn, RequestState::expired}) {
    Disposition d = asked(kFalsePositive, std::nullopt).disposition;
    d.state = state;
    EXPECT_FALSE(decide_disposition(d, std::nullopt, true, "", kTriager, kMonday)) << to_string(state);
  }
}

TEST(Dispositions, AreMadeOfWhatTheirKindNeeds) {
  const auto ask = [](const DispositionAsk& what) {
    return ask_disposition(kApp, "fp1-this", opened(), what, kOwner, kMonday).has_value();
  };
  using Kind = DispositionKind;
  EXPECT_FALSE(ask({.kind = Kind::false_positive, .reason = "", .until = {}, .duplicate_of = {}}));
  EXPECT_FALSE(ask({.kind = Kind::false_positive, .reason = "r", .until = kMonday + days{9}, .duplicate_of = {}}));
  EXPECT_FALSE(ask({.kind = Kind::false_positive, .reason = "r", .until = {}, .duplicate_of = "fp1-x"}));
  EXPECT_FALSE(ask({.kind = Kind::risk_accepted, .reason = "r", .until = {}, .duplicate_of = {}}));
  EXPECT_FALSE(ask({.kind = Kind::risk_accepted, .reason = "r", .until = kMonday, .duplicate_of = {}}));
  EXPECT_FALSE(ask({.kind = Kind::duplicate, .reason = "r", .until = {}, .duplicate_of = {}}));
  EXPECT_FALSE(ask({.kind = Kind::duplicate, .reason = "r", .until = {}, .duplicate_of = "fp1-this"}));
  EXPECT_FALSE(ask_disposition(kApp, "fp1-this", opened(), kFalsePositive, kStranger, kMonday));
  EXPECT_FALSE(ask_disposition(kApp, "fp1-this", opened(), kFalsePositive, kAuditor, kMonday));
}

TEST(Dispositions, NeedNoTicket) {
  const auto request = asked(kFalsePositive, std::nullopt);
  EXPECT_FALSE(request.change);
  EXPECT_FALSE(decide_disposition(request.disposition, std::nullopt, true, "", kTriager, kMonday)->change);
}

TEST(Dispositions, AreWithdrawnByTheirAskerUntilDecidedAndByTriagersAlways) {
  Disposition d = asked(kFalsePositive, opened()).disposition;
  const auto withdraw = [&](const Actor& actor) {
    return withdraw_disposition(d, in_state(TicketState::in_review), "acme", "", actor, kMonday + days{1});
  };
  EXPECT_FALSE(withdraw(kColleague));
  ASSERT_TRUE(withdraw(kOwner));
  EXPECT_EQ(withdraw(kOwner)->change->ticket.state, TicketState::needs_patch);
  EXPECT_TRUE(withdraw(kTriager));
  d.state = RequestState::approved;
  EXPECT_FALSE(withdraw(kOwner));
  EXPECT_TRUE(withdraw(kTriager));
  d.state = RequestState::rejected;
  EXPECT_FALSE(withdraw(kTriager));
}

TEST(Dispositions, EndAfterTheirLastDay) {
  Disposition d =
      asked({.kind = DispositionKind::risk_accepted, .reason = "r", .until = kMonday + days{5}, .duplicate_of = {}},
            opened())
          .disposition;
  EXPECT_FALSE(expire_disposition(d, kMonday + days{9}));  // not approved
  d.state = RequestState::approved;
  EXPECT_FALSE(expire_disposition(d, at("2026-11-07T23:59:59.999Z")));
  EXPECT_EQ(expire_disposition(d, at("2026-11-08T00:00:00Z"))->state, RequestState::expired);
}

TEST(Reopening, AfterADispositionGivesAFreshDueDate) {
  const Time now = kMonday + days{400};
  const auto again = reopen(in_state(TicketState::risk_accepted), Severity::high, policy(), "platform", now);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ticket.state, TicketState::needs_patch);
  EXPECT_EQ(again->ticket.due, due_date(policy(), Severity::high, now));
  EXPECT_FALSE(reopen(again->ticket, Severity::high, policy(), "platform", now));
}

// --- Reminders ---------------------------------------------------------------------------------------------------

TEST(Reminders, ComeBeforeOnAndAfterTheDueDate) {
  const Ticket t = opened();
  const auto step = [&](int offset) { return escalation_step(t, policy(), t.due - hours{3} + days{offset}); };
  EXPECT_EQ(step(-8), 0);
  EXPECT_EQ(step(-7), 1);
  EXPECT_EQ(step(-1), 1);
  EXPECT_EQ(step(0), 2);
  EXPECT_EQ(step(1), 3);
  EXPECT_EQ(step(7), 3);
  EXPECT_EQ(step(8), 4);
  EXPECT_EQ(step(15), 5);
  EXPECT_EQ(escalation_name(1), "due-soon");
  EXPECT_EQ(escalation_name(2), "due");
  EXPECT_EQ(escalation_name(5), "overdue");
}

TEST(Reminders, AreOfLiveTicketsWhoseClockRuns) {
  for (const auto state : all_ticket_states()) {
    const Ticket t = in_state(state);
    EXPECT_EQ(escalation_step(t, policy(), t.due + days{30}) > 0, is_live(state) && !clock_stands(state));
    EXPECT_EQ(is_overdue(t, t.due + days{30}), is_live(state) && !clock_stands(state));
  }
}

}  // namespace
}  // namespace assay::ticket
