// assay tickets and assay apps as they are called: on a ledger, and on a server over the same ledger.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/command.h"
#include "cli/platform_api.h"
#include "fleet/events.h"
#include "ledger/apps.h"
#include "ledger/jobs.h"
#include "ledger/people.h"
#include "ledger/tokens.h"
#include "server/server.h"
#include "ticket/desk.h"
#include "ticket/dispatcher.h"
#include "ticket/hooks.h"
#include "unit/ledger/sample.h"
#include "unit/temp_directory.h"

namespace assay::cli {
namespace {

using ledger::Role;
using ledger::Work;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kApp = "com.example.app";
constexpr const char* kOwner = "olga@example.com";
constexpr const char* kTriager = "tina@example.com";
constexpr const char* kStranger = "sven@example.com";

// A ledger with one app, one ticket and three people, and a server over it.
class TicketsCommandTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    setenv("ASSAY_EVIDENCE_KEY", std::string(64, 'a').c_str(), 1);
    auto opened = open_ledger(store());
    ASSERT_TRUE(opened) << opened.error().message();
    ledger_ = std::move(*opened);
    desk_ = std::make_unique<ticket::Desk>(catalog_->policy(), ticket::ledger_hooks({}));
    dispatcher_ = std::make_unique<ticket::Dispatcher>(*ledger_, ticket::DispatcherSettings{});
    ASSERT_TRUE(ledger_->write([&](Work& work) { return fill(work); }));
    auto record =
        ledger::sample_scan("11111111-1111-4111-8111-111111111111", now(),
                            {ledger::sample_verdict("hsts", "https://app.example", Outcome::fail, {"header"})}, kApp);
    record.evidence = {};
    const auto follow_up = [&](Work& work, const ScanRecord& done, const ledger::ScanEffect& effect) {
      return desk_->follow_up(work, done, effect);
    };
    const auto recorded = ledger_->record_scan(record, {.looks = {}, .follow_up = follow_up});
    ASSERT_TRUE(recorded) << recorded.error().message();
    server::ServerSettings settings;
    settings.listener.port = 0;
    auto server = server::Server::open(std::move(settings), {.ledger = *ledger_,
                                                             .catalog = *catalog_,
                                                             .desk = *desk_,
                                                             .dispatcher = *dispatcher_,
                                                             .events = events_,
                                                             .log = *log_});
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
    thread_ = std::jthread([this] { server_->run(); });
  }
  void TearDown() override {
    if (server_) server_->stop();
    unsetenv("ASSAY_EVIDENCE_KEY");
    unsetenv("ASSAY_TOKEN");
  }

  Result<void> fill(Work& work) {
    const auto org = ledger::add_organisation(work, "Acme");
    if (!org) return std::unexpected(org.error());
    const auto other = ledger::add_organisation(work, "Umbrella");
    if (!other) return std::unexpected(other.error());
    const auto app = ledger::create_app(
        work, kApp,
        {.name = "Example", .kind = "connect", .target = "https://app.example/descriptor.json", .org_id = org->id});
    if (!app) return std::unexpected(app.error());
    const std::map<std::string, std::pair<Role, std::string>> people{
        {kOwner, {Role::partner, org->id}}, {kStranger, {Role::partner, other->id}}, {kTriager, {Role::triager, ""}}};
    for (const auto& [email, who] : people) {
      const auto person = ledger::add_person(
          work, {.issuer = "test", .subject = email, .email = email, .role = who.first, .org_id = who.second});
      if (!person) return std::unexpected(person.error());
      const auto token = ledger::create_token(work, person->id, "t", {ledger::Scope::read, ledger::Scope::triage},
                                              work.now() + std::chrono::hours(1));
      if (!token) return std::unexpected(token.error());
      tokens_[email] = token->text;
    }
    return {};
  }

  std::string store() const { return (directory_.path() / "ledger.db").string(); }

