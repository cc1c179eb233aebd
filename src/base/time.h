#pragma once

// Points in time. Wall-clock times are UTC with millisecond precision; deadlines are on the steady clock.

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"

namespace assay {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Deadline = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

// The wall clock, UTC.
Time now();

inline Deadline deadline_in(Duration d) {
  return std::chrono::steady_clock::now() + d;
}

// RFC 3339 in UTC with milliseconds: "2026-11-22T09:30:00.000Z".
std::string format_rfc3339(Time t);

// Accepts RFC 3339 with any offset and 0-9 fractional digits; leap seconds are read as :59.
Result<Time> parse_rfc3339(std::string_view text);

// "3 d 4 h", "2.1 s", "35 ms": two units at most, for people.
std::string format_duration(Duration d);

}  // namespace assay
