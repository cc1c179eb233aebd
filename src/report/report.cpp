#include "report/report.h"

#include <algorithm>
#include <map>

#include "report/formats.h"

namespace assay::report {

std::optional<Format> format_from_string(std::string_view name) {
  if (name == "text") return Format::text;
  if (name == "json") return Format::json;
  if (name == "sarif") return Format::sarif;
  if (name == "html") return Format::html;
  if (name == "junit") return Format::junit;
  return std::nullopt;
}

std::string render(Format format, const std::vector<ScanRecord>& records, const catalog::Catalog& catalog,
                   const Options& options) {
  switch (format) {
    case Format::text:
      return render_text(records, catalog, options);
    case Format::json:
      return render_json(records, options);
    case Format::sarif:
      return render_sarif(records, catalog);
    case Format::html:
      return render_html(records, catalog);
    case Format::junit:
      return render_junit(records, catalog);
  }
  return {};
}

std::string severity_title(Severity s) {
  std::string title(to_string(s));
  title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

std::vector<ReasonGroup> group_by_reason(const ScanRecord& record, Outcome outcome) {
  std::vector<ReasonGroup> groups;
  for (const auto& v : record.verdicts) {
    if (v.outcome != outcome && !(outcome == Outcome::inconclusive && fails_in_part(v))) continue;
    const auto at = std::ranges::find_if(
        groups, [&](const ReasonGroup& g) { return g.requirement == v.requirement && g.reason == v.reason; });
    if (at == groups.end()) {
      groups.push_back({v.requirement, v.reason, {v.subject}});
    } else {
      at->subjects.push_back(v.subject);
    }
  }
  return groups;
}

std::vector<NotVerifiedGroup> group_not_verified(const ScanRecord& record) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const auto& n : record.not_verified) by_reason[n.reason.substr(0, n.reason.find(';'))].push_back(n.requirement);
  std::vector<NotVerifiedGroup> groups;
  groups.reserve(by_reason.size());
  for (auto& [reason, requirements] : by_reason) groups.push_back({reason, std::move(requirements)});
  return groups;
}

}  // namespace assay::report
