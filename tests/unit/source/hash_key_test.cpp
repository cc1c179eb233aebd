#include "source/hash_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "unit/source/tree_fixture.h"

namespace assay::source {
namespace {

// Sets a variable of the environment for one test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value.empty() ? ::unsetenv(name) : ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class HashKey : public TreeTest {};

TEST_F(HashKey, ComesFromTheEnvironmentAndMustBeLong) {
  const Variable state("XDG_STATE_HOME", scratch.string());
  {
    const Variable given("ASSAY_HASH_KEY", std::string(32, 'k'));
    const auto key = hash_key();
    ASSERT_TRUE(key);
    EXPECT_EQ(*key, Bytes(32, 'k'));
  }
  const Variable given("ASSAY_HASH_KEY", std::string(31, 'k'));
  const auto key = hash_key();
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().message().find(std::string(31, 'k')), std::string::npos) << "an error must not print a key";
}

TEST_F(HashKey, IsMadeOnceAndForItsUserAlone) {
  const Variable given("ASSAY_HASH_KEY", "");
  const Variable state("XDG_STATE_HOME", (scratch / "new" / "state").string());
  const auto first = hash_key();
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(hash_key().value(), *first);
  struct stat status{};
  ASSERT_EQ(::stat((scratch / "new/state/assay/hash-key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(status.st_size, 32);
  const Variable other("XDG_STATE_HOME", (scratch / "other").string());
  EXPECT_NE(hash_key().value(), *first);
}

TEST_F(HashKey, ManyAtOnceAgree) {
  const Variable given("ASSAY_HASH_KEY", "");
  const Variable state("XDG_STATE_HOME", scratch.string());
  std::vector<Bytes> keys(8);
  {
    std::vector<std::jthread> threads;
    for (auto& key : keys) threads.emplace_back([&key] { key = hash_key().value(); });
  }
  EXPECT_EQ(std::set<Bytes>(keys.begin(), keys.end()).size(), 1U);
}

TEST_F(HashKey, RefusesAFileThatOthersCanReadOrThatIsNoKey) {
  const Variable given("ASSAY_HASH_KEY", "");
  const Variable state("XDG_STATE_HOME", scratch.string());
  ASSERT_TRUE(hash_key());
  const auto file = scratch / "assay/hash-key";
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_FALSE(hash_key());
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  std::filesystem::resize_file(file, 8);
  EXPECT_FALSE(hash_key());
}

}  // namespace
}  // namespace assay::source
