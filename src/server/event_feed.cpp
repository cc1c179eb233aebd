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
  std::function<void()> wake;
  bool kept = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    std::string bytes = to_wire(event);
    kept = waiting_.size() + bytes.size() <= kMaxWaiting;
    if (kept) {
      waiting_ += bytes;
    } else {
      closed_ = true;
    }
    wake = wake_;
  }
  if (wake) wake();
  return kept;
}

void EventFeed::close() {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake = wake_;
  }
  if (wake) wake();
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
  std::function<void()> now;
  {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
    if (!waiting_.empty() || closed_) now = wake_;
  }
  if (now) now();
}

}  // namespace assay::server
