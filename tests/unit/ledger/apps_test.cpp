// Organisations, apps, lists and imports, on both engines.

#include "ledger/apps.h"

#include <soci/soci.h>

#include <set>

#include "ledger/database.h"
#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AppsTest : public BothEngines {
 protected:
  void SetUp() override {
    BothEngines::SetUp();
    ledger_ = open();
  }

  template <class Body>
  auto write(Body&& body) {
    auto done = ledger_->write(body);
    EXPECT_TRUE(done) << done.error().message();
    return std::move(*done);
  }

  AppRecord create(const std::string& key, const std::string& name, const std::string& org_id = "",
                   const std::string& kind = "connect") {
    AppChange values{.name = name, .kind = kind, .target = "https://" + name + ".example/d.json"};
    if (!org_id.empty()) values.org_id = org_id;
    return write([&](Work& work) { return create_app(work, key, values); });
  }
  std::string organisation(const std::string& name) {
    return write([&](Work& work) { return add_organisation(work, name); }).id;
  }
  Result<Page<AppRecord>> list(const ListQuery& query, const FilterScope& scope = {}) {
    return ledger_->read([&](Work& work) { return list_apps(work, query, scope); });
  }
  std::vector<std::string> keys(const std::string& filter, const std::string& sort = "",
                                const FilterScope& scope = {}) {
    const auto page = list({.filter = filter, .sort = sort}, scope);
    EXPECT_TRUE(page) << page.error().message();
    std::vector<std::string> found;
    if (page)
      for (const auto& item : page->items) found.push_back(item.app.key);
    return found;
  }
  std::optional<AppRecord> get(const std::string& key, const FilterScope& scope = {}) {
    auto found = ledger_->read([&](Work& work) { return get_app(work, key, scope); });
    EXPECT_TRUE(found) << found.error().message();
    return *found;
  }
  ImportResult import(const std::vector<AppRow>& rows, const FilterScope& scope = {}) {
    return write([&](Work& work) { return import_apps(work, rows, scope); });
  }

  std::unique_ptr<Ledger> ledger_;
};
INSTANTIATE_TEST_SUITE_P(Engines, AppsTest, ::testing::Values(kSqlite, kPostgresql), engine_name);

