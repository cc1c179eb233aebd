#pragma once

// While secrets are in memory, the kernel writes no image of it and lets no other process of the user read it.

namespace assay::source {

// Core dumps and tracing are off as long as one of these lives; what was allowed before is allowed again after the last
// one. Thread-safe. Best effort: a kernel that refuses is no error.
class CoreDumpsOff {
 public:
  CoreDumpsOff();
  ~CoreDumpsOff();
  CoreDumpsOff(const CoreDumpsOff&) = delete;
  CoreDumpsOff& operator=(const CoreDumpsOff&) = delete;
};

}  // namespace assay::source
