// Lists in and out: imports, pages, exports and event streams.

#include <array>
#include <chrono>
#include <thread>

#include "server/api/csv.h"
#include "unit/server/api_fixture.h"

namespace assay::server::api {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ApiLists : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    record_scan(kScan, Outcome::fail, now() - std::chrono::hours(1));
  }
};

TEST_F(ApiLists, ImportsGoodRowsAndNamesBadOnes) {
  const Asked csv{.line = "POST /apps/import",
                  .type = "text/csv; charset=utf-8",
                  .raw_body =
                      "key,target,kind,organisation\ngood,https://g.example,service,Newcomer\n"
                      "bad,https://b.example,boat,\n" +
                      kApp + ",https://elsewhere.example,connect,\n"};
  const auto report = expect(200, engineer_, csv);
  EXPECT_EQ(report["added"], 1);
  ASSERT_THAT(report["refused"], SizeIs(2));
  EXPECT_EQ(report["refused"][0]["line"], 3);
  EXPECT_EQ(report["refused"][1]["line"], 4);
  const Asked lines{.line = "POST /apps/import",
                    .type = "application/x-ndjson",
                    .raw_body = "{\"key\":\"two\",\"target\":\"https://two.example\",\"kind\":\"service\"}\n{\n"};
  EXPECT_EQ(expect(200, engineer_, lines)["refused"][0]["line"], 2);
}

TEST_F(ApiLists, PagesWithoutLossOrRepetition) {
  std::string csv = "key,target\n";
  for (int n = 0; n < 25; ++n) csv += "k" + std::to_string(n) + ",https://k.example/" + std::to_string(n) + "\n";
  expect(200, engineer_, {.line = "POST /apps/import", .type = "text/csv", .raw_body = csv});
  std::set<std::string> keys;
  std::string cursor;
  do {
    const auto page = expect(200, admin_, {.line = "GET /apps?limit=10&sort=-name&cursor=" + cursor});
    for (const auto& app : page["items"]) EXPECT_TRUE(keys.insert(app["key"]).second);
    cursor = page.value("next_cursor", "");
  } while (!cursor.empty());
  EXPECT_EQ(keys.size(), 27U);
}

TEST_F(ApiLists, ExportsWhatTheListShows) {
  const std::string wanted = "GET /exports/findings?filter=severity:high&format=";
  const auto csv = ask(partner_, {.line = wanted + "csv"});
  EXPECT_THAT(csv.body, AllOf(StartsWith("app,app_name,requirement,"), HasSubstr("\r\ncom.example.app,")));
  EXPECT_EQ(csv.headers.get("Content-Disposition"), "attachment; filename=\"findings.csv\"");
  EXPECT_THAT(expect(200, partner_, {.line = wanted + "json"}), SizeIs(1));
  const auto sarif = expect(200, partner_, {.line = wanted + "sarif"});
  EXPECT_EQ(sarif["runs"][0]["results"][0]["ruleId"], "hsts");
  EXPECT_EQ(expect(200, partner_, {.line = "GET /exports/findings?filter=severity:low&format=json"}), Json::array());
  for (const std::string list : {"apps", "tickets", "scans", "jobs"})
    EXPECT_EQ(ask(admin_, {.line = "GET /exports/" + list}).status, 200) << list;
}

TEST_F(ApiLists, ExportsSarifOfAnyLengthARunAnApp) {
  const auto scan = [&](const std::string& id, const std::string& app, int findings) {
    std::vector<std::string> locators;
    for (int n = 0; n < findings; ++n) locators.push_back("cookie " + std::to_string(n));
    auto record =
        ledger::sample_scan(id, now(), {ledger::sample_verdict("hsts", kSubject, Outcome::fail, locators)}, app);
    EXPECT_OK(ledger_->record_scan(record));
  };
  scan("22222222-2222-4222-8222-222222222222", kApp, 1200);
  scan("33333333-3333-4333-8333-333333333333", kOther, 3);
  const auto sarif = expect(200, admin_, {.line = "GET /exports/findings?format=sarif&sort=-severity"});
  std::vector<std::pair<std::string, std::size_t>> runs;
  for (const auto& run : sarif["runs"])
    runs.emplace_back(run["automationDetails"]["id"].get<std::string>(), run["results"].size());
  EXPECT_THAT(runs, ElementsAre(Pair("assay/com.example.app/", 1000), Pair("assay/com.example.app/", 201),
                                Pair("assay/com.other.app/", 3)));
  EXPECT_THAT(expect(200, stranger_, {.line = "GET /exports/findings?format=sarif"})["runs"], SizeIs(1));
  EXPECT_THAT(expect(200, admin_, {.line = "GET /exports/findings?format=sarif&filter=state:fixed"})["runs"],
              SizeIs(0));
}

