#include "net/dns/client.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <thread>

#include "unit/net/dns_fixture.h"

namespace assay::net::dns {
namespace {

using testing::address;
using testing::DnsFixture;
using testing::DnsServers;
using testing::kNxdomain;
using testing::kRefused;
using testing::kServfail;
using testing::Reply;
using Fault = Reply::Fault;

std::string failure_of(const DnsAnswer& answer) {
  return answer.failure ? answer.failure->code : "none";
}

TEST(DnsClient, AsksTheResolverAndKeepsWhatItSaid) {
  DnsFixture f(1);
  f.world.say(1, "www.test A",
              {.ad = true, .answer = {"www.test CNAME a.test", "a.test A 192.0.2.1"}, .extended_errors = {4}});
  const auto answer = f.ask("WWW.test.");
  EXPECT_EQ(answer.name, "www.test");
  EXPECT_EQ(answer.type, "A");
  EXPECT_EQ(answer.server, "resolver");
  EXPECT_EQ(answer.address, "127.0.53.1:" + std::to_string(f.world.port()));
  EXPECT_EQ(answer.transport, "udp");
  EXPECT_EQ(answer.rcode, "NOERROR");
  EXPECT_TRUE(answer.recursion);
  EXPECT_TRUE(answer.authenticated);
  EXPECT_FALSE(answer.authoritative);
  EXPECT_EQ(answer.extended_errors, std::vector<int>{4});
  ASSERT_EQ(answer.answer.size(), 2U);
  EXPECT_EQ(answer.answer[1].data, "192.0.2.1");
  EXPECT_FALSE(answer.failure);
  EXPECT_EQ(f.scan.statistics.dns_queries, 1U);
  EXPECT_EQ(f.log.entries(), 1U);
}

TEST(DnsClient, ANewIdPortCookieAndCaseForEveryQuestion) {
  DnsFixture f(1);
  constexpr std::string_view kName = "an-unusually-long-label-of-letters.test";
  f.world.say(1, std::string(kName) + " A", {.rcode = kRefused});
  std::set<std::string> spellings, heads;
  for (int i = 0; i < 4; ++i) {
    f.start();
    f.ask(std::string(kName));
  }
  for (const auto& message : f.world.messages(1)) {
    heads.insert(to_hex(ByteView(message).first(2)) + to_hex(ByteView(message).last(8)));
    spellings.insert(std::string(as_text(ByteView(message).subspan(12, kName.size() + 2))));
  }
  EXPECT_EQ(f.world.messages(1).size(), 4U);
  EXPECT_EQ(heads.size(), 4U);
  EXPECT_EQ(spellings.size(), 4U);
}

TEST(DnsClient, RemembersAnswersAndTellsQuestionsApart) {
  DnsFixture f(2);
  f.world.say(1, "www.test A", {.answer = {"www.test A 192.0.2.1"}});
  f.world.say(1, "none.test A", {.rcode = kNxdomain, .authority = {"test SOA ns.test admin.test 1 2 3 4 60"}});
  f.world.say(2, "www.test A", {.aa = true, .answer = {"www.test A 192.0.2.2"}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(f.ask("www.test").answer.at(0).data, "192.0.2.1");
    EXPECT_EQ(f.ask("none.test").rcode, "NXDOMAIN");
    EXPECT_EQ(f.ask_server(2, "www.test").answer.at(0).data, "192.0.2.2");
  }
  EXPECT_EQ(f.world.asked(1), 2);
  EXPECT_EQ(f.world.asked(2), 1);
  EXPECT_EQ(f.scan.statistics.dns_queries, 3U);
  f.ask("www.test", Type::a, true);
  EXPECT_EQ(f.world.asked(1, "www.test A"), 2);
}

TEST(DnsClient, IdenticalQuestionsUnderWayAreAskedOnce) {
  DnsFixture f(1);
  f.world.say(1, "www.test A", {.answer = {"www.test A 192.0.2.1"}});
  std::vector<std::optional<Answer>> answers(50);
  for (auto& answer : answers) f.loop.spawn(testing::keep(f.client->ask_resolver(f.scan, "www.test", Type::a), answer));
  f.loop.run();
  for (const auto& answer : answers) EXPECT_EQ((*answer)->answer.size(), 1U);
  EXPECT_EQ(f.world.asked(1), 1);
}

TEST(DnsClient, WrongAnswersAreDroppedAndTheRightOneTaken) {
  for (const auto fault : {Fault::other_id, Fault::other_case, Fault::other_name, Fault::no_question,
                           Fault::other_cookie, Fault::garbage}) {
    DnsFixture f(1);
    f.world.say(1, "www.test A", {.answer = {"www.test A 192.0.2.1"}, .fault = fault, .fault_first_only = true});
    const auto answer = f.ask("www.test");
    EXPECT_EQ(answer.rcode, "NOERROR") << static_cast<int>(fault);
    EXPECT_EQ(f.world.asked(1), 1) << static_cast<int>(fault);
  }
}

TEST(DnsClient, AResolverThatAnswersInLowerCaseCostsOneWait) {
  DnsFixture f(1);
  f.settings.resolver_wait = Duration(200);
  f.start();
  for (const auto* name : {"first-long-name.test", "second-long-name.test"})
    f.world.say(1, std::string(name) + " A", {.fault = Fault::lower_case});
  EXPECT_EQ(f.ask("first-long-name.test").rcode, "NOERROR");
  EXPECT_EQ(f.world.asked(1), 2);
  EXPECT_EQ(f.ask("second-long-name.test").rcode, "NOERROR");
  EXPECT_EQ(f.world.asked(1), 3);
}

TEST(DnsClient, WrongAnswersAloneAreNone) {
  for (const auto fault : {Fault::other_id, Fault::other_name, Fault::garbage}) {
    DnsFixture f(1);
    f.be_impatient();
    f.world.say(1, "www.test A", {.answer = {"www.test A 192.0.2.1"}, .fault = fault});
    const auto answer = f.ask("www.test");
    EXPECT_EQ(failure_of(answer), "protocol") << static_cast<int>(fault);
    EXPECT_EQ(answer.rcode, "");
    EXPECT_EQ(answer.transport, "tcp");
    EXPECT_EQ(f.world.asked(1), 3);
  }
}

TEST(DnsClient, TruncatedAnswersAreAskedForByTcp) {
  DnsFixture f(1);
  f.world.say(1, "long.test TXT", {.tc = true, .answer = {"long.test TXT text"}});
  const auto answer = f.ask("long.test", Type::txt);
  EXPECT_EQ(answer.transport, "tcp");
  EXPECT_EQ(answer.answer.at(0).data, "\"text\"");
  EXPECT_EQ(f.world.asked(1), 2);
}

TEST(DnsClient, ServersFromBeforeEdnsAreAskedTheOldWay) {
  DnsFixture f(1);
  f.world.say(1, "www.test A", {.answer = {"www.test A 192.0.2.1"}, .no_edns = true});
  EXPECT_EQ(f.ask("www.test").rcode, "NOERROR");
  EXPECT_EQ(f.world.asked(1), 2);
}

TEST(DnsClient, SilenceIsTriedOverTcpAndIsNoAnswer) {
  DnsFixture f(2);
  f.be_impatient();
  f.world.say(2, "www.test A", {.silent = true});
  const auto answer = f.ask_server(2, "www.test");
  EXPECT_TRUE(failure_of(answer) == "connection" || failure_of(answer) == "timeout") << failure_of(answer);
  EXPECT_EQ(answer.transport, "tcp");
  EXPECT_EQ(f.world.asked(2), 3);
  // Remembered: the next scan does not wait again.
  EXPECT_EQ(failure_of(f.ask_server(2, "www.test")), failure_of(answer));
  EXPECT_EQ(f.world.asked(2), 3);
}

TEST(DnsClient, AServerThatIsSilentThreeTimesIsLeftAlone) {
  DnsFixture f(2);
  f.be_impatient();
  for (const auto* name : {"a.test", "b.test", "c.test", "d.test"})
    f.world.say(2, std::string(name) + " A", {.silent = true});
  for (const auto* name : {"a.test", "b.test", "c.test"}) EXPECT_NE(failure_of(f.ask_server(2, name)), "host-paused");
  EXPECT_EQ(failure_of(f.ask_server(2, "d.test")), "host-paused");
  EXPECT_EQ(f.world.asked(2, "d.test A"), 0);
}

TEST(DnsClient, ServfailOfANameServerIsAskedForAgain) {
  DnsFixture f(2);
  f.world.say(2, "www.test SOA", {.rcode = kServfail});
  EXPECT_EQ(f.ask_server(2, "www.test", Type::soa).rcode, "SERVFAIL");
  EXPECT_EQ(f.world.asked(2), 2);
}

TEST(DnsClient, AResolverThatFailsIsPassedOver) {
  for (const auto rcode : {kServfail, kRefused}) {
    DnsFixture f(2);
    f.settings.resolvers.push_back({address(DnsServers::address(2)), f.world.port()});
    f.start();
    f.world.say(1, "www.test A", {.rcode = rcode});
    f.world.say(2, "www.test A", {.answer = {"www.test A 192.0.2.2"}});
    EXPECT_EQ(f.ask("www.test").answer.size(), 1U);
    f.world.say(1, "bad.test A", {.rcode = kServfail});
    f.world.say(2, "bad.test A", {.rcode = kServfail});
    EXPECT_EQ(f.ask("bad.test").rcode, "SERVFAIL");
    EXPECT_EQ(f.world.asked(1, "bad.test A"), 1);
  }
}

TEST(DnsClient, AddressesThatTheGuardRefusesAreNeverContacted) {
  DnsFixture f(2, {});
  f.world.say(2, "www.test A", {.answer = {"www.test A 192.0.2.1"}});
  for (const auto* where : {"127.0.53.2", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.53.2"})
    EXPECT_EQ(failure_of(f.ask_address(where, "www.test")), "egress-refused") << where;
  EXPECT_EQ(f.world.asked(2), 0);
  EXPECT_EQ(f.scan.statistics.dns_queries, 0U);
  // The operator's own resolver may be anywhere.
  EXPECT_EQ(f.ask("www.test").rcode, "REFUSED");
}

TEST(DnsClient, NamesOfTheOwnNetworkAreNotLookedUp) {
  DnsFixture f(1, {});
  for (const auto* name : {"localhost", "metadata.google.internal", "printer.local"})
    EXPECT_EQ(failure_of(f.ask(name)), "egress-refused") << name;
  EXPECT_EQ(failure_of(f.ask("a..b")), "invalid-input");
  EXPECT_EQ(f.world.asked(1), 0);
}

TEST(DnsClient, OneServerIsAskedAtItsOwnPace) {
  GateSettings slow;
  slow.dns_queries_per_second = 20;
  DnsFixture f(2, {"127.0.53.0/24"}, slow);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 30; ++i) f.ask_server(2, "n" + std::to_string(i) + ".test");
  // Twenty at once, then one every 50 ms.
  EXPECT_GE(std::chrono::steady_clock::now() - began, Duration(450));
  const auto resolver_began = f.scan.statistics.dns_queries;
  for (int i = 0; i < 30; ++i) f.ask("n" + std::to_string(i) + ".test");
  EXPECT_EQ(f.scan.statistics.dns_queries - resolver_began, 30U);
}

TEST(DnsClient, TheScansDeadlineAndBudgetEndItAndAreNotRemembered) {
  DnsFixture f(1);
  f.world.say(1, "slow.test A", {.silent = true});
  f.scan.deadline = deadline_in(Duration(100));
  EXPECT_EQ(failure_of(f.ask("slow.test")), "timeout");
  f.world.say(1, "slow.test A", {.answer = {"slow.test A 192.0.2.1"}});
  f.scan.deadline = Deadline::max();
  EXPECT_EQ(f.ask("slow.test").rcode, "NOERROR");

  f.scan.budget = Budget({.bytes = 10});
  EXPECT_EQ(failure_of(f.ask("www.test")), "budget-spent");
  f.scan.budget = Budget(Budget::Limits{});
  EXPECT_EQ(f.ask("www.test").rcode, "REFUSED");
}

TEST(DnsClient, CancelEndsQuestions) {
  DnsFixture f(1);
  f.world.say(1, "slow.test A", {.silent = true});
  std::optional<Answer> first, second;
  f.loop.spawn(testing::keep(f.client->ask_resolver(f.scan, "slow.test", Type::a), first));
  f.loop.spawn(testing::keep(f.client->ask_resolver(f.scan, "slow.test", Type::a), second));
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    f.loop.cancel();
  });
  f.loop.run();
  other.join();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(failure_of(**first), "cancelled");
  EXPECT_EQ(failure_of(**second), "cancelled");
}

TEST(DnsClient, ReadsTheOperatorsResolvers) {
  const auto settings =
      client_settings({.servers = {"192.0.2.53", "192.0.2.54:5353", "[2001:db8::53]:53"}, .use_hosts_file = false});
  ASSERT_TRUE(settings) << settings.error().message();
  ASSERT_EQ(settings->resolvers.size(), 3U);
  EXPECT_EQ(settings->resolvers[0].address, address("192.0.2.53"));
  EXPECT_EQ(settings->resolvers[0].port, 53);
  EXPECT_EQ(settings->resolvers[1].port, 5353);
  EXPECT_EQ(settings->resolvers[2].address, address("2001:db8::53"));
  EXPECT_FALSE(client_settings({.servers = {"ns.example.com"}}));
  const auto system = client_settings({});
  ASSERT_TRUE(system);
  EXPECT_FALSE(system->resolvers.empty());
}

}  // namespace
}  // namespace assay::net::dns
