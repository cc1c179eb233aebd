#pragma once

// Reports: one file per format. Pure: records in, text out. All foreign text is escaped for its format; control
// characters never reach a terminal.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"
#include "model/scan_record.h"

namespace assay::report {

enum class Format { text, json, sarif, html, junit };
std::optional<Format> format_from_string(std::string_view name);

struct Options {
  bool color = false;            // ANSI colours in text
  std::size_t width = 100;       // columns of text
  bool quiet = false;            // text: findings and the summary line only
  bool show_suppressed = false;  // text and JSON: what looked like a secret and was put aside
  Severity fail_on = Severity::high;
};

// Several records make one document: JSON then has one top-level object per record in an array; SARIF one run each.
std::string render(Format format, const std::vector<ScanRecord>& records, const catalog::Catalog& catalog,
                   const Options& options);

// A SARIF document in parts, for one that is too long to be made whole: the head, runs with "," between them, the tail.
std::string sarif_head();
std::string sarif_tail();
std::string sarif_run(const ScanRecord& record, const catalog::Catalog& catalog);

}  // namespace assay::report
