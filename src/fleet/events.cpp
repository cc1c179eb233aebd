#include "fleet/events.h"

#include <algorithm>
#include <utility>

namespace assay::fleet {

std::string_view to_string(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::job:
      return "job";
    case Event::Kind::progress:
      return "progress";
    case Event::Kind::finding:
      return "finding";
    case Event::Kind::ticket:
      return "ticket";
    case Event::Kind::missed:
      return "missed";
  }
  return "job";
}

std::vector<Event> Subscription::take() {
  const std::scoped_lock lock(mutex_);
  std::vector<Event> events(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  if (missed_ > 0) {
    Event marker;
    marker.kind = Event::Kind::missed;
    marker.at = now();
    marker.missed = std::exchange(missed_, 0);
    events.push_back(std::move(marker));
  }
  return events;
}

void Subscription::on_ready(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  wake_ = std::move(wake);
  if (wake_ && !waiting_.empty()) wake_();
}

void Subscription::push(const Event& event) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= capacity_) {
    ++missed_;
    return;
  }
  waiting_.push_back(event);
  if (waiting_.size() == 1 && wake_) wake_();
}

std::shared_ptr<Subscription> Events::subscribe(std::size_t capacity) {
  std::shared_ptr<Subscription> subscription(new Subscription(std::max<std::size_t>(capacity, 1)));
  const std::scoped_lock lock(mutex_);
  std::erase_if(subscriptions_, [](const auto& s) { return s.expired(); });
  subscriptions_.push_back(subscription);
  return subscription;
}

void Events::publish(const Event& event) {
  std::vector<std::shared_ptr<Subscription>> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& subscription : subscriptions_)
      if (auto alive = subscription.lock()) all.push_back(std::move(alive));
  }
  for (const auto& subscription : all) subscription->push(event);
}

std::size_t Events::subscribers() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(subscriptions_, [](const auto& s) { return !s.expired(); }));
}

}  // namespace assay::fleet
