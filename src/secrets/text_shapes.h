#pragma once

// What a text shows before anybody reads it: runs of characters that tokens are made of, which no rule's keyword needs
// to announce, and marks of encodings.

#include <cstddef>
#include <string_view>
#include <vector>

#include "secrets/vector_width.h"

namespace assay::secrets {

struct TokenRun {
  std::size_t begin = 0, end = 0;
  bool operator==(const TokenRun&) const = default;
};

inline constexpr std::size_t kLeastTokenRun = 14;

struct TextShapes {
  // The maximal runs of letters, digits, "_" and "-" of kLeastTokenRun characters or more that hold a digit, or as much
  // upper case as is drawn and not written (a quarter to three quarters), or 22 letters of one case in a row; from left
  // to right.
  std::vector<TokenRun> runs;
  std::vector<std::size_t> escapes;   // the places of "\u", "\x" and "\/"
  std::vector<std::size_t> percents;  // the places of "%" before a digit below 8, which ASCII begins with
  bool zeros = false;                 // whether it holds a zero byte
  bool operator==(const TextShapes&) const = default;
};

// In one pass; `shapes` gets new contents in its old memory. With vectors of `width` the same is found as byte by byte.
void find_shapes(std::string_view text, TextShapes& shapes, VectorWidth width = widest_vectors());

}  // namespace assay::secrets
