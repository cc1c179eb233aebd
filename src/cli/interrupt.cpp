#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <ctime>

#include "cli/command.h"

namespace assay::cli {

namespace {

sigset_t signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupt::Interrupt(std::function<void()> on_interrupt) {
  const sigset_t set = signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this, set, on_interrupt = std::move(on_interrupt)] {
    const timespec poll{0, 100'000'000};
    while (!ended_) {
      if (sigtimedwait(&set, nullptr, &poll) < 0) continue;
      if (happened_.exchange(true)) ::_exit(kInterrupted);
      on_interrupt();
    }
  });
}

Interrupt::~Interrupt() {
  ended_ = true;
  thread_.join();
  const sigset_t set = signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace assay::cli
