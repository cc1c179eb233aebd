#pragma once

// A ledger with one app of the organisation acme, its contact, and a desk whose hooks remember what they were told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/database.h"
#include "ledger/scan_effect.h"
#include "ledger/tickets.h"
#include "ticket/desk.h"
#include "unit/ledger/sample.h"
#include "unit/ticket/sample.h"

namespace assay::ticket {

inline const std::string kKey = "com.example.app";

class DeskTest : public ledger::BothEngines {
 protected:
  void SetUp() override {
    BothEngines::SetUp();
    ledger_ = open();
    auto database = ledger::Database::connect(url());
    ASSERT_TRUE(database) << database.error().message();
    database_ = std::move(*database);
    ASSERT_TRUE(ledger_->add_app(ledger::sample_app(kKey)));
    execute("insert into organisations (org_id, name, created_ms) values ('acme', 'Acme', 0)");
    execute("update apps set org_id = 'acme'");
    execute("insert into contacts (app_key, email, name) values ('com.example.app', 'sec@acme.example', 'Sec')");
  }

  void execute(const std::string& statement) {
    EXPECT_OK(database_->run([&](soci::session& sql) -> Result<void> {
      sql << statement;
      return {};
    }));
  }

  // `body` (Work& → Result) as one transaction at `now`.
  template <class Body>
  auto at_time(Time now, Body body) {
    return database_->transact([&](soci::session& sql) {
      ledger::Work work(sql, database_->dialect(), now);
      return body(work);
    });
  }

  Desk desk(BugFixPolicy with = policy()) {
    return Desk(std::move(with), {.audit = [this](ledger::Work&, const Actor& actor, std::string_view act,
                                                  const std::string& object, const Json&) -> Result<void> {
                                    if (refuse_audit_) return fail(ErrorCode::io, "audit", "is refused");
                                    audited_.push_back(actor.id + " " + std::string(act) + " " + object);
                                    return {};
                                  },
                                  .verify = [this](ledger::Work&, const Actor&, const Ticket& ticket) -> Result<void> {
                                    verified_.push_back(ticket.id);
                                    return {};
                                  },
                                  .notify = [this](ledger::Work& work, const Notice& notice) -> Result<void> {
                                    told_.emplace_back(to_string(notice.event.kind));
                                    return post_ ? post_(work, notice) : Result<void>{};
                                  }});
  }

  // Records a scan that says `outcome` of one requirement, and follows it up.
  void scan(const std::string& id, Outcome outcome, Time started = now() - std::chrono::days{2}) {
    auto record =
        ledger::sample_scan(id, started,
                            {ledger::sample_verdict("hsts", "https://app.example", outcome,
                                                    outcome == Outcome::fail ? std::vector<std::string>{"header"}
                                                                             : std::vector<std::string>{})},
                            kKey);
    const Desk with = desk();
    EXPECT_OK(ledger_->record_scan(
        record,
        {.looks = {}, .follow_up = [&](ledger::Work& work, const ScanRecord& done, const ledger::ScanEffect& effect) {
           return with.follow_up(work, done, effect);
         }}));
  }

  std::vector<Ticket> tickets(const std::string& filter = "") {
    const auto page = ledger_->read([&](ledger::Work& work) { return ledger::list_tickets(work, {.filter = filter}); });
    EXPECT_TRUE(page) << page.error().message();
    return page ? page->items : std::vector<Ticket>{};
  }
  Ticket ticket() {
    const auto all = tickets();
    EXPECT_THAT(all, ::testing::SizeIs(1));
    return all.empty() ? Ticket{} : all.back();
  }
  std::vector<std::string> history(std::int64_t id = 1) {
    const auto events = ledger_->read([&](ledger::Work& work) { return ledger::events_of(work, id); });
    std::vector<std::string> kinds;
    for (const auto& e : events.value_or(std::vector<TicketEvent>{})) kinds.emplace_back(to_string(e.kind));
    return kinds;
  }
  std::string fingerprint() const { return fingerprint_of("hsts", "https://app.example", "header"); }

  Result<Ticket> move(TicketState to, const Actor& actor = kOwner, const std::string& comment = "") {
    const Ticket t = ticket();
    const Desk with = desk();
    return ledger_->write([&](ledger::Work& work) { return with.move(work, actor, t.id, t.version, to, comment); });
  }

  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<ledger::Database> database_;
  std::vector<std::string> audited_, told_;
  std::vector<std::int64_t> verified_;
  bool refuse_audit_ = false;
  std::function<Result<void>(ledger::Work&, const Notice&)> post_;  // told of every notice, too
};

}  // namespace assay::ticket
