#include "scan/baseline.h"

#include <algorithm>

#include "base/file.h"
#include "base/json.h"

namespace assay::scan {

namespace {

constexpr std::uint64_t kMaxBytes = 256U << 20U;

Result<void> take_report(const Json& report, const std::string& path, Baseline& baseline) {
  if (!report.is_object() || report.value("schema", "") != "assay-report/1")
    return fail(ErrorCode::invalid_input, path, "is no report with schema \"assay-report/1\"",
                "make one with: assay scan TARGET -o json=" + path);
  try {
    auto& findings = baseline[report.at("app").at("key").get<std::string>()];
    for (const auto& verdict : report.at("verdicts")) {
      for (const auto& item : verdict.at("findings")) {
        auto finding = finding_from_json(item);
        if (!finding) return fail(finding.error().code, path, finding.error().message());
        findings.push_back(std::move(*finding));
      }
    }
  } catch (const Json::exception& e) {
    return fail(ErrorCode::invalid_input, path, std::string("has an unexpected shape: ") + e.what());
  }
  return {};
}

}  // namespace

Result<Baseline> read_baseline(const std::string& path) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return std::unexpected(text.error());
  const auto json = parse_json(*text, path, {.max_bytes = kMaxBytes, .max_depth = 64});
  if (!json) return std::unexpected(json.error());
  Baseline baseline;
  if (json->is_array()) {
    for (const auto& report : *json)
      if (auto taken = take_report(report, path, baseline); !taken) return std::unexpected(taken.error());
  } else if (auto taken = take_report(*json, path, baseline); !taken) {
    return std::unexpected(taken.error());
  }
  return baseline;
}

void compare_with_baseline(ScanRecord& record, const Baseline& baseline) {
  record.compared = true;
  const auto at = baseline.find(record.app.key);
  const std::vector<Finding> none;
  const auto& before = at == baseline.end() ? none : at->second;
  const auto present = findings_of(record);
  for (const auto* f : present) {
    const bool known = std::ranges::find(before, f->fingerprint, &Finding::fingerprint) != before.end();
    record.standing[f->fingerprint] = known ? Standing::still_there : Standing::fresh;
  }
  if (!record.complete) return;
  const auto own = own_subjects(record);
  for (const auto& old : before) {
    if (record.standing.contains(old.fingerprint)) continue;
    const bool passed = std::ranges::any_of(record.verdicts, [&](const Verdict& v) {
      return v.requirement == old.requirement && v.subject == old.subject && v.outcome == Outcome::pass;
    });
    if (passed) {
      record.fixed.push_back(old);
    } else if (own && own->lost(old.subject)) {
      record.gone.push_back(old);
    }
  }
}

}  // namespace assay::scan
