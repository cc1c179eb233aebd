#pragma once

// How much a value looks like the secret that its name promises.

#include <string_view>

#include "secrets/name_meaning.h"

namespace assay::secrets {

inline constexpr std::size_t kLeastPassword = 6;

// 0 to 0.65. Passwords are chosen by people, too; tokens and keys are drawn by machines.
double score_of_value(std::string_view value, NameMeaning meaning);

// Letters and digits that no words explain: what counts as a password where its name or its place says little.
bool is_drawn(std::string_view value);

// What no secret has, and texts, paths and lists do.
bool is_text(std::string_view value);

// A few words of which one is drawn: "purple monkey 81cgz8vt".
bool is_passphrase(std::string_view value);

// A dotted, scoped or called name: code, not a literal.
bool is_code(std::string_view value);

// The name of another secret: "DB_PASSWORD", "updatePassword", "var.db_password".
bool names_a_secret(std::string_view value);

// Lower, upper, digit, other: how many of the four occur.
int classes_of(std::string_view s);

}  // namespace assay::secrets
