#pragma once

// One pass over one text: from places of literals to candidates that a rule's pattern and checks confirm.

#include <cstdint>
#include <string_view>
#include <vector>

#include "secrets/engine.h"
#include "secrets/place_facts.h"
#include "secrets/rule_table.h"
#include "secrets/text_shapes.h"

namespace assay::secrets {

struct Candidate {
  Hit hit;
  std::uint32_t rule = 0;      // index in the table
  std::uint8_t rank = 0;       // of two candidates for the same bytes the higher stays
  std::uint8_t word_size = 0;  // of the context word
  std::string_view text;       // that it stands in: decoded, when it stood encoded
  std::size_t at = 0;          // of the secret in `text`
  std::string_view key;        // the name that it is assigned to, when it is
};

// Memory that is used again from text to text.
struct FinderScratch {
  struct Mark {
    std::uint32_t literal;
    std::size_t end;
  };
  std::vector<Mark> marks;
  std::vector<std::size_t> last_end;  // by rule: where its last match in this text ended; 0 between texts
};

// Appends to `candidates`, whose views point into `text`. `runs`: those of the text.
void find_candidates(const RuleTable& table, std::string_view text, const std::vector<TokenRun>& runs,
                     PlaceReader& place, FinderScratch& scratch, std::vector<Candidate>& candidates);

}  // namespace assay::secrets
