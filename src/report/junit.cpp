// JUnit XML: one suite an app, one case a requirement and subject. fail → failure, inconclusive → error (the check
// could not be made), not applicable → skipped; accepted findings do not fail a case.

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/formats.h"

namespace assay::report {

namespace {

// XML 1.0 text: markup escaped; characters that XML cannot carry become U+FFFD.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
  // U+FFFE and U+FFFF are no XML characters either.
  return replace_all(replace_all(std::move(out), "\xEF\xBF\xBE", "\xEF\xBF\xBD"), "\xEF\xBF\xBF", "\xEF\xBF\xBD");
}

bool all_ignored(const ScanRecord& r, const Verdict& v) {
  return std::ranges::all_of(v.findings, [&](const Finding& f) { return r.ignored.contains(f.fingerprint); });
}

std::string case_body(const ScanRecord& r, const Verdict& v) {
  switch (v.outcome) {
    case Outcome::pass:
      return {};
    case Outcome::not_applicable:
      return fmt::format("      <skipped message=\"{}\"/>\n", xml(v.reason));
    case Outcome::inconclusive:
      return fmt::format("      <error type=\"{}\" message=\"{}\"/>\n",
                         xml(v.reason_code.empty() ? "inconclusive" : v.reason_code), xml(v.reason));
    case Outcome::fail:
      break;
  }
  if (all_ignored(r, v)) return "      <skipped message=\"accepted in the ignore file\"/>\n";
  // The schema in use allows one failure a case: all findings go into its text.
  std::string text;
  for (const auto& f : v.findings)
    text += fmt::format("{} ({})\nProof: {}\nFix: {}\n{}\n", f.title, to_string(f.severity), f.proof, f.remediation,
                        f.fingerprint);
  if (fails_in_part(v)) text += v.reason + "\n";
  return fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", xml(v.requirement),
                     xml(v.findings.empty() ? v.reason : v.findings.front().title), xml(text));
}

}  // namespace

std::string render_junit(const Records& records, const catalog::Catalog&) {
  std::string suites;
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  for (const auto& r : records) {
    std::string cases;
    int suite_failures = 0, suite_errors = 0, suite_skipped = 0;
    for (const auto& v : r.verdicts) {
      const std::string body = case_body(r, v);
      suite_failures += body.find("<failure") != std::string::npos ? 1 : 0;
      suite_errors += body.find("<error") != std::string::npos ? 1 : 0;
      suite_skipped += body.find("<skipped") != std::string::npos ? 1 : 0;
      const std::string open =
          fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml(v.requirement), xml(v.subject));
      cases += body.empty() ? fmt::format("{}/>\n", open) : fmt::format("{}>\n{}    </testcase>\n", open, body);
    }
    const auto seconds = std::chrono::duration<double>(r.finished - r.started).count();
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\" "
        "timestamp=\"{}\">\n{}  </testsuite>\n",
        xml(r.app.key), r.verdicts.size(), suite_failures, suite_errors, suite_skipped, seconds,
        format_rfc3339(r.started), cases);
    tests += static_cast<int>(r.verdicts.size());
    failures += suite_failures;
    errors += suite_errors;
    skipped += suite_skipped;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\" tests=\"{}\" failures=\"{}\" "
      "errors=\"{}\" skipped=\"{}\">\n{}</testsuites>\n",
      tests, failures, errors, skipped, suites);
}

}  // namespace assay::report
