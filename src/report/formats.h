#pragma once

// One function per format; each in its own file.

#include <string>
#include <vector>

#include "base/json.h"
#include "report/report.h"

namespace assay::report {

using Records = std::vector<ScanRecord>;

std::string render_text(const Records& records, const catalog::Catalog& catalog, const Options& options);
std::string render_json(const Records& records, const Options& options);
std::string render_sarif(const Records& records, const catalog::Catalog& catalog);
std::string render_html(const Records& records, const catalog::Catalog& catalog);
std::string render_junit(const Records& records, const catalog::Catalog& catalog);

// "High", "Critical", … for people.
std::string severity_title(Severity s);

// Verdicts of one outcome that share requirement and reason, with their subjects: what summaries list. Of
// `inconclusive`, also the fails in part.
struct ReasonGroup {
  std::string requirement;
  std::string reason;
  std::vector<std::string> subjects;
};
std::vector<ReasonGroup> group_by_reason(const ScanRecord& record, Outcome outcome);

// Requirements that were not judged, grouped by why, in short: what follows a semicolon in the reason is left out.
struct NotVerifiedGroup {
  std::string reason;
  std::vector<std::string> requirements;
};
std::vector<NotVerifiedGroup> group_not_verified(const ScanRecord& record);

}  // namespace assay::report
