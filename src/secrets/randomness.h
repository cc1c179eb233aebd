#pragma once

// Whether characters were drawn or written: token statistics.

#include <string_view>

namespace assay::secrets {

// Mean bits a character costs who expects words, names and numbers: about 3 for these, 4.5 and more for random letters
// and digits of both cases. 0 of fewer than two characters.
double surprise(std::string_view s);

// Whether words, names or numbers explain all of it: "correct-horse", "MyService", "user_name2", "1.2.3".
bool reads_as_words(std::string_view s);

// Whether a person thought it up: words, also with digits for letters and with numbers and marks at the ends
// ("hunter2", "Pa55word!", "s00pers3cret"). Looser than reads_as_words: where people write what they thought up.
bool made_by_people(std::string_view s);

// The longest run of characters that are equal, or that follow each other ("abcd", "4321").
std::size_t longest_sequence(std::string_view s);

// How many different characters there are.
std::size_t distinct_characters(std::string_view s);

}  // namespace assay::secrets
