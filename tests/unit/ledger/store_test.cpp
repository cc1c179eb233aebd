// Stores that are not ours, not new, not writable, or not there.

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>

#include "ledger/database.h"
#include "ledger/location.h"
#include "ledger/migrations.h"
#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<fs::path> backups(const fs::path& directory) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".backup") found.push_back(entry.path());
  return found;
}

class StoreTest : public BothEngines {
 protected:
  Result<void> change(const std::string& statement) {
    auto database = Database::connect(url());
    if (!database) return std::unexpected(database.error());
    return (*database)->run([&](soci::session& sql) -> Result<void> {
      sql << statement;
      return {};
    });
  }
  Result<void> migrate_to(std::span<const Migration> steps) {
    auto database = Database::connect(url());
    if (!database) return std::unexpected(database.error());
    return migrate(**database, steps);
  }
  // The steps of this build and one more.
  static std::vector<Migration> with_next(std::string_view sql) {
    std::vector<Migration> steps(migrations().begin(), migrations().end());
    steps.push_back({steps.back().version + 1, sql});
    return steps;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, ::testing::Values(kSqlite, kPostgresql), engine_name);

TEST_P(StoreTest, ANewerStoreIsAnErrorAndLeftAlone) {
  ASSERT_TRUE(open()->add_app(sample_app()));
  EXPECT_OK(migrate_to(with_next("create table later (x @integer)@strict")));
  const std::string before = sqlite() ? read_file(file()) : "";
  const auto refused = Ledger::open(url(), std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message(), HasSubstr("newer than this build"));
  if (sqlite()) {
    EXPECT_EQ(read_file(file()), before);
  }
}

TEST_P(StoreTest, MigratesForwardAndKeepsABackupOfASqliteFile) {
  ASSERT_TRUE(open()->add_app(sample_app()));
  const auto steps = with_next("alter table apps add column note @text;\ncreate table later (x @integer)@strict;");
  EXPECT_OK(migrate_to(steps));
  EXPECT_OK(migrate_to(steps));  // nothing left to do
  EXPECT_OK(change("select note from apps"));
  EXPECT_OK(change("select x from later"));
  if (!sqlite()) return;
  const auto copies = backups(file().parent_path());
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_THAT(copies[0].filename().string(),
              HasSubstr("ledger.db.v" + std::to_string(migrations().back().version) + "-"));
  EXPECT_EQ(fs::status(copies[0]).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const auto copy = Ledger::open(copies[0].string(), std::nullopt);
  ASSERT_TRUE(copy) << copy.error().message();
  EXPECT_EQ((*copy)->apps()->size(), 1U);
}

TEST_P(StoreTest, FindingsOfVersionOneAreOpenOrFixed) {
  ASSERT_TRUE(migrate_to(migrations().first(1)));
  EXPECT_OK(change("insert into apps values ('app', '', 'connect', '', '', 0)"));
  const auto insert = [&](const std::string& locator, const std::string& open, const std::string& fixed) {
    auto finding = sample_finding("hsts", "https://app.example", locator);
    finding.proof = "none";
    return change("insert into findings values ('app', '" + finding.fingerprint + "', 'hsts', '" + finding.subject +
                  "', 'high', " + open + ", 1, 2, " + fixed + ", 0, '" + dump_json(to_json(finding)) + "')");
  };
  EXPECT_OK(insert("a", "0", "3"));
  EXPECT_OK(insert("b", "1", "null"));
  const auto findings = open()->findings_of("app");
  ASSERT_TRUE(findings) << findings.error().message();
  ASSERT_EQ(findings->size(), 2U);
  EXPECT_EQ(findings->at(0).status, FindingStatus::open);
  EXPECT_EQ(findings->at(1).status, FindingStatus::fixed);
  EXPECT_TRUE(findings->at(1).closed_at.has_value());
}

TEST_P(StoreTest, AFailedMigrationLeavesTheOldVersion) {
  ASSERT_TRUE(open()->add_app(sample_app()));
  EXPECT_FALSE(migrate_to(with_next("create table later (x @integer)@strict;\nnonsense")));
  EXPECT_FALSE(change("select x from later"));
  EXPECT_EQ(open()->apps()->size(), 1U);
}

TEST_P(StoreTest, AnotherProgramsTablesAreNotTouched) {
  ASSERT_TRUE(change("create table apps (id integer)"));
  const auto refused = Ledger::open(url(), std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("another program"));
  EXPECT_FALSE(change("select * from schema_version"));
  EXPECT_OK(change("select id from apps"));
}

TEST(Sqlite, TheFileIsItsOwnersOnly) {
  TempDirectory directory;
  const auto path = directory.path() / "new.db";
  ASSERT_TRUE(Ledger::open(path.string(), std::nullopt));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  write_file(directory.path() / "empty.db", "");
  EXPECT_TRUE(Ledger::open("sqlite:" + (directory.path() / "empty.db").string(), std::nullopt));
}

TEST(Sqlite, FilesThatAreNoLedgerAreNamedAndLeftAlone) {
  TempDirectory directory;
  const auto text = directory.path() / "notes.txt";
  const std::string content =
      "These are my notes, they are longer than the header of a database.\n" + std::string(4096, 'x');
  write_file(text, content);
  const auto refused = Ledger::open(text.string(), std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("no SQLite database"));
  EXPECT_EQ(read_file(text), content);

  const auto absent = Ledger::open((directory.path() / "no/such/dir/x.db").string(), std::nullopt);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::io);
  EXPECT_THAT(absent.error().message(), HasSubstr("does not exist"));
  EXPECT_FALSE(fs::exists(directory.path() / "no"));
  EXPECT_THAT(Ledger::open(directory.path().string(), std::nullopt).error().message(), HasSubstr("is a directory"));
}

// Runs `work` in a child, as an ordinary user when the test is root (root may write everywhere), and gives what it
// wrote.
template <class Work>
std::string as_ordinary_user(Work work) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const passwd* nobody = getpwnam("nobody");
    if (geteuid() == 0 && (nobody == nullptr || setgid(nobody->pw_gid) != 0 || setuid(nobody->pw_uid) != 0)) _exit(1);
    const std::string text = work();
    _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return text;
}