TEST_P(AppsTest, KeepsOrganisations) {
  const auto acme = organisation("Acme");
  organisation("Beta");
  EXPECT_EQ(ledger_->write([](Work& w) { return add_organisation(w, " Acme "); }).error().code, ErrorCode::conflict);
  EXPECT_EQ(ledger_->write([](Work& w) { return add_organisation(w, "\t"); }).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(ledger_->write([&](Work& w) { return rename_organisation(w, acme, "Beta"); }).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(ledger_->write([](Work& w) { return rename_organisation(w, "none", "C"); }).error().code,
            ErrorCode::not_found);
  EXPECT_OK(ledger_->write([&](Work& w) { return rename_organisation(w, acme, "Zeta"); }));
  create("com.a", "a", acme);
  const auto all = ledger_->read([](Work& w) { return organisations(w); });
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ(all->at(1).name, "Zeta");
  EXPECT_EQ(all->at(1).apps, 1);
  const auto found = ledger_->read([](Work& w) { return organisation_by_name(w, "Zeta"); });
  EXPECT_EQ((*found)->id, acme);
}

TEST_P(AppsTest, CreatesAndChangesApps) {
  const auto acme = organisation("Acme");
  const AppRecord made = create("com.a", "alpha", acme);
  EXPECT_EQ(made.version, 1);
  EXPECT_EQ(made.org_name, "Acme");
  EXPECT_EQ(made.state, AppState::active);
  EXPECT_FALSE(made.last_scan);

  AppChange change;
  change.name = "beta";
  change.state = AppState::paused;
  change.contacts = std::vector<AppContact>{{"b@example.com", "B"}, {"a@example.com", ""}};
  const auto changed = write([&](Work& w) { return change_app(w, "com.a", change, 1); });
  EXPECT_EQ(changed.version, 2);
  EXPECT_EQ(changed.app.name, "beta");
  EXPECT_EQ(changed.app.target, made.app.target);
  EXPECT_EQ(changed.state, AppState::paused);
  EXPECT_THAT(changed.contacts, ElementsAre(AppContact{"a@example.com", ""}, AppContact{"b@example.com", "B"}));
  EXPECT_EQ(ledger_->write([&](Work& w) { return change_app(w, "com.a", change, 1); }).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(ledger_->write([&](Work& w) { return change_app(w, "none", change); }).error().code, ErrorCode::not_found);
  change.org_id = "org-none";
  EXPECT_EQ(ledger_->write([&](Work& w) { return change_app(w, "com.a", change); }).error().code, ErrorCode::not_found);
  change.org_id = "";
  change.kind = "jira";
  EXPECT_EQ(ledger_->write([&](Work& w) { return change_app(w, "com.a", change); }).error().code,
            ErrorCode::invalid_input);
  change.kind.reset();
  EXPECT_EQ(write([&](Work& w) { return change_app(w, "com.a", change); }).org_id, "");
  EXPECT_EQ(ledger_->write([&](Work& w) { return create_app(w, "com.a", AppChange{.target = "t"}); }).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(ledger_->write([&](Work& w) { return create_app(w, "com b", AppChange{.target = "t"}); }).error().code,
            ErrorCode::invalid_input);
  EXPECT_FALSE(get("none"));
  EXPECT_FALSE(get("com.a", {.org_id = acme}));
}

TEST_P(AppsTest, AnAppsOrganisationIsThatOfItsFindings) {
  ScanRecord scan = sample_scan("1", day(1), {sample_verdict("hsts", "https://a.example", Outcome::fail, {"x"})});
  EXPECT_OK(ledger_->record_scan(scan));
  const auto acme = organisation("Acme");
  AppChange change;
  change.org_id = acme;
  change.kind = "service";
  write([&](Work& w) { return change_app(w, "com.example.app", change); });
  const auto counted = get("com.example.app", {.org_id = acme});
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->open.high, 1);
  EXPECT_EQ(counted->last_scan, day(1));
  EXPECT_EQ(counted->last_scan_id, "1");
  EXPECT_EQ(counted->release, "sha256:abc");
  EXPECT_THAT(keys("high>0 organisation:Acme kind:service"), ElementsAre("com.example.app"));
}

TEST_P(AppsTest, FiltersAndSearches) {
  const auto acme = organisation("Acme"), beta = organisation("Beta Ltd");
  create("com.acme.charts", "Charts", acme);
  create("com.acme.maps", "Maps for Jira", acme, "forge");
  create("com.beta.time", "Time", beta, "service");
  AppChange retire;
  retire.state = AppState::retired;
  write([&](Work& w) { return change_app(w, "com.beta.time", retire); });
  EXPECT_THAT(keys(""), ElementsAre("com.acme.charts", "com.acme.maps", "com.beta.time"));
  EXPECT_THAT(keys("", "-key"), ElementsAre("com.beta.time", "com.acme.maps", "com.acme.charts"));
  EXPECT_THAT(keys("key:com.acme.*"), SizeIs(2));
  EXPECT_THAT(keys("-key:com.acme.*"), ElementsAre("com.beta.time"));
  EXPECT_THAT(keys("kind:forge,service"), ElementsAre("com.acme.maps", "com.beta.time"));
  EXPECT_THAT(keys("state:active kind:connect"), ElementsAre("com.acme.charts"));
  EXPECT_THAT(keys("organisation:\"Beta Ltd\""), ElementsAre("com.beta.time"));
  EXPECT_THAT(keys("-organisation:Acme"), ElementsAre("com.beta.time"));
  EXPECT_THAT(keys("organisation:" + beta), ElementsAre("com.beta.time"));
  EXPECT_THAT(keys("organisation:Ac*," + beta), SizeIs(3));
  EXPECT_THAT(keys("organisation:org-none"), IsEmpty());
  EXPECT_THAT(keys("scanned:no overdue:no"), SizeIs(3));
  EXPECT_THAT(keys("jir"), ElementsAre("com.acme.maps"));
  EXPECT_THAT(keys("ACME cha"), ElementsAre("com.acme.charts"));
  EXPECT_THAT(keys("\"maps for\""), ElementsAre("com.acme.maps"));
  EXPECT_THAT(keys("cme"), IsEmpty());  // words are found by their start
  EXPECT_THAT(keys("scanned:false open:0 inconclusive<1 added>-1d overdue:false"), SizeIs(3));
  EXPECT_THAT(keys("scanned:true"), IsEmpty());
  EXPECT_THAT(keys("overdue:true"), IsEmpty());
  EXPECT_THAT(keys("", "", {.org_id = beta}), ElementsAre("com.beta.time"));
  EXPECT_THAT(keys("organisation:Acme", "", {.org_id = beta}), IsEmpty());
  EXPECT_THAT(keys("key:\"'; drop table apps; --\""), IsEmpty());
  const auto facet = ledger_->read([](Work& w) { return app_facet(w, "", {}, "kind"); });
  ASSERT_THAT(facet->values, SizeIs(3));
  EXPECT_EQ(facet->values[0].count, 1);
  EXPECT_FALSE(facet->bounded);
}

TEST_P(AppsTest, SaysWhatIsWrongWithAQuery) {
  const auto refused = [&](const ListQuery& query) {
    const auto page = list(query);
    EXPECT_FALSE(page);
    return page ? "" : page.error().message();
  };
  EXPECT_THAT(refused({.filter = "kind:forge colour:red"}),
              HasSubstr("column 12: apps have no field \"colour\" (known: key, name, kind"));
  EXPECT_THAT(refused({.filter = "state:active,gone"}),
              HasSubstr("column 14: state is never \"gone\" (known: active, paused, retired)"));
  EXPECT_THAT(refused({.filter = "critical:many"}), HasSubstr("\"many\" is no number"));
  EXPECT_THAT(refused({.filter = "added>soon"}), HasSubstr("column 7: \"soon\" is no date"));
  EXPECT_THAT(refused({.filter = "key<b"}), HasSubstr("key cannot be compared"));
  EXPECT_THAT(refused({.filter = "kind:for*"}), HasSubstr("kind takes no \"*\""));
  EXPECT_THAT(refused({.filter = "---"}), HasSubstr("excludes only"));
  EXPECT_THAT(refused({.filter = "..."}), HasSubstr("holds no word"));
  EXPECT_THAT(refused({.sort = "colour"}), HasSubstr("known: key, name, last_scan, open"));
  EXPECT_THAT(refused({.limit = 501}), HasSubstr("give 1 to 500"));
  EXPECT_THAT(refused({.cursor = "nonsense"}), HasSubstr("cursor: is none of this list"));
}

TEST_P(AppsTest, PagesAreStableWhileRowsComeAndGo) {
  for (int i = 0; i < 25; ++i) create("app." + std::to_string(100 + i), i % 2 == 0 ? "even" : "odd");
  std::vector<std::string> seen;
  ListQuery query{.sort = "-name", .limit = 10};
  for (int pages = 0; pages < 5; ++pages) {
    const auto page = list(query);
    ASSERT_TRUE(page) << page.error().message();
    for (const auto& item : page->items) seen.push_back(item.app.key);
    query.cursor = page->next_cursor;
    if (query.cursor.empty()) break;
    if (pages == 0) {
      EXPECT_OK(ledger_->remove_app(seen.back()));  // the cursor's own row
      create("app.999", "odd");                     // before the cursor: not met any more
    }
  }
  EXPECT_THAT(seen, SizeIs(25));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 25U);
  EXPECT_TRUE(query.cursor.empty());
  const auto first = list({.sort = "-name", .limit = 10});
  EXPECT_FALSE(list({.sort = "name", .cursor = first->next_cursor}));  // of another order
  EXPECT_FALSE(list({.sort = "last_scan", .cursor = first->next_cursor}));
}

TEST_P(AppsTest, ImportsWhatIsNewAndUpdatesWhatIsKnown) {
  create("known", "before");
  const std::string target = get("known")->app.target;
  const auto result =
      import({{.line = 2, .key = "new", .target = "t", .organisation = "Acme", .contacts = {{"a@example.com", ""}}},
              {.line = 3,
               .key = "known",
               .name = "after",
               .kind = "forge",
               .target = target,
               .organisation = "Acme",
               .state = "paused"},
              {.line = 4, .key = "new", .target = "t"},
              {.line = 5, .key = "other", .target = "u"}});
  EXPECT_EQ(result.added, 2U);
  EXPECT_EQ(result.changed, 1U);
  EXPECT_THAT(result.added_keys, ElementsAre("new", "other"));
  ASSERT_THAT(result.refused, SizeIs(1));
  EXPECT_EQ(result.refused[0].line, 4U);
  const auto known = get("known");
  EXPECT_EQ(known->app.name, "after");
  EXPECT_EQ(known->state, AppState::paused);
  EXPECT_EQ(known->org_name, "Acme");
  EXPECT_EQ(known->version, 2);
  EXPECT_THAT(get("new")->contacts, ElementsAre(AppContact{"a@example.com", ""}));
  EXPECT_THAT(keys("aft"), ElementsAre("known"));
  EXPECT_THAT(keys("befor"), ElementsAre("known"));  // of its target

  const auto again = import({{.line = 2, .key = "known", .name = "after", .target = target},
                             {.line = 3, .key = "known2", .target = target},
                             {.line = 4, .key = "other", .target = "elsewhere"}});
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_EQ(again.added, 1U);
  ASSERT_THAT(again.refused, SizeIs(1));
  EXPECT_THAT(again.refused[0].reason, HasSubstr("is known with another target, u"));
}

TEST_P(AppsTest, AnOwnersImportStaysInTheirOrganisation) {
  const auto acme = organisation("Acme"), beta = organisation("Beta");
  create("theirs", "x", beta);
  const auto result = import({{.line = 2, .key = "mine", .target = "t"},
                              {.line = 3, .key = "also", .target = "t", .organisation = "Acme"},
                              {.line = 4, .key = "foreign", .target = "t", .organisation = "Beta"},
                              {.line = 5, .key = "fresh", .target = "t", .organisation = "Gamma"},
                              {.line = 6, .key = "theirs", .target = "https://x.example/d.json"}},
                             {.org_id = acme});
  EXPECT_EQ(result.added, 2U);
  EXPECT_THAT(result.refused, SizeIs(3));
  EXPECT_EQ(get("mine")->org_id, acme);
  EXPECT_FALSE(get("foreign"));
  const auto all = ledger_->read([](Work& w) { return organisations(w); });
  EXPECT_THAT(*all, SizeIs(2));
}

TEST_P(AppsTest, ImportsTenThousandAppsInSeconds) {
  std::vector<AppRow> rows;
  for (std::size_t i = 0; i < 10'000; ++i)
    rows.push_back({.line = i + 2,
                    .key = "com.example.app" + std::to_string(i),
                    .name = "App " + std::to_string(i),
                    .target = "https://app" + std::to_string(i) + ".example/atlassian-connect.json",
                    .organisation = "Org " + std::to_string(i % 300),
                    .contacts = {{"security" + std::to_string(i) + "@example.com", ""}}});
  EXPECT_EQ(import(rows).added, 10'000U);
  const auto counted = ledger_->read([](Work& w) { return organisations(w); });
  EXPECT_THAT(*counted, SizeIs(300));
  EXPECT_THAT(keys("app9999"), ElementsAre("com.example.app9999"));
  EXPECT_EQ(import(rows).unchanged, 10'000U);
  // The planner knows of them at once.
  auto database = Database::connect(url());
  ASSERT_TRUE(database) << database.error().message();
  long long known = 0;
  EXPECT_OK((*database)->run([&](soci::session& sql) -> Result<void> {
    sql << (sqlite() ? "select max(cast(stat as integer)) from sqlite_stat1 where tbl = 'apps'"
                     : "select cast(reltuples as bigint) from pg_class where relname = 'apps'"),
        soci::into(known);
    return {};
  }));
  EXPECT_GE(known, 5'000);
}

}  // namespace
}  // namespace assay::ledger
