#include "source/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "base/bytes.h"
#include "base/json.h"
#include "unit/source/archive_fixture.h"
#include "unit/source/git_repository_fixture.h"
#include "unit/source/tree_fixture.h"

namespace assay::source {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

SecretRule rule(const std::string& id, const std::string& keyword, std::size_t length) {
  SecretRule r;
  r.id = id;
  r.provider = "Acme";
  r.title = "Acme " + id;
  r.opens = "everything of Acme";
  r.keywords = {keyword};
  r.pattern = keyword + "[a-z0-9]{" + std::to_string(length) + "}";
  r.remedy = "Revoke it at Acme.";
  return r;
}

const std::shared_ptr<const secrets::Engine>& engine() {
  static const auto built = [] {
    auto key = rule("acme-key", "acmk_", 40);
    key.companions = {{"acme-id", 3, false}};
    auto result = secrets::Engine::build({rule("acme-id", "acid_", 24), key});
    if (!result) throw std::runtime_error(result.error().message());
    return std::shared_ptr<const secrets::Engine>(*result);
  }();
  return built;
}

// No test holds what looks like a secret.
std::string key(int n) {
  return "acmk_" + sha256_hex("key " + std::to_string(n)).substr(0, 40);
}
std::string id(int n) {
  return "acid_" + sha256_hex("id " + std::to_string(n)).substr(0, 24);
}

std::vector<std::string> places(const SecretSighting& s) {
  std::vector<std::string> out;
  for (const auto& p : s.places) out.push_back(p.path + ":" + std::to_string(p.line) + ":" + std::to_string(p.column));
  return out;
}

std::map<std::string, std::vector<std::string>> by_redacted(const SecretSweep& sweep, bool suppressed = false) {
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& s : sweep.sightings)
    if (s.suppressed.empty() != suppressed)
      for (const auto& at : places(s)) out[s.rule].push_back(at);
  for (auto& [rule_id, list] : out) std::ranges::sort(list);
  return out;
}

class Searching {
 public:
  SweepProgress progress;
  std::stop_source stop;
};

class SweepTree : public TreeTest, public Searching {
 protected:
  SecretSweep search(SweepSettings settings = {}) {
    Sweep sweep(engine(), Bytes(32, 'k'), std::move(settings), progress, stop.get_token());
    const auto searched = sweep.tree(root.string());
    EXPECT_TRUE(searched) << searched.error().message();
    return sweep.finish();
  }
};

TEST_F(SweepTree, GroupsEachSecretWithItsPlacesAndKeepsNoneInTheClear) {
  write("src/a.js", "// ü\nconst k = '" + key(1) + "';\n");
  write("src/b.js", "\n\n  \"" + key(1) + "\"\nx = \"" + key(2) + "\"\n");
  write("clean.js", "let a = 1;\n");
  const auto sweep = search();
  ASSERT_EQ(sweep.sightings.size(), 2U);
  const auto& first = sweep.sightings[0].places.size() == 2 ? sweep.sightings[0] : sweep.sightings[1];
  EXPECT_THAT(places(first), ElementsAre("src/a.js:2:12", "src/b.js:3:4"));
  EXPECT_EQ(first.rule, "acme-key");
  EXPECT_EQ(first.hash, secret_hash(Bytes(32, 'k'), "acme-key", key(1)));
  EXPECT_THAT(first.redacted, HasSubstr("acmk…"));
  EXPECT_EQ(first.places.front().source, "tree");
  EXPECT_THAT(sweep.inputs, ElementsAre("tree"));
  EXPECT_EQ(sweep.files, 3U);
  EXPECT_EQ(progress.bytes, sweep.bytes);
  const auto json = dump_json(Json(sweep));
  EXPECT_THAT(json, Not(HasSubstr(key(1))));
  EXPECT_THAT(json, Not(HasSubstr(key(1).substr(10, 20))));
}

TEST_F(SweepTree, AFileThatIsNamedAfterItsSecretDoesNotTellIt) {
  write("dumps/" + key(1) + ".js", "a = '" + key(1) + "';\n\nb = '" + key(2) + "';\n");
  const auto json = dump_json(Json(search()));
  EXPECT_THAT(json, Not(HasSubstr(key(1))));
  EXPECT_THAT(json, HasSubstr("dumps/acmk…"));
}

