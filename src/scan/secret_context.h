#pragma once

// What requests of a scan use whose answers may hold secrets.

#include <cstdint>

#include "net/gate.h"
#include "scan/scan.h"

namespace assay::scan {

// A scan's context for such requests: it knows what the scan knows, but nothing is recorded, and its budget is of its
// own, so that the requests take nothing from the probes. What was spent is added to the scan's statistics at the end.
class UnrecordedContext {
 public:
  // `bytes`: received at most. The scan's context must outlive it.
  UnrecordedContext(const Worker& worker, net::ScanContext& scan, std::uint64_t bytes);
  ~UnrecordedContext();
  UnrecordedContext(const UnrecordedContext&) = delete;
  UnrecordedContext& operator=(const UnrecordedContext&) = delete;

  net::ScanContext& get() { return context_; }

 private:
  net::ScanContext& scan_;
  net::ScanContext context_;
};

}  // namespace assay::scan
