#pragma once

// What a name in a program says of its value.

#include <string>
#include <string_view>
#include <vector>

namespace assay::secrets {

enum class NameMeaning {
  nothing,   // "token_count", "passwordField", "primary_key"
  some_key,  // "pagerKey": named by what it opens alone, or by nothing that opens
  key,       // "api_key", "storageAccountKey"
  token,     // "authToken", "client_secret", "credentials"
  password,  // "DB_PASSWORD", "pwd", "userPass"
};

// Of the head noun: the last part that is no number and does not only say which one ("DB_PASSWORD_PROD_2").
NameMeaning meaning_of(std::string_view name);

// Whether it stands for a user with a password: "auth", "Credentials", "basic_auth", "login".
bool names_credentials(std::string_view name);

// "dbPassword2" → db, password, 2. Lower case.
std::vector<std::string> parts_of_name(std::string_view name);

}  // namespace assay::secrets
