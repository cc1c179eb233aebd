#pragma once

// Cookies that a session or a login rests on: Cookie: JSESSIONID=…; sid=…, Set-Cookie: auth_token=…; Path=/,
// document.cookie = "session=…", curl -b 'session=…'.

#include <string_view>
#include <vector>

#include "secrets/generic.h"

namespace assay::secrets {

// Adds what is given to the field or the variable whose name ends in the "cookie" of [begin, end). A session ends, so
// that what is found is never more than low.
void find_in_cookie(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                    std::vector<GenericFind>& finds);

// Adds the drawn values that names of sessions have among the "name=value" from `at` on, which ";" parts.
void find_cookies(std::string_view text, std::size_t at, std::vector<GenericFind>& finds);

}  // namespace assay::secrets
