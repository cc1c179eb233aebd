#pragma once

// The evidence file: JSON lines (docs/evidence.md). Each scan begins with one line {"schema":"assay-scan/1", …} and its
// evidence follows, one record a line ("assay-evidence/1").

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/scan_record.h"

namespace assay::scan {

// Writes scans one after another. Not thread-safe. The file is created with mode 0600: bodies may hold what an owner
// would not publish.
class EvidenceWriter {
 public:
  static Result<std::unique_ptr<EvidenceWriter>> create(const std::string& path);
  ~EvidenceWriter();
  EvidenceWriter(const EvidenceWriter&) = delete;
  EvidenceWriter& operator=(const EvidenceWriter&) = delete;

  Result<void> write(const ScanRecord& record);

 private:
  EvidenceWriter(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  std::FILE* file_;
  std::string path_;
};

// The scans of an evidence file, without verdicts. Evidence before any scan line makes a scan of its own. Errors name
// file and line: not JSON, an unknown schema, altered evidence. A cut-off last line is an error too.
Result<std::vector<ScanRecord>> read_evidence_file(const std::string& path);

}  // namespace assay::scan
