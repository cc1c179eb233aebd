#pragma once

// What the answers so far say of one TLS server. enumerate() asks; this keeps the books, and never waits.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/tls.h"
#include "net/tls/client_hello.h"
#include "net/tls/enumerate.h"
#include "net/tls/server_answer.h"

namespace assay::net::tls {

using Codes = std::vector<std::uint16_t>;

inline Codes copy(std::span<const std::uint16_t> codes) {
  return {codes.begin(), codes.end()};
}
bool contains(std::span<const std::uint16_t> codes, std::uint16_t code);

// One version and the suites that were not yet answered for.
struct Track {
  Version version = Version::tls13;
  Codes remaining;
  Codes accepted;
  bool asked = false;      // something is known: from a probe of its own or from another version's answer
  bool refused = false;    // an alert, or another version chosen
  bool by_alert = false;   // refused by an alert
  bool unknown = false;    // ended by silence, a reset or garbage; to be tried again
  bool timed_out = false;  // by silence
  bool complete = false;   // everything offered was accepted or refused
  std::string reason;
};

// What one answer means for the offer it was given to. `stop`: nothing more can be learnt, ServerPicture::stop says
// why.
enum class Reading { accepted, other_version, refused, unknown, stop };

struct ServerPicture {
  explicit ServerPicture(EnumerationMode mode);

  Track& track(Version v);
  bool anything_accepted() const;
  bool anything_answered() const;  // accepted, or refused in TLS's own words
  bool stopped() const { return stop.has_value(); }
  void note(std::string text);

  // Gives every track all its suites to offer again, in the order they are to be offered.
  void refill();
  std::span<const std::uint16_t> usable_groups() const;
  // The groups to offer with the next hello for `t`.
  Codes groups_for(const Track& t) const;

  // `max` and `offered`: the newest version and the suites of the hello.
  Reading read(const Answer& answer, Version max, std::span<const std::uint16_t> offered);
  void accept(Track& t, const Answer& answer);
  // A server chooses the highest version at or below the offer: what it refuses at `v` it does not have below either.
  void refuse_below(Version v, const std::string& reason);
  // `answer` chose an older version than asked for: the versions between do not exist, and the chosen one has a suite.
  void carry_to(const Answer& answer, const std::string& asked);
  // Books one answer on a track; false when the track cannot go on. `offered`: how many suites, from the front of
  // t.remaining. `narrowed`: fewer groups were offered than could have been.
  bool settle(Track& t, const Answer& answer, Reading reading, std::size_t offered, bool narrowed);

  // The result; nothing may be asked of the picture after it.
  TlsEnumeration finish();

  EnumerationMode mode;
  TlsEnumeration out;
  std::vector<Track> tracks;  // newest version first
  Codes groups;               // that the server agreed to, in the order seen
  Codes hello_retry_groups;   // those of them that TLS 1.3 showed
  // How the server must be asked so that it answers.
  KeyShareOffer key_share = KeyShareOffer::empty;
  bool small = false;
  bool unsure_refusal = false;  // TLS 1.3 with an empty key share was refused by an alert that may be about the share
  bool group_removal = false;   // TLS 1.3: ask for groups not seen yet while suites are listed
  int smallest_prime = 0;
  std::optional<Failure> stop;

 private:
  void conclude_nothing();
};

}  // namespace assay::net::tls
