#pragma once

// Sessions of people in a browser, kept on the server so that they can be ended at once. The key is told once; the
// ledger has its SHA-256 only. Every function works in the caller's transaction.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/people.h"
#include "ledger/work.h"

namespace assay::ledger {

inline constexpr std::chrono::hours kSessionIdle{12};      // without a request
inline constexpr std::chrono::hours kSessionLife{7 * 24};  // whatever is done with it
inline constexpr std::chrono::minutes kSessionTouch{1};    // last_used is this much behind at most

struct Session {
  std::string hash;  // SHA-256 of the key, hex: names the session without opening it
  std::string person_id;
  std::string csrf;  // what unsafe requests of the session must repeat
  Time created{}, last_used{}, expires{};
  std::string user_agent;  // at most 200 bytes
};

struct StartedSession {
  std::string key;  // for the cookie: base64url of 32 random bytes
  Session session;
};

// Signs a person in under a new key. `previous_key`: of the session that the browser had, which ends; may be empty.
Result<StartedSession> start_session(Work& work, const std::string& person_id, const std::string& user_agent,
                                     const std::string& previous_key);

struct SignedIn {
  Session session;
  Person person;
};
// The live session of `key` and its person; nullopt when it is unknown, ended, idle for too long or too old, or when
// the person is disabled.
Result<std::optional<SignedIn>> find_session(Work& work, const std::string& key);

// Notes that the session is in use. Call when `last_used` is older than kSessionTouch.
Result<void> touch_session(Work& work, const std::string& hash);

// Live sessions, last used first.
Result<std::vector<Session>> sessions_of(Work& work, const std::string& person_id);
// False when the person has no such session.
Result<bool> end_session(Work& work, const std::string& person_id, const std::string& hash);
Result<long long> end_sessions(Work& work, const std::string& person_id);  // how many there were

// Removes dead sessions; gives their number. For the daily house-keeping.
Result<long long> forget_sessions(Work& work);

}  // namespace assay::ledger
