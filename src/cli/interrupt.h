#pragma once

// Ctrl-C and SIGTERM without a signal handler: the signals are blocked in every thread and one thread waits for them.

#include <atomic>
#include <functional>
#include <thread>

namespace assay::cli {

// While it lives, the first SIGINT or SIGTERM calls `on_interrupt` (on a thread of its own); a second one ends the
// process with exit code 130 at once. Make it before any other thread is started.
class Interrupt {
 public:
  explicit Interrupt(std::function<void()> on_interrupt);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool happened() const { return happened_; }

 private:
  std::atomic<bool> happened_ = false;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace assay::cli
