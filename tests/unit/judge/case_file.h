#pragma once

// A case: evidence and the verdict that it must give, as one YAML file (docs/judges.md describes the form).

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/evidence.h"
#include "model/verdict.h"

namespace assay::judge_test {

struct ExpectedFinding {
  std::string locator;
  std::string severity;                // "" for any
  std::vector<std::string> proof_has;  // texts that the proof contains
};

struct Case {
  std::string path;  // below tests/cases
  std::string requirement;
  std::string title;
  Json parameters = Json::object();  // over the catalogue's
  std::string subject;
  std::vector<Evidence> evidence;
  std::string outcome;
  std::string reason_code;  // "" when the case does not say
  std::optional<std::vector<ExpectedFinding>> findings;
  std::vector<std::string> never_says;  // texts that no finding may contain
};

// Every *.yaml below `directory`, sorted by path.
std::vector<std::string> case_paths(const std::string& directory);
// Errors: unreadable YAML, unknown members, a `previous` that names no record.
Result<Case> read_case(const std::string& path);

}  // namespace assay::judge_test
