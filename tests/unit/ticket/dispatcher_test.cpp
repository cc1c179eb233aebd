// Notices from a change of a ticket to real peers and back, with the faults of peers and of ourselves.

#include "ticket/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "ledger/outbox.h"
#include "ledger/sinks.h"
#include "ticket/notices.h"
#include "unit/ticket/desk_fixture.h"
#include "unit/ticket/peers.h"

namespace assay::ticket {
namespace {

using ledger::Ledger;
using ledger::Work;
using std::chrono::days;
using std::chrono::hours;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class DispatcherTest : public DeskTest {
 protected:
  void SetUp() override {
    DeskTest::SetUp();
    post_ = [](Work& work, const Notice& notice) { return post_notice(work, notice, "https://assay.example"); };
  }

  static Ledger::Key key() { return ledger::sample_key("k1", 'k'); }

  void add_sink(Sink sink, const std::string& secret) {
    if (sink.name.empty()) sink.name = sink.id;
    EXPECT_OK(ledger_->write([&](Work& work) -> Result<Sink> {
      if (auto checked = check_sink(work, sink, !secret.empty()); !checked) return std::unexpected(checked.error());
      return ledger::insert_sink(work, sink, secret, key());
    }));
  }
  void add_hook(const std::string& filter = "") {
    add_sink({.id = "hook", .kind = SinkKind::webhook, .filter = filter, .settings = {{"url", peers_.https("/hook")}}},
             Peers::kHookSecret);
  }
  void add_jira() {
    add_sink({.id = "jira",
              .kind = SinkKind::jira,
              .settings = {{"url", peers_.http("/jira")},
                           {"user", "bot@market.example"},
                           {"project", "SEC"},
                           {"account_id", "bot-1"},
                           {"states", {{"In Progress", "fix-claimed"}}},
                           {"transitions", {{"closed", "Done"}, {"reopened", "To Do"}}}}},
             "jira-token");
  }
  void add_github() {
    add_sink({.id = "github",
              .kind = SinkKind::github,
              .settings = {{"url", peers_.http("/github")}, {"repository", "acme/shop"}, {"login", "assay-bot"}}},
             "github-token");
  }
  void add_mail(Json more = Json::object()) {
    Json settings{{"url", peers_.smtp()}, {"from", "assay@market.example"}, {"user", "assay"}};
    settings.update(more);
    add_sink({.id = "mail", .kind = SinkKind::mail, .settings = settings}, "secret");
  }

  DispatcherSettings settings() const { return {.courier = peers_.courier(), .key = key()}; }
  // Rounds until nothing is ready; waiting retries are made ready at once when `hurry`.
  int send(bool hurry = false) {
    Dispatcher dispatcher(*ledger_, settings());
    int total = 0;
    for (int round = 0; round < 20; ++round) {
      if (hurry) execute("update outbox set next_ms = 0, lease_ms = 0 where state = 'waiting'");
      const auto sent = dispatcher.send_ready();
      EXPECT_OK(sent);
      if (!sent || *sent == 0) break;
      total += *sent;
    }
    return total;
  }

  std::vector<OutboxNotice> notices(const std::string& filter = "") {
    const auto page =
        ledger_->read([&](Work& work) { return ledger::list_notices(work, {.filter = filter, .limit = 500}); });
    EXPECT_OK(page);
    return page ? page->items : std::vector<OutboxNotice>{};
  }
  Json issue(const std::string& tracker) {
    const Json issues = peers_.state().at(tracker).at("issues");
    EXPECT_THAT(issues, SizeIs(1));
    return issues.empty() ? Json() : issues.at(0);
  }

  Peers& peers_ = Peers::fresh();
};
INSTANTIATE_TEST_SUITE_P(Engines, DispatcherTest, ::testing::Values(ledger::kSqlite, ledger::kPostgresql),
                         ledger::engine_name);

TEST_P(DispatcherTest, WebhooksArriveInOrderWithSignaturesThatTheReferenceLibraryAccepts) {
  add_hook();
  scan("s1", Outcome::fail);
  ASSERT_TRUE(move(TicketState::fix_claimed, kOwner, "Fixed."));
  EXPECT_EQ(send(), 3);
  const Json hooks = peers_.state().at("hooks");
  std::vector<std::string> types;
  for (const auto& hook : hooks) {
    EXPECT_TRUE(hook.at("valid").get<bool>());
    types.push_back(parse_json(hook.at("text").get<std::string>(), "hook")->at("type").get<std::string>());
  }
  EXPECT_THAT(types, ElementsAre("ticket.opened", "ticket.moved", "ticket.commented"));
  const auto opened = parse_json(hooks.at(0).at("text").get<std::string>(), "hook");
  EXPECT_EQ(opened->at("data").at("ticket").at("severity"), "high");
  EXPECT_EQ(opened->at("data").at("url"), "https://assay.example/tickets/1");
  EXPECT_EQ(opened->at("data").at("finding").at("remediation"), "mend it");
  EXPECT_THAT(notices("state:done"), SizeIs(3));
  EXPECT_EQ(send(), 0);
}

TEST_P(DispatcherTest, SinksAreToldOfTheTicketsThatTheirFilterNames) {
  add_hook("severity:critical");
  scan("s1", Outcome::fail);
  EXPECT_THAT(notices(), IsEmpty());
}

TEST_P(DispatcherTest, WhatFailsIsTriedAgainLaterAndLaterNoticesWaitForIt) {
  add_hook();
  peers_.faults("hook", {{{"status", 503}, {"retryAfter", 3000}}, {{"drop", "before"}}});
  scan("s1", Outcome::fail);
  ASSERT_TRUE(move(TicketState::fix_claimed));
  EXPECT_EQ(send(), 1);
  const auto first = notices("kind:ticket.opened").at(0);
  EXPECT_EQ(first.state, NoticeState::waiting);
  EXPECT_EQ(first.attempts, 1);
  EXPECT_THAT(first.last_error, HasSubstr("503"));
  EXPECT_GE(first.next, now() + std::chrono::seconds{2900});
  EXPECT_EQ(notices("kind:ticket.moved").at(0).attempts, 0);
  send(true);
  EXPECT_THAT(peers_.state().at("hooks"), SizeIs(2));
  EXPECT_THAT(notices("state:done"), SizeIs(2));
}

TEST_P(DispatcherTest, WhatIsRefusedIsDeadUntilItIsSentAgain) {
  add_hook();
  peers_.faults("hook", {{{"status", 410}}});
  scan("s1", Outcome::fail);
  send();
  const auto dead = notices("state:dead");
  ASSERT_THAT(dead, SizeIs(1));
  EXPECT_THAT(dead[0].last_error, HasSubstr("410"));
  EXPECT_OK(ledger_->write([&](Work& work) { return ledger::resend_notice(work, dead[0].id); }));
  send();
  EXPECT_THAT(peers_.state().at("hooks"), SizeIs(1));
  const auto again = ledger_->write([&](Work& work) { return ledger::resend_notice(work, dead[0].id); });
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
}

TEST_P(DispatcherTest, ASinkThatFailsForDaysIsSwitchedOff) {
  add_hook();
  scan("s1", Outcome::fail);
  execute("update outbox set created_ms = created_ms - 600000000");  // almost 7 days
  peers_.faults("hook", {{{"status", 500}}});
  send();
  const auto sink = ledger_->read([](Work& work) { return ledger::get_sink(work, "hook"); });
  EXPECT_FALSE(sink->enabled);
  EXPECT_EQ(send(true), 0);
}

TEST_P(DispatcherTest, PrivateAddressesAndPlainTextAreRefusedUnlessAllowed) {
  add_hook();
  scan("s1", Outcome::fail);
  DispatcherSettings guarded = settings();
  guarded.courier.allowed_networks.clear();
  Dispatcher dispatcher(*ledger_, guarded);
  EXPECT_OK(dispatcher.send_ready());
  EXPECT_THAT(notices("state:dead").at(0).last_error, AllOf(HasSubstr("not public"), HasSubstr("loopback")));
  EXPECT_THAT(peers_.state().at("requests"), IsEmpty());
}

TEST_P(DispatcherTest, ServersWithoutATrustedCertificateGetNothing) {
  add_hook();
  scan("s1", Outcome::fail);
  DispatcherSettings strangers = settings();
  strangers.courier.trust_file.clear();
  Dispatcher dispatcher(*ledger_, strangers);
  EXPECT_OK(dispatcher.send_ready());
  EXPECT_EQ(notices().at(0).state, NoticeState::waiting);
  EXPECT_THAT(peers_.state().at("requests"), IsEmpty());
}

TEST_P(DispatcherTest, SecretsAreSealedAndComeBackWithTheirKeyOnly) {
  add_hook();
  const auto other = ledger::sample_key("k2", 'x');
  const auto secret = [&](const Ledger::Key& with) {
    return ledger_->read([&](Work& work) { return ledger::sink_secret(work, "hook", with); });
  };
  EXPECT_EQ(secret(key()), std::string(Peers::kHookSecret));
  EXPECT_FALSE(secret(other));
  EXPECT_OK(open(key())->rewrap_evidence(other));
  EXPECT_EQ(secret(other), std::string(Peers::kHookSecret));
  EXPECT_FALSE(secret(key()));
  const auto without = ledger_->write(
      [&](Work& work) { return ledger::insert_sink(work, {.id = "x", .name = "x"}, "whsec_x", std::nullopt); });
  EXPECT_EQ(without.error().code, ErrorCode::crypto);
}

// --- Mail --------------------------------------------------------------------------------------------------------

TEST_P(DispatcherTest, MailGoesToTheWatchersInOneDigest) {
  add_mail();
  scan("s1", Outcome::fail);
  ASSERT_TRUE(move(TicketState::fix_claimed, kOwner, "Mended — läuft."));
  EXPECT_EQ(send(), 3);
  const Json mails = peers_.state().at("mails");
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_EQ(mails.at(0).at("to"), Json::array({"sec@acme.example"}));
  EXPECT_EQ(mails.at(0).at("secure"), true);
  EXPECT_EQ(mails.at(0).at("subject"), "3 notices on 1 ticket");
  EXPECT_THAT(mails.at(0).at("text").get<std::string>(),
              AllOf(HasSubstr("title of header"), HasSubstr("Mended — läuft."), HasSubstr("/tickets/1")));
}

TEST_P(DispatcherTest, DigestsWaitForTheirInterval) {
  add_mail({{"digest_minutes", 60}});
  scan("s1", Outcome::fail);
  const auto waiting = notices();
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].next.time_since_epoch() % hours{1}, Duration{0});
  EXPECT_GT(waiting[0].next, waiting[0].created);
}

