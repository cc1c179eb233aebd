#include "source/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <mutex>

namespace assay::source {

namespace {

// The kernel's flags are the process's, and so is the count of those who want them off.
struct Process {
  std::mutex mutex;
  int wanted_off = 0;
  int dumpable = 1;
  rlimit core{};
};

Process& process() {
  static Process the_process;
  return the_process;
}

}  // namespace

CoreDumpsOff::CoreDumpsOff() {
  auto& p = process();
  const std::scoped_lock lock(p.mutex);
  if (p.wanted_off++ > 0) return;
  p.dumpable = ::prctl(PR_GET_DUMPABLE);
  ::prctl(PR_SET_DUMPABLE, 0);
  if (::getrlimit(RLIMIT_CORE, &p.core) != 0) return;
  const rlimit none{0, p.core.rlim_max};
  ::setrlimit(RLIMIT_CORE, &none);
}

CoreDumpsOff::~CoreDumpsOff() {
  auto& p = process();
  const std::scoped_lock lock(p.mutex);
  if (--p.wanted_off > 0) return;
  if (p.dumpable == 1) ::prctl(PR_SET_DUMPABLE, 1);
  ::setrlimit(RLIMIT_CORE, &p.core);
}

}  // namespace assay::source