TEST_F(SweepTree, DoesNotSearchAgainWhatHeldNothing) {
  for (int i = 0; i < 40; ++i) write("d/f" + std::to_string(i), "let a = " + std::to_string(i % 10) + ";\n");
  write("src/a.js", "const k = '" + key(1) + "';\n");
  write("large", std::string(kWindow + 1000, 'a') + "\n");
  write("app.zip", pack("zip", {{"one.js", "let b = 1;\n"}, {"two.js", "k = '" + key(2) + "'\n"}}));
  const auto place = (scratch / "cache").string();
  const auto run = [&](std::string_view version) {
    SearchCache cache(place, Bytes(32, 'k'), version);
    EXPECT_TRUE(cache.load());
    auto sweep = search({.threads = 2, .cache = &cache});
    EXPECT_TRUE(cache.save());
    return sweep;
  };
  const auto without = search();
  EXPECT_EQ(Json(run("1")), Json(without));
  auto second = run("1");
  EXPECT_EQ(second.known, 42U);  // all but src/a.js and two.js
  second.known = 0;
  EXPECT_EQ(Json(second), Json(without));
  // What is new, and what has another name, is searched.
  write("d/f0", "k = '" + key(3) + "'\n");
  std::filesystem::rename(root / "d/f1", root / "d/g1");
  const auto third = run("1");
  EXPECT_EQ(third.known, 40U);
  EXPECT_EQ(third.sightings.size(), 3U);
  EXPECT_EQ(run("2").known, 0U);
}

TEST_F(SweepTree, ABrokenCacheLosesNothing) {
  write("src/a.js", "const k = '" + key(1) + "';\n");
  write("src/b.js", "let b = 1;\n");
  const auto place = scratch / "cache";
  for (const std::size_t at : {0U, 20U, 50U, 63U, 64U, 70U}) {
    std::filesystem::remove_all(place);
    SearchCache first(place.string(), Bytes(32, 'k'), "1");
    search({.cache = &first});
    ASSERT_TRUE(first.save());
    std::fstream file(place / "searched", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at)).put('?');
    file.close();
    SearchCache second(place.string(), Bytes(32, 'k'), "1");
    static_cast<void>(second.load());
    const auto sweep = search({.cache = &second});
    EXPECT_EQ(sweep.sightings.size(), 1U) << at;
    EXPECT_EQ(sweep.known, 0U) << at;
  }
}

