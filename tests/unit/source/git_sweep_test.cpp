// A sweep of tree and history with the real engine: what a user sees of a secret that was removed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <string>

#include "base/json.h"
#include "source/search_cache.h"
#include "source/sweep.h"
#include "unit/source/archive_fixture.h"
#include "unit/source/git_repository_fixture.h"

namespace assay::source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

SecretRule token_rule() {
  SecretRule rule;
  rule.id = "sample-token";
  rule.provider = rule.title = "Sample";
  rule.keywords = {"smpl_"};
  rule.pattern = "smpl_[a-z0-9]{24}";
  return rule;
}

class GitSweep : public git::GitTest {
 protected:
  static std::shared_ptr<const secrets::Engine> engine() {
    auto built = secrets::Engine::build({token_rule()});
    EXPECT_TRUE(built) << built.error().message();
    return *built;
  }
  SecretSweep sweep(bool tree, unsigned threads = 1) { return sweep(tree, {.threads = threads}); }
  SecretSweep sweep(bool tree, const SweepSettings& settings) {
    SweepProgress progress;
    Sweep search(engine(), Bytes(32, 7), settings, progress, std::stop_token());
    if (tree) {
      EXPECT_TRUE(search.tree(work));
    }
    EXPECT_TRUE(search.history(work));
    return search.finish();
  }
};

TEST_F(GitSweep, removed_and_present_secrets) {
  git("init -q .");
  write("src/app.js", "// hello\nconst key = 'smpl_k3v9x2m7q8w4z6t1r5y0p2s8';\n");
  commit("one");
  const std::string one = id_of("HEAD");
  write("src/app.js", "// hello\nconst key = process.env.KEY;\n");
  write("live.txt", "smpl_a8c1f7h3j9l2n6b4v5x0d7g3\n");
  commit("two");
  const std::string two = id_of("HEAD");
  write("live.txt", "a line\nsmpl_a8c1f7h3j9l2n6b4v5x0d7g3\n");

  const auto history = sweep(false);
  EXPECT_THAT(history.inputs, ElementsAre("history"));
  EXPECT_EQ(history.commits, 2U);
  EXPECT_EQ(history.blobs, 3U);
  EXPECT_THAT(history.gaps, IsEmpty());
  ASSERT_THAT(history.sightings, SizeIs(2));
  for (const auto& sighting : history.sightings) {
    ASSERT_THAT(sighting.places, SizeIs(1));
    const auto& place = sighting.places[0];
    const bool removed = place.path == "src/app.js";
    EXPECT_EQ(place.source, "history");
    EXPECT_EQ(place.deleted, removed);
    EXPECT_EQ(place.first_commit, removed ? one : two);
    EXPECT_EQ(place.last_commit, removed ? one : two);
    EXPECT_EQ(place.line, removed ? 2U : 1U);
    EXPECT_EQ(place.column, removed ? 14U : 1U);
  }
  // Where the file still is, the tree's place has the commits.
  const auto both = sweep(true);
  EXPECT_THAT(both.inputs, ElementsAre("history", "tree"));
  ASSERT_THAT(both.sightings, SizeIs(2));
  for (const auto& sighting : both.sightings) {
    ASSERT_THAT(sighting.places, SizeIs(1));
    const auto& place = sighting.places[0];
    if (place.path == "src/app.js") continue;
    EXPECT_EQ(place.source, "tree");
    EXPECT_EQ(place.line, 2U);
    EXPECT_EQ(place.first_commit, two);
  }
  EXPECT_EQ(Json(sweep(true, 4)).dump(), Json(both).dump());
}

TEST_F(GitSweep, what_is_ignored_with_a_reason_stays_ignored_in_history) {
  git("init -q .");
  write("a.js", "const key = 'smpl_k3v9x2m7q8w4z6t1r5y0p2s8'; // assay:ignore revoked in May\n");
  commit("one");
  const auto history = sweep(false);
  ASSERT_THAT(history.sightings, SizeIs(1));
  EXPECT_EQ(history.sightings[0].suppressed, "ignored: revoked in May");
}

TEST_F(GitSweep, archives_in_history_are_opened) {
  const auto app = [](const std::string& line) {
    return pack("zip", {{"lib/util.js", "// nothing\n"}, {"conf/app.js", "// first\n" + line}});
  };
  git("init -q .");
  write("dist/app.zip", app("key = 'smpl_k3v9x2m7q8w4z6t1r5y0p2s8'\n"));
  write("nested.tar.gz", pack("tar.gz", {{"inner.zip", app("key = 'smpl_a8c1f7h3j9l2n6b4v5x0d7g3'\n")}}));
  commit("one");
  const std::string one = id_of("HEAD");
  write("dist/app.zip", app("// moved\nkey = 'smpl_k3v9x2m7q8w4z6t1r5y0p2s8'\n"));
  commit("two");
  const std::string two = id_of("HEAD");
  write("dist/app.zip", app("key = process.env.KEY\n"));
  commit("three");

  const auto check = [&](const SecretSweep& history) {
    EXPECT_THAT(history.inputs, ElementsAre("archives", "history"));
    EXPECT_EQ(history.archives, 4U);
    EXPECT_THAT(history.gaps, IsEmpty());
    ASSERT_THAT(history.sightings, SizeIs(2));
    for (const auto& sighting : history.sightings) {
      ASSERT_THAT(sighting.places, SizeIs(1));
      const auto& place = sighting.places[0];
      const bool removed = place.deleted;
      EXPECT_EQ(place.path, removed ? "dist/app.zip!/conf/app.js" : "nested.tar.gz!/inner.zip!/conf/app.js");
      EXPECT_EQ(place.line, removed ? 3U : 2U);
      EXPECT_EQ(place.source, "history");
      EXPECT_EQ(place.first_commit, one);
      EXPECT_EQ(place.last_commit, removed ? two : id_of("HEAD"));
    }
  };
  check(sweep(false));
  git("gc -q --prune=now");
  check(sweep(false));
  check(sweep(false, 3));
  // In the tree it is the same place, with its commits.
  const auto both = sweep(true);
  ASSERT_THAT(both.sightings, SizeIs(2));
  for (const auto& sighting : both.sightings) {
    ASSERT_THAT(sighting.places, SizeIs(1));
    EXPECT_EQ(sighting.places[0].source, sighting.places[0].deleted ? "history" : "archive");
    EXPECT_EQ(sighting.places[0].first_commit, one);
  }
}

