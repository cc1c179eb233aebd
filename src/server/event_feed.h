#pragma once

// The events of one client of an event stream (HTML standard, "server-sent events"), between the threads that make
// events and the connection that sends them. Thread-safe.

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace assay::server {

struct Event {
  std::string id;    // what the client sends as Last-Event-ID when it comes again; may be empty. No line breaks
  std::string type;  // the "event" field; empty for plain messages. No line breaks
  std::string data;  // any lines
};

// The bytes of one event on the wire.
std::string to_wire(const Event& event);

class EventFeed {
 public:
  // Bytes that may wait for a slow client; one that falls further behind is cut and comes again with Last-Event-ID.
  static constexpr std::size_t kMaxWaiting = std::size_t{256} * 1024;

  // False when the client has gone or was cut: the maker forgets the feed.
  bool push(const Event& event);
  // No more events: what waits is still sent, then the stream ends.
  void close();
  bool open() const;

  // For the listener. take: all that waits; `ended` is set when nothing will follow. on_ready: `wake` is called
  // on the maker's thread whenever something waits or the feed was closed; it must return at once and not use the feed.
  // After on_ready({}) the old one is not called again.
  std::string take(bool& ended);
  void on_ready(std::function<void()> wake);

 private:
  mutable std::mutex mutex_;
  std::string waiting_;
  bool closed_ = false;
  std::function<void()> wake_;
};

}  // namespace assay::server