TEST_P(DispatcherTest, OneRecipientsRefusalIsNoOthersLoss) {
  add_mail({{"url", peers_.smtps()}, {"to", {"no-one@acme.example", "busy-one@acme.example", "olga@acme.example"}}});
  scan("s1", Outcome::fail);
  EXPECT_EQ(send(), 3);
  EXPECT_THAT(peers_.state().at("mails"), SizeIs(1));
  EXPECT_THAT(notices("state:done"), SizeIs(1));
  ASSERT_THAT(notices("state:dead"), SizeIs(1));
  EXPECT_THAT(notices("state:dead")[0].last_error, HasSubstr("550"));
  ASSERT_THAT(notices("state:waiting"), SizeIs(1));
  EXPECT_THAT(notices("state:waiting")[0].last_error, HasSubstr("451"));
}

TEST_P(DispatcherTest, AWrongPasswordIsTriedAgain) {
  add_mail();
  EXPECT_OK(ledger_->write([&](Work& work) -> Result<Sink> {
    const auto sink = ledger::get_sink(work, "mail");
    return ledger::update_sink(work, *sink, "wrong", key());
  }));
  scan("s1", Outcome::fail);
  send();
  ASSERT_THAT(notices("state:waiting"), SizeIs(1));
  EXPECT_THAT(notices()[0].last_error, Not(IsEmpty()));
  EXPECT_THAT(peers_.state().at("mails"), IsEmpty());
}

