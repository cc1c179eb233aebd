#include "model/verdict.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace assay {

std::string_view to_string(Outcome o) {
  switch (o) {
    case Outcome::pass:
      return "pass";
    case Outcome::fail:
      return "fail";
    case Outcome::inconclusive:
      return "inconclusive";
    case Outcome::not_applicable:
      return "not-applicable";
  }
  return "inconclusive";
}

std::optional<Outcome> outcome_from_string(std::string_view s) {
  for (const auto o : {Outcome::pass, Outcome::fail, Outcome::inconclusive, Outcome::not_applicable})
    if (to_string(o) == s) return o;
  return std::nullopt;
}

std::string_view to_string(Standing s) {
  switch (s) {
    case Standing::unknown:
      return "unknown";
    case Standing::fresh:
      return "new";
    case Standing::still_there:
      return "still-there";
    case Standing::fixed:
      return "fixed";
    case Standing::gone:
      return "gone";
  }
  return "unknown";
}

std::string fingerprint_of(std::string_view requirement, std::string_view subject, std::string_view locator) {
  const std::string canonical = fmt::format("{}:{}|{}:{}|{}:{}", requirement.size(), requirement, subject.size(),
                                            subject, locator.size(), locator);
  return "fp1-" + sha256_hex(canonical).substr(0, 40);
}

Json to_json(const Finding& f) {
  return Json{{"requirement", f.requirement},
              {"subject", f.subject},
              {"locator", f.locator},
              {"title", f.title},
              {"proof", f.proof},
              {"remediation", f.remediation},
              {"severity", to_string(f.severity)},
              {"cvss", {{"vector", f.cvss.vector}, {"score", f.cvss.score}}},
              {"evidence", f.evidence},
              {"fingerprint", f.fingerprint}};
}

Json to_json(const Verdict& v) {
  Json findings = Json::array();
  for (const auto& f : v.findings) findings.push_back(to_json(f));
  Json j{{"requirement", v.requirement}, {"subject", v.subject},   {"outcome", to_string(v.outcome)},
         {"reason", v.reason},           {"evidence", v.evidence}, {"findings", std::move(findings)}};
  if (!v.reason_code.empty()) j["reason_code"] = v.reason_code;
  return j;
}

Result<Finding> finding_from_json(const Json& j) {
  try {
    Finding f;
    f.requirement = j.at("requirement").get<std::string>();
    f.subject = j.at("subject").get<std::string>();
    f.locator = j.at("locator").get<std::string>();
    f.title = j.at("title").get<std::string>();
    f.proof = j.at("proof").get<std::string>();
    f.remediation = j.at("remediation").get<std::string>();
    const auto severity = severity_from_string(j.at("severity").get<std::string>());
    if (!severity) return fail(ErrorCode::invalid_input, "finding", "has an unknown severity");
    f.severity = *severity;
    f.cvss.vector = j.at("cvss").at("vector").get<std::string>();
    f.cvss.score = j.at("cvss").at("score").get<double>();
    f.evidence = j.at("evidence").get<std::vector<std::string>>();
    f.fingerprint = j.at("fingerprint").get<std::string>();
    return f;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::invalid_input, "finding", e.what());
  }
}

Result<Verdict> verdict_from_json(const Json& j) {
  try {
    Verdict v;
    v.requirement = j.at("requirement").get<std::string>();
    v.subject = j.at("subject").get<std::string>();
    const auto outcome = outcome_from_string(j.at("outcome").get<std::string>());
    if (!outcome) return fail(ErrorCode::invalid_input, "verdict", "has an unknown outcome");
    v.outcome = *outcome;
    v.reason = j.at("reason").get<std::string>();
    v.reason_code = j.value("reason_code", "");
    v.evidence = j.at("evidence").get<std::vector<std::string>>();
    for (const auto& item : j.at("findings")) {
      auto f = finding_from_json(item);
      if (!f) return std::unexpected(f.error());
      v.findings.push_back(std::move(*f));
    }
    return v;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::invalid_input, "verdict", e.what());
  }
}

}  // namespace assay