  // `assay ARGUMENTS…` where the parameter says, as that person.
  int call(const std::string& person, std::vector<std::string> arguments) {
    const std::string verb = arguments.size() > 1 ? arguments[1] : "";
    arguments.insert(arguments.begin(), "assay");
    if (GetParam() == "server") {
      setenv("ASSAY_TOKEN", tokens_[person].c_str(), 1);
      arguments.insert(arguments.end(), {"--server", server_->url()});
    } else {
      arguments.insert(arguments.end(), {"--ledger", store()});
      if (verb != "list" && verb != "show") arguments.insert(arguments.end(), {"--as", person});
    }
    return run_program(arguments);
  }
  int run_program(const std::vector<std::string>& arguments) {
    std::vector<const char*> argv;
    for (const auto& a : arguments) argv.push_back(a.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run(static_cast<int>(argv.size()), argv.data());
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }
  std::string in_weeks(int weeks) const {
    return format_rfc3339(now() + std::chrono::hours(weeks * 7 * 24)).substr(0, 10);
  }

  TempDirectory directory_;
  std::unique_ptr<catalog::Catalog> catalog_ = std::make_unique<catalog::Catalog>(*catalog::Catalog::embedded());
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<ticket::Desk> desk_;
  std::unique_ptr<ticket::Dispatcher> dispatcher_;
  fleet::Events events_;
  std::unique_ptr<server::Log> log_ = server::Log::silent();
  std::unique_ptr<server::Server> server_;
  std::jthread thread_;
  std::map<std::string, std::string> tokens_;
  std::string out_, err_;
};
INSTANTIATE_TEST_SUITE_P(Places, TicketsCommandTest, ::testing::Values("ledger", "server"),
                         [](const auto& place) { return place.param; });

TEST_P(TicketsCommandTest, ListsAndShows) {
  EXPECT_EQ(call(kOwner, {"tickets", "list"}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("#1 "), HasSubstr("needs-patch"), HasSubstr("hsts"), HasSubstr("due ")));
  EXPECT_EQ(call(kOwner, {"tickets", "list", "--filter", "severity:low"}), kClean) << err_;
  EXPECT_EQ(out_, "no tickets that the filter names\n");
  EXPECT_EQ(call(kOwner, {"tickets", "list", "--filter", "app:com.example.* live:yes", "--format", "json"}), kClean);
  const auto list = parse_json(out_, "list");
  ASSERT_TRUE(list && list->size() == 1U) << out_;
  EXPECT_EQ((*list)[0].at("app"), kApp);
  EXPECT_EQ(call(kOwner, {"tickets", "show", "1"}), kClean) << err_;
  EXPECT_THAT(
      out_, AllOf(HasSubstr("https://app.example"), HasSubstr("by policy"), HasSubstr("History"), HasSubstr("opened")));
  EXPECT_EQ(call(kOwner, {"tickets", "show", "1", "--format", "json"}), kClean) << err_;
  EXPECT_EQ(parse_json(out_, "show")->at("dispositions"), Json::array());
}

TEST_P(TicketsCommandTest, SaysWhatIsWrong) {
  EXPECT_EQ(call(kOwner, {"tickets", "list", "--filter", "colour:red"}), kCouldNotRun);
  EXPECT_THAT(err_, AllOf(HasSubstr("filter"), HasSubstr("colour")));
  EXPECT_EQ(call(kOwner, {"tickets", "show", "99"}), kCouldNotRun);
  EXPECT_THAT(err_, AllOf(HasSubstr("99"), HasSubstr("Not Found")));
  EXPECT_EQ(call(kStranger, {"tickets", "claim", "1"}), kCouldNotRun);
  EXPECT_EQ(call(kOwner, {"tickets", "withdraw", "1"}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("no request that could be withdrawn"));
  EXPECT_EQ(call(kTriager, {"tickets", "decide", "1", "approve"}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("nothing that waits for a decision"));
}

TEST_P(TicketsCommandTest, AClaimMakesAVerifyingJob) {
  EXPECT_EQ(call(kOwner, {"tickets", "claim", "1", "--note", "Deployed 4.2"}), kClean) << err_;
  EXPECT_THAT(out_, HasSubstr("fix-claimed"));
  const auto jobs = ledger_->read([](Work& work) { return ledger::list_jobs(work, {.filter = "origin:verify"}); });
  ASSERT_TRUE(jobs && jobs->items.size() == 1U);
  EXPECT_EQ(jobs->items[0].only, std::vector<std::string>{"hsts"});
  EXPECT_EQ(jobs->items[0].requested_by, kOwner);
  EXPECT_EQ(call(kOwner, {"tickets", "move", "1", "waiting-for-release"}), kClean) << err_;
  EXPECT_THAT(out_, HasSubstr("waiting-for-release"));
  EXPECT_EQ(call(kOwner, {"tickets", "show", "1"}), kClean) << err_;
  EXPECT_THAT(out_,
              AllOf(HasSubstr("Deployed 4.2"), HasSubstr("fix-claimed → waiting-for-release"), HasSubstr(kOwner)));
}

TEST_P(TicketsCommandTest, AnExtensionIsDecidedBySomebodyElse) {
  const auto until = in_weeks(20);
  EXPECT_EQ(call(kOwner, {"tickets", "extend", "1", "--until", until, "--plan", "The new gateway"}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("extension-requested"), HasSubstr("stands")));
  EXPECT_EQ(call(kOwner, {"tickets", "decide", "1", "approve"}), kCouldNotRun) << "its own request";
  EXPECT_EQ(call(kTriager, {"tickets", "decide", "1", "approve", "--note", "until then"}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("needs-patch"), HasSubstr("due " + until)));
  EXPECT_EQ(call(kOwner, {"tickets", "show", "1"}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("The new gateway"), HasSubstr("approved by tina@example.com")));
  EXPECT_EQ(call(kOwner, {"tickets", "extend", "1", "--until", "soon", "--plan", "x"}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("is no date"));
}

TEST_P(TicketsCommandTest, ADispositionClosesAndIsWithdrawn) {
  EXPECT_EQ(call(kOwner, {"tickets", "dispose", "1", "false-positive", "--reason", "A test host"}), kClean) << err_;
  EXPECT_THAT(out_, HasSubstr("in-review"));
  EXPECT_EQ(call(kTriager, {"tickets", "decide", "1", "approve"}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("false-positive"), HasSubstr("closed ")));
  EXPECT_EQ(call(kOwner, {"tickets", "show", "1"}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("Dispositions"), HasSubstr("A test host")));
  EXPECT_EQ(call(kTriager, {"tickets", "withdraw", "1", "--note", "It is not"}), kClean) << err_;
  EXPECT_THAT(out_, HasSubstr("needs-patch"));
}

TEST_P(TicketsCommandTest, CommentsAssignsAndWatches) {
  EXPECT_EQ(call(kOwner, {"tickets", "comment", "1", "On it."}), kClean) << err_;
  EXPECT_EQ(call(kTriager, {"tickets", "assign", "1", kOwner}), kClean) << err_;
  EXPECT_EQ(call(kOwner, {"tickets", "watch", "1", "dev@example.com"}), kClean) << err_;
  EXPECT_EQ(call(kOwner, {"tickets", "show", "1"}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("On it."), HasSubstr("assignee     olga@example.com"),
                          HasSubstr("watchers     dev@example.com")));
  EXPECT_EQ(call(kOwner, {"tickets", "unwatch", "1", "dev@example.com"}), kClean) << err_;
  EXPECT_EQ(call(kOwner, {"tickets", "show", "1"}), kClean) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("watchers     ")));
}

TEST_P(TicketsCommandTest, ListsAppsAndShowsOne) {
  EXPECT_EQ(call(kOwner, {"apps", "list"}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr(kApp), HasSubstr("https://app.example/descriptor.json")));
  EXPECT_EQ(call(kOwner, {"apps", "show", kApp}), kClean) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("Last scans"), HasSubstr("fail 1"), HasSubstr("hsts")));
  EXPECT_EQ(call(kOwner, {"apps", "show", "none"}), kCouldNotRun);
  EXPECT_EQ(call(kOwner, {"apps", "list", "--format", "json"}), kClean) << err_;
  EXPECT_EQ(parse_json(out_, "apps")->at(0).at("key"), kApp);
}