// --- Trackers ----------------------------------------------------------------------------------------------------

TEST_P(DispatcherTest, ATicketBecomesOneJiraIssueThatFollowsIt) {
  add_jira();
  scan("s1", Outcome::fail, now() - days{3});
  EXPECT_EQ(send(), 1);
  const Json made = issue("jira");
  EXPECT_THAT(made.at("fields").at("summary").get<std::string>(), HasSubstr("[high] title of header"));
  EXPECT_THAT(made.at("fields").at("labels"), Contains(Json("assay-jira-1")));
  EXPECT_EQ(made.at("fields").at("duedate"), format_rfc3339(ticket().due).substr(0, 10));
  const auto links = ledger_->read([](Work& work) { return ledger::links_of(work, 1); });
  ASSERT_THAT(*links, SizeIs(1));
  EXPECT_EQ(links->front().external_id, "SEC-1");
  EXPECT_THAT(history(), Contains("linked"));

  scan("s2", Outcome::pass, now() - days{2});
  EXPECT_EQ(send(), 1);
  EXPECT_EQ(issue("jira").at("status"), "Done");
  scan("s3", Outcome::fail, now() - days{1});
  EXPECT_EQ(send(), 1);
  EXPECT_EQ(issue("jira").at("status"), "To Do");
  EXPECT_THAT(issue("jira").at("comments"), SizeIs(2));
}

TEST_P(DispatcherTest, FaultsOfJiraMakeNoSecondIssueAndNoSecondComment) {
  add_jira();
  peers_.faults("jira", {{{"status", 429}, {"retryAfter", 1}}, Json::object(), {{"drop", "after"}}, {{"status", 502}}});
  scan("s1", Outcome::fail);
  send(true);
  issue("jira");
  // update, then the comment, whose answer is lost
  peers_.faults("jira", {Json::object(), {{"drop", "after"}}});
  ASSERT_TRUE(move(TicketState::fix_claimed));
  send(true);
  EXPECT_THAT(issue("jira").at("comments"), SizeIs(1));
  EXPECT_THAT(notices("state:done"), SizeIs(2));
}

