#pragma once

// The Retry-After field (RFC 9110 §10.2.3).

#include <optional>
#include <string_view>

#include "base/time.h"

namespace assay::net::http {

// The three forms of RFC 9110 §5.6.7 (IMF-fixdate, RFC 850, asctime); nullopt for anything else.
std::optional<Time> parse_http_date(std::string_view text);

// How long to wait from `at` on: seconds, or an HTTP date (0 when it has passed). At most a year; nullopt when
// unreadable.
std::optional<Duration> parse_retry_after(std::string_view text, Time at);

}  // namespace assay::net::http