TEST_F(SweepTree, IsTheSameAtAnyNumberOfThreads) {
  for (int i = 0; i < 300; ++i)
    write("d" + std::to_string(i % 17) + "/f" + std::to_string(i),
          "a = '" + key(i % 23) + "'\nb = '" + key(i % 7) + "' // assay:ignore of no use any more\n");
  std::set<std::string> seen;
  for (const unsigned threads : {1U, 2U, 5U}) {
    SweepSettings settings;
    settings.threads = threads;
    seen.insert(dump_json(Json(search(std::move(settings)))));
  }
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(SweepTree, OpensArchivesInArchives) {
  const auto inner = pack("zip", {{"conf/k.txt", "k: " + key(1) + "\n"}});
  write("dist/app.tgz", pack("tar.gz", {{"lib/inner.jar", inner}, {"plain.txt", "\n" + key(2)}}));
  write("logs/app.log.gz", pack("gz", {{"data", key(3)}}));
  write("broken.zip", inner.substr(0, inner.size() / 2));
  write("closed.7z", std::string("7z\xbc\xaf\x27\x1c") + std::string(40, '\0'));
  const auto sweep = search();
  EXPECT_THAT(by_redacted(sweep)["acme-key"],
              ElementsAre("dist/app.tgz!/lib/inner.jar!/conf/k.txt:1:4", "dist/app.tgz!/plain.txt:2:1",
                          "logs/app.log.gz!/app.log:1:1"));
  EXPECT_THAT(sweep.inputs, ElementsAre("archives", "tree"));
  for (const auto& s : sweep.sightings) EXPECT_EQ(s.places.front().source, "archive");
  std::map<std::string, std::string> gaps;
  for (const auto& g : sweep.gaps) gaps.emplace(g.path.substr(0, g.path.find("!/")), g.reason);
  EXPECT_EQ(gaps, (std::map<std::string, std::string>{{"broken.zip", "corrupt"}, {"closed.7z", "unsupported"}}));
}

TEST_F(SweepTree, KeepsWhatTheEngineSuppressesWhenAsked) {
  write("a.env", "ACME=" + key(1) + "\nDB_PASSWORD=changeme\nSMTP_PASSWORD=correct-horse\n");
  const auto findings = by_redacted(search());
  const auto all = search({.suppressed = true});
  EXPECT_EQ(by_redacted(all), findings);
  EXPECT_TRUE(by_redacted(search(), true).empty());
  std::set<std::string> reasons;
  for (const auto& s : all.sightings) reasons.insert(s.suppressed);
  EXPECT_THAT(reasons, ElementsAre("", "example", "words"));
}

TEST_F(SweepTree, HeedsACommentThatGivesAReason) {
  write("a.js", "k = '" + key(1) + "'; // assay:ignore revoked in 2024\n");
  write("b.js", "# assay:ignore used by the tests of Acme\nk = '" + key(2) + "'\n");
  write("c.js", "k = '" + key(3) + "'; // assay:ignore\n");
  write("d.js", "k = '" + key(4) + "'; // assay:ignore revoked\nj = '" + key(5) + "'\n");
  write("e.html", "<p " + key(6) + "><!-- assay:ignore --></p>\n");
  auto sweep = search();
  EXPECT_THAT(by_redacted(sweep)["acme-key"], ElementsAre("c.js:1:6", "d.js:2:6", "e.html:1:4"));
  std::set<std::string> reasons;
  for (const auto& s : sweep.sightings) {
    if (!s.suppressed.empty()) reasons.insert(s.suppressed);
    if (s.places.front().path == "c.js") EXPECT_THAT(s.reasons, testing::Contains("ignore-without-reason"));
  }
  EXPECT_THAT(reasons,
              ElementsAre("ignored: revoked", "ignored: revoked in 2024", "ignored: used by the tests of Acme"));

  SweepSettings strict;
  strict.heed_ignores = false;
  sweep = search(std::move(strict));
  EXPECT_EQ(by_redacted(sweep)["acme-key"].size(), 6U);
}

TEST_F(SweepTree, FindsASecretWhereverAWindowEnds) {
  // Positions around the ends of the first windows, and what they share.
  const std::size_t step = kWindow - kOverlap;
  const std::vector<std::size_t> at = {0,
                                       step - 3,
                                       step + kOverlap / 2 - 1,
                                       kWindow - 20,
                                       kWindow + 60,
                                       2 * step + kOverlap / 2,
                                       2 * step + kOverlap + 100};
  std::string text(3 * kWindow, '\n');
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < at.size(); ++i) {
    text.replace(at[i], 45, key(static_cast<int>(i)));
    if (at[i] > 0) text[at[i] - 1] = '\n';
    expected.push_back("big.txt:" + std::to_string(1 + std::ranges::count(text.substr(0, at[i]), '\n')) + ":1");
  }
  write("big.txt", text);
  const auto sweep = search();
  std::ranges::sort(expected);
  EXPECT_EQ(by_redacted(sweep)["acme-key"], expected);
  EXPECT_EQ(sweep.bytes, text.size());
}

TEST_F(SweepTree, ReadsAroundTheHolesOfALargeFile) {
  const auto file = write("sparse.bin", std::string("\0\x01", 2) + key(1));
  std::filesystem::resize_file(file, 10ULL << 30U);
  {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(7LL << 30);
    out << key(2);
  }
  const auto sweep = search();
  EXPECT_THAT(by_redacted(sweep)["acme-key"], ElementsAre("sparse.bin:0:0", "sparse.bin:0:0"));
  EXPECT_EQ(sweep.binary_files, 1U);
  EXPECT_LT(sweep.bytes, 1U << 20U) << "holes were read";
  EXPECT_TRUE(sweep.gaps.empty());
}

TEST_F(SweepTree, LinksWhatBelongsTogether) {
  write("near.env", "ID=" + id(1) + "\nKEY=" + key(1) + "\n");
  write("far.env", "ID=" + id(2) + "\n\n\n\n\n\nKEY=" + key(2) + "\n");
  for (const auto& s : search().sightings) {
    if (s.rule != "acme-key") continue;
    if (s.places.front().path == "near.env")
      EXPECT_THAT(s.companions, ElementsAre(secret_hash(Bytes(32, 'k'), "acme-id", id(1))));
    else
      EXPECT_TRUE(s.companions.empty());
  }
}

TEST_F(SweepTree, EndsWhenItIsStoppedAndSaysSo) {
  for (int i = 0; i < 200; ++i) write("f" + std::to_string(i), key(i));
  stop.request_stop();
  const auto sweep = search();
  ASSERT_FALSE(sweep.gaps.empty());
  EXPECT_EQ(sweep.gaps.front().reason, "interrupted");
  EXPECT_LT(sweep.files, 200U);
}

TEST_F(SweepTree, RevealsToItsCallerAlone) {
  write("a.js", "k = '" + key(1) + "'\nj = '" + key(2) + "' // assay:ignore it is dead\n");
  std::mutex mutex;
  std::map<std::string, std::string> revealed;
  SweepSettings settings;
  settings.reveal = [&](const std::string& hash, std::string_view secret) {
    const std::scoped_lock lock(mutex);
    revealed.emplace(hash, secret);
  };
  search(std::move(settings));
  ASSERT_EQ(revealed.size(), 1U);
  EXPECT_EQ(revealed.begin()->second, key(1));
}

