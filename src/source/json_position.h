#pragma once

// Where something stands in a JSON text, for error messages.

#include <string>
#include <string_view>

namespace assay::source {

// "line:column" of the byte at `offset`, both from 1; columns count characters.
std::string line_and_column(std::string_view text, std::size_t offset);

// "line:column" of the value of the top-level member `name`; of the object's opening brace when it has no such member.
// `text` is valid JSON whose value is an object. A repeated member: its last value, as the parser sees it.
std::string position_of_member(std::string_view text, std::string_view name);

}  // namespace assay::source
