// A sweep of tree and history with the real engine: what a user sees of a secret that was removed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <string>

#include "base/json.h"
#include "source/sweep.h"
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
  SecretSweep sweep(bool tree, unsigned threads = 1) {
    SweepProgress progress;
    Sweep search(engine(), Bytes(32, 7), {.threads = threads}, progress, std::stop_token());
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

TEST_F(GitSweep, no_repository_is_an_error) {
  SweepProgress progress;
  Sweep search(engine(), Bytes(32, 7), {}, progress, std::stop_token());
  EXPECT_FALSE(search.history(work));
}

}  // namespace
}  // namespace assay::source