TEST_P(DispatcherTest, WhatJiraCallsWrongIsDead) {
  add_jira();
  execute("update sinks set settings = replace(settings, '\"SEC\"', '\"NONE\"')");
  scan("s1", Outcome::fail);
  send();
  ASSERT_THAT(notices("state:dead"), SizeIs(1));
  EXPECT_THAT(notices("state:dead")[0].last_error, HasSubstr("400"));
}

TEST_P(DispatcherTest, AGithubIssueIsClosedAndOpenedWithItsTicket) {
  add_github();
  peers_.faults("github", {Json::object(), {{"drop", "after"}}});
  scan("s1", Outcome::fail, now() - days{3});
  send(true);
  EXPECT_EQ(issue("github").at("state"), "open");
  scan("s2", Outcome::pass, now() - days{2});
  send();
  EXPECT_EQ(issue("github").at("state"), "closed");
  EXPECT_EQ(issue("github").at("state_reason"), "completed");
  scan("s3", Outcome::fail, now() - days{1});
  send();
  EXPECT_EQ(issue("github").at("state"), "open");
  EXPECT_THAT(issue("github").at("comments"), SizeIs(2));
}

TEST_P(DispatcherTest, WhatAPersonDoesInJiraIsDoneHereAndNotSentBack) {
  add_jira();
  scan("s1", Outcome::fail);
  send();
  const auto sink = ledger_->read([](Work& work) { return ledger::get_sink(work, "jira"); });
  const Desk with = desk();
  const IncomingChange change{
      .external_id = "SEC-1", .at = now(), .person = "Olga", .move = TicketState::fix_claimed, .comment = "Mended."};
  const auto apply = [&](const IncomingChange& what) {
    return ledger_->write([&](Work& work) { return apply_incoming(work, with, *sink, what); });
  };
  EXPECT_EQ(apply(change), true);
  EXPECT_EQ(ticket().state, TicketState::fix_claimed);
  EXPECT_THAT(verified_, ElementsAre(1));
  EXPECT_EQ(send(), 0);
  IncomingChange unknown = change;
  unknown.external_id = "SEC-9";
  EXPECT_EQ(apply(unknown), false);
  IncomingChange same = change;
  same.comment.reset();
  EXPECT_EQ(apply(same), false);
}

TEST_P(DispatcherTest, ATestTellsWhatItMet) {
  add_hook();
  add_jira();
  Dispatcher dispatcher(*ledger_, settings());
  EXPECT_EQ(dispatcher.send_test("hook", "")->kind, Receipt::Kind::taken);
  EXPECT_EQ(dispatcher.send_test("jira", "")->kind, Receipt::Kind::taken);
  EXPECT_THAT(peers_.state().at("jira").at("issues"), IsEmpty());
  peers_.faults("hook", {{{"status", 500}}});
  EXPECT_THAT(dispatcher.send_test("hook", "")->detail, HasSubstr("500"));
  EXPECT_FALSE(dispatcher.send_test("none", ""));
}

TEST_P(DispatcherTest, SendsOnAThreadOfItsOwn) {
  add_hook();
  DispatcherSettings fast = settings();
  fast.poll = Duration{20};
  Dispatcher dispatcher(*ledger_, fast);
  dispatcher.start();
  scan("s1", Outcome::fail);
  for (int i = 0; i < 1200 && notices("state:done").empty(); ++i) std::this_thread::sleep_for(Duration{50});
  dispatcher.stop();
  EXPECT_THAT(notices("state:done"), SizeIs(1));
}

// A process that is killed after Jira made the issue and before that was written down.
TEST_P(DispatcherTest, AKillBetweenSendingAndWritingDownMakesNoSecondIssue) {
  add_jira();
  scan("s1", Outcome::fail);
  peers_.faults("jira", {Json::object(), {{"delay", 120'000}}});
  const pid_t child = ::fork();
  if (child == 0) {
    auto own = ledger::Ledger::open(url(), std::nullopt);
    if (!own) ::_exit(1);
    Dispatcher dispatcher(**own, settings());
    const auto sent = dispatcher.send_ready();
    ::_exit(sent ? 0 : 1);
  }
  for (int i = 0; i < 1200 && peers_.state().at("jira").at("issues").empty(); ++i)
    std::this_thread::sleep_for(Duration{50});
  issue("jira");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(send(), 0);  // the lease of the dead one holds
  EXPECT_EQ(send(true), 1);
  issue("jira");
  EXPECT_THAT(notices("state:done"), SizeIs(1));
}

}  // namespace
}  // namespace assay::ticket
