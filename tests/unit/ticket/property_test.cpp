// A walk of random events: whatever happens, the rules hold.

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>

#include "unit/ticket/sample.h"

namespace assay::ticket {
namespace {

using std::chrono::days;
using std::chrono::hours;

// One finding's tickets and requests under random scans, people and time.
class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed) {}

  void step() {
    now_ += hours{below(60)} - hours{below(20) == 0 ? 30 : 0};  // the clock may step back
    const std::optional<Ticket> before = ticket_;
    switch (below(10)) {
      case 0:
        scan_opens();
        break;
      case 1:
        ticket_ = ticket_ ? std::optional(close_by_scan(*ticket_, TicketState::patched, "s", now_).ticket) : ticket_;
        break;
      case 2:
        if (ticket_) ticket_ = seen_again(*ticket_, finding(severity()), "s", now_, policy(), now_).ticket;
        break;
      case 3:
      case 4:
        if (ticket_) keep(move(*ticket_, any_state(), any_actor(), now_));
        break;
      case 5:
        ask_more_time();
        break;
      case 6:
        decide_more_time();
        break;
      case 7:
        ask_disposition_();
        break;
      case 8:
        decide_disposition_();
        break;
      default:
        end_disposition();
        break;
    }
    check(before);
  }

 private:
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  Severity severity() {
    return std::array{Severity::low, Severity::medium, Severity::high, Severity::critical}[below(4)];
  }
  TicketState any_state() { return all_ticket_states()[below(static_cast<int>(all_ticket_states().size()))]; }
  Actor any_actor() { return std::array{kTriager, kEngineer, kOwner, kStranger, kAuditor}[below(5)]; }
  void keep(const Result<Change>& change) {
    if (change) ticket_ = change->ticket;
  }

  void scan_opens() {
    if (disposition_ && disposition_->state == RequestState::approved) return;
    auto change = open(ticket_, kApp, finding(severity()), policy(), now_);
    EXPECT_EQ(change.has_value(), !ticket_ || !ticket_->live());
    if (!change) return;
    if (change->ticket.id == 0) change->ticket.id = ++ids_;
    ticket_ = change->ticket;
  }
  void ask_more_time() {
    if (!ticket_) return;
    const auto made = ask_extension(*ticket_, {.plan = "p", .due = now_ + days{below(300)}}, any_actor(), now_);
    if (!made) return;
    extension_ = made->extension;
    ticket_ = made->change.ticket;
  }
  void decide_more_time() {
    if (!ticket_ || !extension_) return;
    const auto done = decide_extension(*ticket_, *extension_, below(2) == 0, "", any_actor(), now_);
    if (!done) return;
    EXPECT_NE(done->extension.decision->by, done->extension.requested_by);
    extension_ = done->extension;
    ticket_ = done->change.ticket;
  }
  void ask_disposition_() {
    if (disposition_ && disposition_->live()) return;
    const DispositionAsk ask{
        .kind = DispositionKind::risk_accepted, .reason = "r", .until = now_ + days{below(60)}, .duplicate_of = {}};
    const auto made = ask_disposition(kApp, finding().fingerprint, ticket_, ask, any_actor(), now_);
    if (!made) return;
    disposition_ = made->disposition;
    if (made->change) ticket_ = made->change->ticket;
  }
  void decide_disposition_() {
    if (!disposition_) return;
    const auto done = decide_disposition(*disposition_, ticket_, below(2) == 0, "", any_actor(), now_);
    if (!done) return;
    EXPECT_NE(done->disposition.decision->by, done->disposition.requested_by);
    disposition_ = done->disposition;
    if (done->change) ticket_ = done->change->ticket;
  }
  void end_disposition() {
    if (!disposition_) return;
    const auto ended = expire_disposition(*disposition_, now_);
    if (!ended) return;
    disposition_ = ended;
    if (ticket_ && !ticket_->live()) keep(reopen(*ticket_, severity(), policy(), "platform", now_));
  }

  void check(const std::optional<Ticket>& before) const {
    if (!ticket_) return;
    EXPECT_GE(ticket_->due, ticket_->opened);
    EXPECT_EQ(ticket_->due, end_of_day(ticket_->due));
    EXPECT_EQ(ticket_->live(), !ticket_->closed.has_value());
    if (ticket_->live() || !before || !before->live()) return;
    const bool by_scan = ticket_->state == TicketState::patched || ticket_->state == TicketState::gone;
    EXPECT_TRUE(by_scan || (disposition_ && disposition_->state == RequestState::approved));
  }

  std::mt19937 random_;
  Time now_ = kMonday;
  std::int64_t ids_ = 0;
  std::optional<Ticket> ticket_;
  std::optional<Extension> extension_;
  std::optional<Disposition> disposition_;
};

TEST(Property, NoSequenceOfEventsBreaksTheRules) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Walk walk(seed);
    for (int i = 0; i < 200 && !HasFailure(); ++i) walk.step();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace assay::ticket
