#pragma once

// Judges: pure functions, evidence in, verdict out. No I/O, no clock, no globals, deterministic; thread-safe.
// Each is one file judge/<group>/<id>.cpp that defines `Verdict <id_with_underscores>(const EvidenceView&, const
// Requirement&)` in assay::judge. The build lists them in one generated table and fails when a file has no catalogue
// entry or an entry names a judge that does not exist.

#include <span>
#include <string_view>
#include <vector>

#include "model/evidence_view.h"
#include "model/requirement.h"
#include "model/verdict.h"

namespace assay::judge {

using Judge = Verdict (*)(const EvidenceView&, const Requirement&);

struct Entry {
  std::string_view name;  // the requirement id it is made for
  SubjectKind subject;    // what it is made to look at, as the shipped catalogue says
  Judge judge;
};

// Sorted by name.
std::span<const Entry> registry();
// nullptr when there is no such judge.
const Entry* find(std::string_view name);

// Every requirement that names a judge, on each of its subjects; sorted by requirement and subject. A judge is only
// called on a subject that the surface names and that is of the kind it is made for: it starts with its own question. A
// requirement without such a subject gets one `inconclusive` verdict for the app. Findings come out complete: severity,
// CVSS and fingerprint are filled from the requirement where the judge left them empty.
std::vector<Verdict> judge_all(const EvidenceSet& evidence, const std::vector<Requirement>& requirements);

}  // namespace assay::judge