TEST(Sqlite, WhatCannotBeWrittenSaysSo) {
  TempDirectory directory;
  const auto path = directory.path() / "ledger.db";
  ASSERT_TRUE((*Ledger::open(path.string(), std::nullopt))->add_app(sample_app()));
  fs::permissions(path, fs::perms(0444));
  fs::permissions(directory.path(), fs::perms(0555));
  const auto create = as_ordinary_user([&] {
    const auto ledger = Ledger::open((directory.path() / "new.db").string(), std::nullopt);
    return ledger ? "opened" : ledger.error().message();
  });
  EXPECT_THAT(create, HasSubstr("cannot be created"));
  const auto add = as_ordinary_user([&]() -> std::string {
    const auto ledger = Ledger::open(path.string(), std::nullopt);
    if (!ledger) return ledger.error().message();
    const auto added = (*ledger)->add_app(sample_app("other"));
    return added ? "added" : added.error().message();
  });
  EXPECT_THAT(add, HasSubstr("check the permissions"));
  EXPECT_THAT(add, HasSubstr("cannot be written"));
  fs::permissions(directory.path(), fs::perms(0700));
  fs::permissions(path, fs::perms(0600));
  EXPECT_EQ((*Ledger::open(path.string(), std::nullopt))->apps()->size(), 1U);
}

// What reading gives an ordinary user: the keys of the apps, then the error of a call that writes.
std::string read_as_ordinary_user(const fs::path& path, const std::optional<Ledger::Key>& key = std::nullopt) {
  return as_ordinary_user([&]() -> std::string {
    const auto ledger = Ledger::open(path.string(), key, Access::read);
    if (!ledger) return ledger.error().message();
    const auto apps = (*ledger)->apps();
    if (!apps) return apps.error().message();
    std::string text;
    for (const auto& app : *apps) text += app.key + "\n";
    const auto added = (*ledger)->add_app(sample_app("other"));
    return text + (added ? "added" : added.error().message());
  });
}

TEST(Sqlite, WhatCannotBeWrittenCanBeRead) {
  TempDirectory directory;
  const auto path = directory.path() / "led#er?%.db";  // what a URI would take for something else
  {
    auto ledger = Ledger::open(path.string(), sample_key("k", 'a'));
    ASSERT_TRUE(ledger);
    ASSERT_TRUE((*ledger)->add_app(sample_app("first")));
  }
  fs::permissions(path, fs::perms(0444));
  for (const auto mode : {0755, 0555, 0777}) {
    fs::permissions(directory.path(), fs::perms(mode));
    EXPECT_THAT(read_as_ordinary_user(path), HasSubstr("first\n")) << std::oct << mode;
    EXPECT_THAT(read_as_ordinary_user(path), HasSubstr("cannot be written")) << std::oct << mode;
    EXPECT_EQ(std::distance(fs::directory_iterator(directory.path()), {}), 1) << "it left something behind";
  }
  fs::permissions(directory.path(), fs::perms(0555));
  EXPECT_THAT(read_as_ordinary_user(path, sample_key("k", 'a')), HasSubstr("first\n"));
  EXPECT_THAT(read_as_ordinary_user(path, sample_key("unknown", 'b')), HasSubstr("first\n"));
  EXPECT_THAT(read_as_ordinary_user(path, sample_key("k", 'b')), HasSubstr("is not the key"));
  fs::permissions(directory.path(), fs::perms(0755));

  // While a writer has it open, its log holds what is newest.
  fs::permissions(path, fs::perms(0644));
  const auto writer = Ledger::open(path.string(), std::nullopt);
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->add_app(sample_app("second")));
  fs::permissions(path, fs::perms(0444));
  EXPECT_THAT(read_as_ordinary_user(path), HasSubstr("first\nsecond\n"));
}