class PlacesTest : public TicketsCommandTest {};
INSTANTIATE_TEST_SUITE_P(Server, PlacesTest, ::testing::Values("server"));

TEST_P(PlacesTest, TheServerIsChosenAndTrustedWithCare) {
  EXPECT_EQ(run_program({"assay", "tickets", "list"}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("--ledger or --server"));
  EXPECT_EQ(run_program({"assay", "tickets", "list", "--server", server_->url()}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("ASSAY_TOKEN"));
  setenv("ASSAY_TOKEN", "hunter2", 1);
  EXPECT_EQ(run_program({"assay", "tickets", "list", "--server", server_->url()}), kCouldNotRun);
  EXPECT_THAT(err_, AllOf(HasSubstr("no API token"), Not(HasSubstr("hunter2"))));
  setenv("ASSAY_TOKEN", tokens_[kOwner].c_str(), 1);
  EXPECT_EQ(run_program({"assay", "tickets", "list", "--server", "http://192.0.2.1/"}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("plain http is for this machine only"));
  EXPECT_EQ(run_program({"assay", "tickets", "list", "--server", "https://a.example/path"}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("is not the address of a server"));
  // A flag over the environment: ASSAY_LEDGER does not get in the way of --server.
  setenv("ASSAY_LEDGER", (directory_.path() / "none.db").c_str(), 1);
  EXPECT_EQ(run_program({"assay", "tickets", "list", "--server", server_->url()}), kClean) << err_;
  unsetenv("ASSAY_LEDGER");
}

TEST_P(PlacesTest, ATokenMayComeFromAFile) {
  const auto file = (directory_.path() / "token").string();
  std::ofstream(file) << tokens_[kOwner] << "\n";
  EXPECT_EQ(run_program({"assay", "tickets", "list", "--server", server_->url(), "--token-file", file}), kClean)
      << err_;
  ASSERT_TRUE(ledger_->write([&](Work& work) -> Result<void> {
    const auto holder = ledger::find_token(work, tokens_[kOwner]);
    const auto revoked = ledger::revoke_token(work, (*holder)->token.id, "");
    return revoked ? Result<void>{} : std::unexpected(revoked.error());
  }));
  EXPECT_EQ(run_program({"assay", "tickets", "list", "--server", server_->url(), "--token-file", file}), kCouldNotRun);
  EXPECT_THAT(err_, AllOf(HasSubstr("Unauthorized"), HasSubstr("make a token in the dashboard")));
}

TEST_P(PlacesTest, AChangeOnALedgerNeedsAPerson) {
  EXPECT_EQ(run_program({"assay", "tickets", "claim", "1", "--ledger", store()}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("--as"));
  EXPECT_EQ(run_program({"assay", "tickets", "claim", "1", "--ledger", store(), "--as", "nobody@example.com"}),
            kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("nobody@example.com"));
}

}  // namespace
}  // namespace assay::cli
