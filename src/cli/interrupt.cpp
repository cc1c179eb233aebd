#include "cli/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

#include "cli/command.h"

namespace assay::cli {

namespace {

constexpr int kWake = SIGUSR1;  // tells the waiting thread to look whether it has ended

sigset_t signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, kWake);
  return set;
}

}  // namespace

Interrupt::Interrupt(std::function<void()> on_interrupt) {
  const sigset_t set = signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this, set, on_interrupt = std::move(on_interrupt)] {
    while (true) {
      int signal = 0;
      sigwait(&set, &signal);
      if (ended_) return;
      if (signal == kWake) continue;
      if (happened_.exchange(true)) ::_exit(kInterrupted);
      on_interrupt();
    }
  });
}

Interrupt::~Interrupt() {
  ended_ = true;
  pthread_kill(thread_.native_handle(), kWake);
  thread_.join();
  const sigset_t set = signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace assay::cli
