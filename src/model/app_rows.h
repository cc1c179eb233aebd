#pragma once

// Lists of apps as people hand them in: CSV (RFC 4180, with a header) and JSON lines. Pure; foreign bytes.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace assay {

struct AppContact {
  std::string email;
  std::string name;  // may be empty
  bool operator==(const AppContact&) const = default;
};

// One app to be imported. Empty: not given.
struct AppRow {
  std::size_t line = 0;  // 1-based, where the row begins
  std::string key;
  std::string name;
  std::string kind;
  std::string target;
  std::string owner;
  std::string organisation;  // its name
  std::string state;
  std::vector<AppContact> contacts;
};

struct BadRow {
  std::size_t line = 0;
  std::string reason;
};

struct AppRows {
  std::vector<AppRow> good;
  std::vector<BadRow> bad;
};

inline constexpr std::size_t kMaxImportBytes = 64U << 20U;
inline constexpr std::size_t kMaxImportRows = 200'000;
inline constexpr std::size_t kMaxImportValue = 2048;   // bytes of one value
inline constexpr std::size_t kMaxImportContacts = 20;  // of one app
inline constexpr std::size_t kMaxBadRows = 1000;       // that are told; reading stops there

// Columns `key`, `target` (both needed), `name`, `kind`, `owner`, `organisation`, `state`, `contacts` (addresses
// separated by ";" or spaces), in any order. An error when the header cannot be read or a limit is passed; a row that
// cannot be read is a bad row.
Result<AppRows> parse_app_csv(std::string_view text);

// One JSON object in each line with the same names; `contacts` is a list of addresses or of {"email", "name"}.
Result<AppRows> parse_app_json_lines(std::string_view text);

// Why a value of an app cannot be accepted; empty when it can. Shared with forms and the API.
std::string invalid_app_key(std::string_view key);
std::string invalid_app_kind(std::string_view kind);
std::string invalid_app_state(std::string_view state);
std::string invalid_email(std::string_view email);

}  // namespace assay