TEST_F(GitSweep, archives_in_history_keep_their_limits) {
  git("init -q .");
  write("many.tar", pack("tar", {{"a", "a\n"}, {"b", "b\n"}, {"c", "smpl_k3v9x2m7q8w4z6t1r5y0p2s8\n"}}));
  write("shut.zip", pack("zip", {{"a", "smpl_a8c1f7h3j9l2n6b4v5x0d7g3\n"}}, "password"));
  write("seven.bin", std::string_view("7z\xbc\xaf\x27\x1c and more", 15));
  commit("one");
  git("rm -q many.tar shut.zip seven.bin");
  commit("two");
  const auto history = sweep(false, SweepSettings{.archives = {.entries = 2}});
  EXPECT_THAT(history.sightings, IsEmpty());
  ASSERT_THAT(history.gaps, SizeIs(3));
  EXPECT_EQ(history.gaps[0].path, "many.tar");
  EXPECT_EQ(history.gaps[0].reason, gap::kLimit);
  EXPECT_EQ(history.gaps[1].path, "seven.bin");
  EXPECT_EQ(history.gaps[1].reason, gap::kUnsupported);
  EXPECT_EQ(history.gaps[2].path, "shut.zip!/a");
  EXPECT_EQ(history.gaps[2].reason, gap::kEncrypted);
  EXPECT_THAT(history.gaps[2].detail, testing::StartsWith("history: "));
}

TEST_F(GitSweep, what_held_nothing_is_not_searched_again) {
  git("init -q .");
  std::string text = "// nothing\n";
  for (int i = 0; i < 30; ++i) {
    text += "line " + std::to_string(i) + " of a text that grows, so that git packs it as deltas\n";
    write("src/long.js", text);
    write("clean.txt", std::to_string(i));
    if (i == 10) write("app.zip", pack("zip", {{"a.js", "key = 'smpl_k3v9x2m7q8w4z6t1r5y0p2s8'\n"}}));
    if (i == 12) write("clean.zip", pack("zip", {{"a.js", "nothing\n"}}));
    if (i == 20) write("old.js", text + "key = 'smpl_a8c1f7h3j9l2n6b4v5x0d7g3'\n");
    commit("a change");
  }
  const auto place = (root / "cache").string();
  const auto run = [&](std::string_view version) {
    SearchCache cache(place, Bytes(32, 7), version);
    EXPECT_TRUE(cache.load());
    auto found = sweep(true, {.threads = 2, .cache = &cache});
    EXPECT_TRUE(cache.save());
    return found;
  };
  const auto same = [](SecretSweep a, SecretSweep b) {
    for (auto* s : {&a, &b}) s->known = s->bytes = s->archives = 0;
    EXPECT_EQ(Json(a).dump(), Json(b).dump());
  };
  const auto without = sweep(true);
  same(run("1"), without);
  const auto loose = run("1");
  // All but what holds something: app.zip and old.js, as blobs and as files of the tree, which has five.
  EXPECT_EQ(loose.known, loose.blobs + 5 - 4);
  same(loose, without);
  // Other bytes on the disk are searched once more, those of the tree not.
  git("repack -adfq");
  git("prune-packed");
  const auto repacked = run("1");
  EXPECT_EQ(repacked.known, 3U);
  same(repacked, without);
  const auto packed = run("1");
  EXPECT_EQ(packed.known, loose.known);
  same(packed, without);
  EXPECT_EQ(run("2").known, 0U);
}

TEST_F(GitSweep, what_is_new_is_searched_with_a_cache) {
  git("init -q .");
  write("a.js", "// nothing\n");
  commit("one");
  const auto place = (root / "cache").string();
  const auto run = [&] {
    SearchCache cache(place, Bytes(32, 7), "1");
    EXPECT_TRUE(cache.load());
    auto found = sweep(false, {.cache = &cache});
    EXPECT_TRUE(cache.save());
    return found;
  };
  EXPECT_THAT(run().sightings, IsEmpty());
  write("a.js", "// nothing\nkey = 'smpl_k3v9x2m7q8w4z6t1r5y0p2s8'\n");
  commit("two");
  EXPECT_THAT(run().sightings, SizeIs(1));
  git("gc -q --prune=now");
  EXPECT_THAT(run().sightings, SizeIs(1));
  write("a.js", "// nothing, again\n");
  commit("three");
  const auto last = run();
  ASSERT_THAT(last.sightings, SizeIs(1));
  EXPECT_TRUE(last.sightings[0].places[0].deleted);
}

TEST_F(GitSweep, no_repository_is_an_error) {
  SweepProgress progress;
  Sweep search(engine(), Bytes(32, 7), {}, progress, std::stop_token());
  EXPECT_FALSE(search.history(work));
}

}  // namespace
}  // namespace assay::source
