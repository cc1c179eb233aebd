#include "net/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "unit/net/loopback.h"

namespace assay::net {
namespace {

using testing::run;

Task<int> number(int n) {
  co_return n;
}

Task<int> sum_to(int n) {
  int sum = 0;
  for (int i = 1; i <= n; ++i) sum += co_await number(i);
  co_return sum;
}

TEST(Task, ReturnsItsValueToTheAwaiter) {
  Loop loop;
  EXPECT_EQ(run(loop, sum_to(100)), 5050);
}

Task<std::unique_ptr<int>> boxed(int n) {
  co_return std::make_unique<int>(n);
}
Task<int> unboxed(int n) {
  auto box = co_await boxed(n);
  co_return *box;
}

TEST(Task, CarriesValuesThatOnlyMove) {
  Loop loop;
  EXPECT_EQ(run(loop, unboxed(3)), 3);
}

Task<int> throws() {
  throw std::runtime_error("inside");
  co_return 0;
}
Task<std::string> catches() {
  try {
    auto n = co_await throws();
    co_return std::to_string(n);
  } catch (const std::runtime_error& e) {
    co_return e.what();
  }
}

TEST(Task, ExceptionsPassToTheAwaiter) {
  Loop loop;
  EXPECT_EQ(run(loop, catches()), "inside");
}

Task<void> touch(std::shared_ptr<int> value) {
  ++*value;
  co_return;
}

TEST(Task, IsLazyAndFreesItsFrameWhenNeverStarted) {
  const auto value = std::make_shared<int>(0);
  {
    const auto task = touch(value);
    EXPECT_EQ(value.use_count(), 2);
  }
  EXPECT_EQ(*value, 0);
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Task, MovesLikeAHandle) {
  const auto value = std::make_shared<int>(0);
  Loop loop;
  auto first = touch(value);
  auto second = touch(value);
  first = std::move(second);
  EXPECT_EQ(value.use_count(), 2);
  loop.spawn(std::move(first));
  loop.run();
  EXPECT_EQ(*value, 1);
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Task, EscapedExceptionEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  struct Local {
    static Task<void> fail() {
      throw std::runtime_error("nobody awaits this");
      co_return;
    }
  };
  EXPECT_DEATH(
      {
        Loop loop;
        loop.spawn(Local::fail());
        loop.run();
      },
      "");
}

}  // namespace
}  // namespace assay::net
