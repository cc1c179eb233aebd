#pragma once

// Secrets among the arguments of calls whose names tell that one is there: connect("host", "user", "…"),
// login("user", "…"), jwt.sign(claims, "…"), "…".toCharArray(), setopt(USERPWD, "user:…").

#include <span>
#include <string_view>
#include <vector>

#include "secrets/generic.h"

namespace assay::secrets {

// Beginnings of such calls, up to and with the bracket where one tells them apart from words.
std::span<const std::string_view> call_words();

// Adds what stands in the call whose word is [begin, end).
void find_in_call(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                  std::vector<GenericFind>& finds);

// Adds the password of the call of a user with a password whose arguments begin at `at`: the second of them.
void find_second_argument(std::string_view text, std::size_t at, std::vector<GenericFind>& finds);

}  // namespace assay::secrets
