#include "fleet/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace assay::fleet {
namespace {

Event event_of(std::uint64_t number) {
  Event event;
  event.kind = Event::Kind::progress;
  event.done = number;
  return event;
}

TEST(Events, ComeInOrderToEverySubscriber) {
  Events events;
  events.publish(event_of(1));
  const auto one = events.subscribe();
  const auto two = events.subscribe();
  events.publish(event_of(2));
  events.publish(event_of(3));
  for (const auto& subscription : {one, two}) {
    const auto taken = subscription->take();
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].done, 2U);
    EXPECT_EQ(taken[1].done, 3U);
    EXPECT_TRUE(subscription->take().empty());
  }
}

TEST(Events, ASlowSubscriberIsToldHowManyItMissed) {
  Events events;
  const auto slow = events.subscribe(2);
  for (std::uint64_t i = 0; i < 5; ++i) events.publish(event_of(i));
  auto taken = slow->take();
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[1].done, 1U);
  EXPECT_EQ(taken[2].kind, Event::Kind::missed);
  EXPECT_EQ(taken[2].missed, 3U);
  events.publish(event_of(9));
  taken = slow->take();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].done, 9U);
}

TEST(Events, WakeOncePerRowOfEvents) {
  Events events;
  const auto subscription = events.subscribe();
  int wakes = 0;
  subscription->on_ready([&] { ++wakes; });
  events.publish(event_of(1));
  events.publish(event_of(2));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(subscription->take().size(), 2U);
  events.publish(event_of(3));
  EXPECT_EQ(wakes, 2);
  subscription->on_ready({});
  EXPECT_EQ(subscription->take().size(), 1U);
  events.publish(event_of(4));
  EXPECT_EQ(wakes, 2);
}

TEST(Events, ForgetSubscribersThatAreGone) {
  Events events;
  auto subscription = events.subscribe();
  EXPECT_EQ(events.subscribers(), 1U);
  subscription.reset();
  EXPECT_EQ(events.subscribers(), 0U);
  events.publish(event_of(1));
}

TEST(Events, ManyPublishersLoseNothingWhenThereIsRoom) {
  Events events;
  const auto subscription = events.subscribe(10'000);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (std::uint64_t i = 0; i < 1000; ++i) events.publish(event_of(i));
      });
  }
  EXPECT_EQ(subscription->take().size(), 4000U);
}

}  // namespace
}  // namespace assay::fleet
