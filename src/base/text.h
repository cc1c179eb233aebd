#pragma once

// Small text helpers. ASCII where the name says so; nothing here depends on the locale.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

std::string_view trim(std::string_view s);  // spaces, tabs, CR, LF
std::string ascii_lower(std::string_view s);
std::string ascii_upper(std::string_view s);
bool iequals(std::string_view a, std::string_view b);                // ASCII case-insensitive
bool icontains(std::string_view haystack, std::string_view needle);  // ASCII case-insensitive
bool istarts_with(std::string_view s, std::string_view prefix);      // ASCII case-insensitive
std::vector<std::string_view> split(std::string_view s, char sep);   // keeps empty parts
std::string join(const std::vector<std::string>& parts, std::string_view sep);
// Behind the last line feed of [least, at), `least` when there is none.
std::size_t begin_of_line(std::string_view text, std::size_t least, std::size_t at);
std::string replace_all(std::string s, std::string_view from, std::string_view to);

// `s` with invalid UTF-8 replaced by U+FFFD; the result is always valid UTF-8.
std::string valid_utf8(std::string_view s);
bool is_valid_utf8(std::string_view s);

// One line that is safe to print on a terminal: valid UTF-8, C0/C1 controls and bidirectional overrides become U+FFFD.
std::string printable(std::string_view s);

// `s` cut to at most `max_bytes` at a character boundary, with "…" when something was cut.
std::string ellipsis(std::string_view s, std::size_t max_bytes);

// Columns that `s` takes on a terminal: combining marks 0, East Asian wide characters 2.
std::size_t display_width(std::string_view s);

// "1 verdict", "3 verdicts".
std::string plural(std::uint64_t n, std::string_view one, std::string_view many = {});

// "512 B", "64.0 kB", "1.2 MB" (SI).
std::string format_bytes(std::uint64_t n);

}  // namespace assay
