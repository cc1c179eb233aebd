#pragma once

// Gathers hits into sightings: one a secret, with all its places, without the secret. Which of them are kept when there
// are too many does not depend on the order in which they came.

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "model/secret.h"
#include "secrets/engine.h"

namespace assay::source {

inline constexpr std::size_t kMaxSightings = 10'000;
inline constexpr std::size_t kMaxSuppressed = 2'000;

// HMAC-SHA-256, hexadecimal, of the rule's id and the secret.
std::string secret_hash(ByteView key, std::string_view rule, std::string_view secret);

// Not thread-safe: one a thread, then merge().
class SightingTable {
 public:
  // Counts one hit whose secret hashes to `hash`. `companions`: hashes of what stands near and belongs to it. Does not
  // touch hit.secret but to redact it.
  void add(const secrets::Hit& hit, const std::string& hash, const std::set<std::string>& companions,
           SecretPlace place);
  void miss(SweepGap gap);
  // For what has been told by others.
  void forget_gaps();
  void merge(SightingTable&& other);

  // Fills sightings and gaps, sorted. The table is empty afterwards.
  void write(SecretSweep& sweep);

 private:
  struct Key {
    std::string rule, hash, suppressed;
    auto operator<=>(const Key&) const = default;
  };
  struct PlaceOrder {
    bool operator()(const SecretPlace& a, const SecretPlace& b) const;
  };
  struct Entry {
    const SecretRule* rule = nullptr;
    std::string redacted;
    std::tuple<int, double, std::vector<std::string>> best;  // confidence, score, reasons of the best hit
    std::set<std::string> encodings, companions;
    std::set<SecretPlace, PlaceOrder> places;  // the first kMaxSecretPlaces
    std::uint64_t places_left_out = 0;
  };
  struct GapOrder {
    bool operator()(const SweepGap& a, const SweepGap& b) const {
      return std::tie(a.path, a.reason, a.detail) < std::tie(b.path, b.reason, b.detail);
    }
  };
  using Entries = std::map<Key, Entry>;

  static void place(Entry& entry, SecretPlace at);
  Entry* entry_of(Key key);
  static void join_history(std::vector<SecretPlace>& places);
  static SecretSighting sighting(const Key& key, Entry& entry);

  Entries found_, suppressed_;
  bool too_many_ = false;
  std::set<SweepGap, GapOrder> gaps_;  // the first kMaxSweepGaps
  std::uint64_t gaps_left_out_ = 0;
};

}  // namespace assay::source