TEST(Csv, TurnsNoTextIntoAFormula) {
  constexpr std::array<std::string_view, 5> kColumns{"/a", "/b/c", "/d", "/e", "/f"};
  EXPECT_EQ(csv_heading(kColumns), "a,b_c,d,e,f\r\n");
  const Json row{{"a", "=1+1"}, {"b", {{"c", "say \"hi\", you"}}}, {"d", true}, {"e", "+49"}};
  EXPECT_EQ(csv_row(row, kColumns), "'=1+1,\"say \"\"hi\"\", you\",true,'+49,\r\n");
  EXPECT_EQ(csv_row({{"a", "@x"}, {"d", "-2"}, {"e", "two\nlines"}, {"f", -2}}, kColumns),
            "'@x,,'-2,\"two\nlines\",-2\r\n");
}

// What the feed sends until it has sent `text`; for a minute at most.
std::string wait_for(EventFeed& feed, std::string_view text) {
  std::string seen;
  bool ended = false;
  for (int n = 0; n < 6000 && !ended && seen.find(text) == std::string::npos; ++n) {
    seen += feed.take(ended);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return seen;
}

TEST_F(ApiLists, StreamsEventsToThoseWhoMaySeeThem) {
  const auto own = ask(partner_, {.line = "GET /events"}).events;
  const auto others = ask(stranger_, {.line = "GET /events"}).events;
  ASSERT_TRUE(own && others);
  using Kind = fleet::Event::Kind;
  events_.publish({.kind = Kind::ticket, .at = now(), .app_key = kApp, .org_id = org_, .ticket = 7});
  events_.publish({.kind = Kind::ticket, .at = now(), .app_key = kOther, .org_id = other_org_, .ticket = 8});
  EXPECT_THAT(wait_for(*own, "\"ticket\":7"), AllOf(HasSubstr("event: ticket\n"), HasSubstr("\"ticket\":7")));
  EXPECT_THAT(wait_for(*others, "\"ticket\":8"), AllOf(HasSubstr("\"ticket\":8"), Not(HasSubstr("\"ticket\":7"))));
}

TEST_F(ApiLists, NamesTheTicketOfAFindingThatChanged) {
  const auto feed = ask(partner_, {.line = "GET /events"}).events;
  ASSERT_TRUE(feed);
  events_.publish({.kind = fleet::Event::Kind::finding,
                   .at = now(),
                   .app_key = kApp,
                   .org_id = org_,
                   .scan_id = kScan,
                   .state = "open",
                   .fingerprint = fingerprint_of("hsts", kSubject, "header")});
  EXPECT_THAT(wait_for(*feed, "\"ticket\":1"), AllOf(HasSubstr("event: finding\n"), HasSubstr("\"ticket\":1")));
}

TEST_F(ApiLists, EndsTheStreamOfAJobWithTheJob) {
  const auto made = expect(202, partner_, {.line = "POST /apps/" + kApp + "/scans", .body = Json::object()});
  const auto job = made.value("id", "");
  const auto feed = ask(partner_, {.line = "GET /jobs/" + job + "/events"}).events;
  ASSERT_TRUE(feed);
  EXPECT_THAT(wait_for(*feed, "waiting"), HasSubstr("\"state\":\"waiting\""));
  events_.publish(
      {.kind = fleet::Event::Kind::job, .at = now(), .app_key = kApp, .org_id = org_, .job_id = job, .state = "done"});
  EXPECT_THAT(wait_for(*feed, "done"), HasSubstr("\"state\":\"done\""));
  EXPECT_FALSE(feed->open());
}

}  // namespace
}  // namespace assay::server::api
