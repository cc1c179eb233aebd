#pragma once

// Runs of characters that tokens are made of: what no rule's keyword needs to announce.

#include <cstddef>
#include <string_view>
#include <vector>

namespace assay::secrets {

struct TokenRun {
  std::size_t begin = 0, end = 0;
  bool operator==(const TokenRun&) const = default;
};

inline constexpr std::size_t kLeastTokenRun = 14;

// The maximal runs of letters, digits, "_" and "-" of kLeastTokenRun characters or more that hold a digit, or as much
// upper case as is drawn and not written (a quarter to three quarters), or 22 letters in a row; from left to right,
// into `runs` (which is cleared). One pass with AVX2 where the processor has it.
void find_token_runs(std::string_view text, std::vector<TokenRun>& runs);

// The same, byte by byte: what the other is tested against, and what processors without AVX2 use.
void find_token_runs_plainly(std::string_view text, std::vector<TokenRun>& runs);

}  // namespace assay::secrets