TEST(Sqlite, AnOldLedgerThatCannotBeWrittenSaysSo) {
  TempDirectory directory;
  const auto path = directory.path() / "old.db";
  {
    auto database = Database::connect(path.string());
    ASSERT_TRUE(database);
    ASSERT_TRUE(migrate(**database, migrations().first(1)));
  }
  fs::permissions(path, fs::perms(0444));
  fs::permissions(directory.path(), fs::perms(0555));
  EXPECT_THAT(read_as_ordinary_user(path), HasSubstr("is a ledger of version 1, must be brought to version"));
  fs::permissions(directory.path(), fs::perms(0700));
}

TEST(Postgresql, AServerThatIsNotThereSaysSo) {
  TempDirectory directory;
  const auto refused = Ledger::open("postgresql://ann:s3cret@127.0.0.1:1/none?connect_timeout=2", std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::connection);
  EXPECT_THAT(refused.error().message(), HasSubstr("postgresql://ann@127.0.0.1:1/none"));
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("s3cret")));
}

TEST(Postgresql, ALostConnectionIsReplaced) {
  const std::string url = PostgresServer::instance().new_database();
  const auto ledger = Ledger::open(url, std::nullopt);
  ASSERT_TRUE(ledger) << ledger.error().message();
  ASSERT_TRUE((*ledger)->add_app(sample_app()));
  const auto killer = Database::connect(url);
  ASSERT_TRUE(killer);
  EXPECT_OK((*killer)->run([](soci::session& sql) -> Result<void> {
    sql << "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> "
           "pg_backend_pid()";
    return {};
  }));
  ScanRecord scan = sample_scan("1", day(1), {});
  EXPECT_OK((*ledger)->record_scan(scan));
  EXPECT_EQ((*ledger)->apps()->size(), 1U);
}

TEST(Postgresql, ASchemaOfItsOwnKeepsTheLedgerApart) {
  const std::string url = PostgresServer::instance().new_database();
  const auto admin = Database::connect(url);
  ASSERT_TRUE(admin);
  EXPECT_OK((*admin)->run([](soci::session& sql) -> Result<void> {
    sql << "create table apps (id integer)";
    sql << "create schema ledger";
    return {};
  }));
  EXPECT_FALSE(Ledger::open(url, std::nullopt));
  const auto ledger = Ledger::open(url + " options=-csearch_path=ledger", std::nullopt);
  ASSERT_TRUE(ledger) << ledger.error().message();
  EXPECT_OK((*ledger)->add_app(sample_app()));
}

TEST(Location, ReadsEveryForm) {
  EXPECT_EQ(parse_location("sqlite:/tmp/x.db")->file, "/tmp/x.db");
  EXPECT_EQ(parse_location("/tmp/x.db")->engine, Engine::sqlite);
  EXPECT_TRUE(fs::path(parse_location("x.db")->file).is_absolute());
  const auto url = parse_location("postgresql://ann:s3cret@db.example:5433/assay");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->engine, Engine::postgresql);
  EXPECT_EQ(url->name, "postgresql://ann@db.example:5433/assay");
  EXPECT_EQ(parse_location("postgres://db.example/assay")->engine, Engine::postgresql);
  EXPECT_EQ(parse_location("postgresql:host=/run/pg dbname=assay password=x")->name, "postgresql:///run/pg/assay");
}

TEST(Location, RefusesTheRest) {
  for (const std::string url : {"", "sqlite:", "sqlite::memory:", "mysql://host/db", "postgresql:nonsense", "a\"b=c"})
    EXPECT_FALSE(parse_location(url)) << url;
  EXPECT_THAT(parse_location("postgresql://ann:s3cret@[::1/x").error().message(), Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace assay::ledger