TEST_F(SweepTree, LetsNoImageOfTheMemoryBeWritten) {
  const int before = ::prctl(PR_GET_DUMPABLE);
  {
    const Sweep one(engine(), Bytes(32, 'k'), {}, progress, {});
    const Sweep two(engine(), Bytes(32, 'k'), {}, progress, {});
    EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0);
  }
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), before);
}

TEST(SweepText, TakesWhatOthersHaveRead) {
  Searching s;
  Sweep sweep(engine(), Bytes(32, 'k'), {}, s.progress, {});
  sweep.text("k='" + key(1) + "'", "https://app.example/main.js", sweep_input::kServed);
  const auto found = sweep.finish();
  EXPECT_THAT(found.inputs, ElementsAre("served"));
  ASSERT_EQ(found.sightings.size(), 1U);
  EXPECT_THAT(places(found.sightings.front()), ElementsAre("https://app.example/main.js:1:4"));
  EXPECT_EQ(found.sightings.front().places.front().source, "served");
}

class SweepRepository : public git::GitTest, public Searching {};

TEST_F(SweepRepository, LooksAtWhatIsStaged) {
  git("init -q");
  write("old.js", "k = '" + key(1) + "'\n");
  commit("one");
  write("new.js", "k = '" + key(2) + "'\n");
  git("add new.js");
  write("unstaged.js", "k = '" + key(3) + "'\n");
  Sweep sweep(engine(), Bytes(32, 'k'), {}, progress, {});
  ASSERT_TRUE(sweep.staged(work, ""));
  const auto found = sweep.finish();
  EXPECT_THAT(found.inputs, ElementsAre("index"));
  ASSERT_EQ(found.sightings.size(), 1U);
  EXPECT_THAT(places(found.sightings.front()), ElementsAre("new.js:1:6"));
}

secrets::Hit hit(const std::string& secret) {
  secrets::Hit h;
  h.rule = engine()->rules().data();
  h.secret = secret;
  return h;
}

TEST(SightingTable, KeepsTheFirstPlacesInWhateverOrderTheyCome) {
  std::set<std::string> seen;
  for (const int direction : {1, -1}) {
    SightingTable one, two;
    for (int i = 0; i < 300; ++i) {
      const int n = direction > 0 ? i : 299 - i;
      SecretPlace place;
      place.path = "p";
      place.line = static_cast<std::uint64_t>(n);
      (n % 3 == 0 ? one : two).add(hit("x"), "hash", {}, place);
      (n % 3 == 0 ? one : two).miss({"gap" + std::to_string(n), "limit", ""});
    }
    one.merge(std::move(two));
    SecretSweep sweep;
    one.write(sweep);
    ASSERT_EQ(sweep.sightings.size(), 1U);
    EXPECT_EQ(sweep.sightings.front().places.size(), kMaxSecretPlaces);
    EXPECT_EQ(sweep.sightings.front().places_left_out, 300 - kMaxSecretPlaces);
    EXPECT_EQ(sweep.gaps.size() + sweep.gaps_left_out, 300U);
    seen.insert(dump_json(Json(sweep)));
  }
  EXPECT_EQ(seen.size(), 1U);
}

TEST(SightingTable, SaysWhenThereAreTooMany) {
  SightingTable table;
  for (std::size_t i = 0; i <= kMaxSightings; ++i) table.add(hit("x"), "hash" + std::to_string(i), {}, {});
  SecretSweep sweep;
  table.write(sweep);
  EXPECT_EQ(sweep.sightings.size(), kMaxSightings);
  ASSERT_EQ(sweep.gaps.size(), 1U);
  EXPECT_EQ(sweep.gaps.front().reason, "limit");
}

TEST(IgnoreReason, TakesWordsOnly) {
  bool bare = false;
  EXPECT_EQ(ignore_reason("x = 1 // assay:ignore revoked */", bare), "revoked");
  EXPECT_EQ(ignore_reason("<!-- assay:ignore sample key -->", bare), "sample key");
  EXPECT_FALSE(bare);
  EXPECT_EQ(ignore_reason("x // assay:ignore ...", bare), "");
  EXPECT_TRUE(bare);
  EXPECT_EQ(ignore_reason("nothing", bare), "");
  EXPECT_FALSE(bare);
}

}  // namespace
}  // namespace assay::source
