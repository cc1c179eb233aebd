#include "server/event_feed.h"

#include <utility>

#include "base/text.h"

namespace assay::server {

std::string to_wire(const Event& event) {
  std::string out;
  if (!event.id.empty()) out += "id: " + event.id + "\n";
  if (!event.type.empty()) out += "event: " + event.type + "\n";
  for (const std::string_view line : split(event.data, '\n')) {
    out += "data: ";
    out += line;
    out += '\n';
  }
  out += '\n';
  return out;
}

bool EventFeed::push(const Event& event) {
  const std::string bytes = to_wire(event);
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  if (waiting_.size() + bytes.size() <= kMaxWaiting) {
    waiting_ += bytes;
  } else {
    closed_ = true;
  }
  if (wake_) wake_();
  return !closed_;
}

void EventFeed::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  if (wake_) wake_();
}

bool EventFeed::open() const {
  const std::lock_guard lock(mutex_);
  return !closed_;
}

std::string EventFeed::take(bool& ended) {
  const std::lock_guard lock(mutex_);
  ended = closed_;
  return std::exchange(waiting_, {});
}

void EventFeed::on_ready(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
  if (wake_ && (!waiting_.empty() || closed_)) wake_();
}

}  // namespace assay::server
