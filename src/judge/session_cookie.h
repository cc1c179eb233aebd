#pragma once

// Tells cookies that may hold a session from others, by what they are and not by a short list of names.

#include <string_view>

#include "model/http_fields.h"

namespace assay::judge {

enum class CookieRole {
  session,         // named like a session or a credential, or its value is a token
  likely_session,  // another name, and a long random value
  anti_forgery,    // a token that the page's scripts must read
  infrastructure,  // load balancer and CDN stickiness: gives no rights
  other,           // preferences, counters, words
};

CookieRole role_of(const SetCookie& cookie);

}  // namespace assay::judge
