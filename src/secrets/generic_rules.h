#pragma once

// What is found by the name it is given, of no provider known.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/secret_rule.h"
#include "secrets/generic.h"

namespace assay::secrets {

enum class GenericRule : std::uint8_t { assignment, url_credentials, authorization_header, argument, session_cookie };

// In the order of GenericRule.
std::vector<SecretRule> generic_rules();

// Parts of names that secrets are given, four characters or more, lower case.
std::span<const std::string_view> key_words();

// What starts a look of another kind than that for an assignment to a name.
struct GenericTrigger {
  std::string_view literal;
  bool caseless = false;
  GenericRule rule = GenericRule::assignment;
  void (*find)(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
               std::vector<GenericFind>& finds) = nullptr;  // [begin, end): the literal in the text
};
// In texts of any kind.
const std::vector<GenericTrigger>& generic_triggers();
// In what people run or write down: not in sources of programs (holds_commands()).
const std::vector<GenericTrigger>& command_triggers();

}  // namespace assay::secrets
