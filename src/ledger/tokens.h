#pragma once

// API tokens: keys of programs that act for a person. A token is told once; the ledger has its SHA-256 only. Every
// function works in the caller's transaction.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/people.h"
#include "ledger/work.h"

namespace assay::ledger {

// "asy_" + 40 random characters of [0-9A-Za-z] (238 bits) + 6 characters of checksum. The checksum lets a secret
// scanner tell a token from chance without asking anybody: the first 4 bytes (big-endian) of the SHA-256 of what stands
// before it, as 6 digits in base 62 (0-9, A-Z, a-z).
inline constexpr std::string_view kTokenPrefix = "asy_";
bool has_token_form(std::string_view text);

inline constexpr std::chrono::hours kTokenLife{366 * 24};  // the longest
inline constexpr std::chrono::minutes kTokenTouch{1};      // last_used is this much behind at most

struct Token {
  std::string id;
  std::string prefix;  // the token's first 8 characters, for people to tell tokens apart
  std::string name;    // 1 to 100 bytes
  std::string person_id;
  std::vector<Scope> scopes;
  Time created{}, expires{};
  std::optional<Time> last_used, revoked;
};

struct CreatedToken {
  std::string text;
  Token token;
};

// Errors (invalid_input): no name, no scope, an end in the past or further away than kTokenLife; limit_exceeded when
// the person has 100 live tokens.
Result<CreatedToken> create_token(Work& work, const std::string& person_id, const std::string& name,
                                  const std::vector<Scope>& scopes, Time expires);

struct TokenHolder {
  Token token;
  Person person;
};
// The live token of that text and its person; nullopt when it is unknown, expired or revoked, or when the person is
// disabled.
Result<std::optional<TokenHolder>> find_token(Work& work, const std::string& text);

// Notes that the token is in use. Call when `last_used` is older than kTokenTouch.
Result<void> touch_token(Work& work, const std::string& id);

// Newest first, expired and revoked ones too.
Result<std::vector<Token>> tokens_of(Work& work, const std::string& person_id);
Result<std::vector<Token>> all_tokens(Work& work);

// False when there is no such token that is not revoked. `person_id`: whose it must be; empty for anybody's.
Result<bool> revoke_token(Work& work, const std::string& id, const std::string& person_id);
Result<long long> revoke_tokens_of(Work& work, const std::string& person_id);  // how many were live

}  // namespace assay::ledger
