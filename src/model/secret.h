#pragma once

// What a search for secrets saw: evidence of kind "secret.sweep". Holds no secret in the clear.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace assay {

// Where a secret stands.
struct SecretPlace {
  std::string path;          // in the tree; parts of archives after "!/": "dist/app.zip!/config.js"; a URL when served
  std::uint64_t line = 0;    // from 1; 0 in a binary file
  std::uint64_t column = 0;  // from 1, in characters
  std::string source;        // "tree" | "archive" | "history" | "served" | "index" (what is staged)
  std::string first_commit, last_commit;  // where it came and the last that has it, when the history was searched
  bool deleted = false;                   // of history: no longer in the tree of any branch's head, but can be reached
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SecretPlace, path, line, column, source, first_commit, last_commit,
                                                deleted)

// One secret, with all its places.
struct SecretSighting {
  std::string rule;                    // assay::SecretRule::id
  std::string title, provider, opens;  // of the rule
  std::string severity;                // of the rule
  std::string remedy;                  // of the rule
  std::string hash;                    // keyed: HMAC-SHA-256, hexadecimal, of rule family and secret
  std::string redacted;                // "ghp_…9f2a"
  std::string confidence;              // "low" | "medium" | "high"
  double score = 0.0;
  std::vector<std::string> reasons;  // what the confidence rests on
  std::vector<std::string> encodings;
  std::string suppressed;               // why it is no finding; "" when it is one
  std::string validity = "unknown";     // "valid" | "invalid" | "unknown"
  std::vector<std::string> companions;  // hashes of what it belongs with
  std::vector<SecretPlace> places;      // sorted; at most kMaxSecretPlaces
  std::uint64_t places_left_out = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SecretSighting, rule, title, provider, opens, severity, remedy, hash,
                                                redacted, confidence, score, reasons, encodings, suppressed, validity,
                                                companions, places, places_left_out)

inline constexpr std::size_t kMaxSecretPlaces = 100;

// What a finding about it is located by: which secret it is, whatever file it stands in.
inline std::string secret_locator(const SecretSighting& s) {
  return s.rule + ":" + s.hash;
}

// Why something could not be looked at.
namespace gap {
inline constexpr std::string_view kUnreadable = "unreadable";  // the operating system refused it
inline constexpr std::string_view kCorrupt = "corrupt";        // an archive or repository that breaks its own format
inline constexpr std::string_view kSubmodule = "submodule";    // another repository
inline constexpr std::string_view kIncomplete = "incomplete";  // a repository that was cloned without it, or lost it
inline constexpr std::string_view kConflict = "conflict";      // of versions in the index that are not merged yet
inline constexpr std::string_view kEncrypted = "encrypted";
inline constexpr std::string_view kUnsupported = "unsupported";   // an archive of a format that is not opened
inline constexpr std::string_view kLimit = "limit";               // of size, depth, count or ratio
inline constexpr std::string_view kInterrupted = "interrupted";   // the search ended before it was reached
inline constexpr std::string_view kNotAsked = "not-asked";        // left out on demand
inline constexpr std::string_view kSpecialFile = "special-file";  // a device, pipe or socket: holds no content
}  // namespace gap

// What could not be looked at.
struct SweepGap {
  std::string path;
  std::string reason;  // one of assay::gap
  std::string detail;  // for people
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SweepGap, path, reason, detail)

// What was looked at.
namespace sweep_input {
inline constexpr std::string_view kTree = "tree";
inline constexpr std::string_view kArchives = "archives";
inline constexpr std::string_view kHistory = "history";
inline constexpr std::string_view kIndex = "index";    // what is staged for the next commit
inline constexpr std::string_view kServed = "served";  // what the app's servers give to browsers
}  // namespace sweep_input

struct SecretSweep {
  std::vector<std::string> inputs;  // of assay::sweep_input, sorted
  bool published = false;           // anybody can read this: a public repository, what is served to browsers
  std::string engine;               // secrets::Engine::version()
  std::uint64_t files = 0, bytes = 0, binary_files = 0, archives = 0, commits = 0, blobs = 0;
  std::uint64_t known = 0;     // files and blobs that the same engine had searched before and found nothing in
  std::vector<SweepGap> gaps;  // at most kMaxSweepGaps
  std::uint64_t gaps_left_out = 0;
  std::vector<SecretSighting> sightings;  // sorted by rule and hash
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SecretSweep, inputs, published, engine, files, bytes, binary_files,
                                                archives, commits, blobs, known, gaps, gaps_left_out, sightings)

inline constexpr std::size_t kMaxSweepGaps = 200;

}  // namespace assay
