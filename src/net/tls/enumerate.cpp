#include "net/tls/enumerate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace assay::net::tls {

namespace {

using Codes = std::vector<std::uint16_t>;

bool contains(std::span<const std::uint16_t> codes, std::uint16_t code) {
  return std::ranges::find(codes, code) != codes.end();
}

constexpr std::uint8_t kProtocolVersionAlert = 70;

Codes copy(std::span<const std::uint16_t> codes) {
  return {codes.begin(), codes.end()};
}

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

class Enumerator {
 public:
  Enumerator(Prober& prober, std::string server_name, EnumerationMode mode)
      : prober_(prober), server_name_(std::move(server_name)), mode_(mode) {
    out_.mode = std::string(to_string(mode));
    for (const Version v : kVersions) {
      Track track;
      track.version = v;
      tracks_.push_back(std::move(track));
    }
    refill();
  }

  Task<TlsEnumeration> run();

 private:
  enum class Reading { accepted, other_version, refused, unknown, stop };

  Track& track(Version v) { return *std::ranges::find(tracks_, v, &Track::version); }
  bool anything_accepted() const {
    return std::ranges::any_of(tracks_, [](const Track& t) { return !t.accepted.empty(); });
  }
  bool anything_answered() const { return anything_accepted() || std::ranges::any_of(tracks_, &Track::refused); }
  bool stopped() const { return stop_.has_value(); }
  void note(std::string text) {
    if (std::ranges::find(out_.notes, text) == out_.notes.end()) out_.notes.push_back(std::move(text));
  }

  void refill();
  std::span<const std::uint16_t> usable_groups() const;
  Codes groups_for(const Track& t) const;
  Task<Answer> ask(Version min, Version max, Codes suites, Codes groups);
  Reading read(const Answer& answer, Version max, std::span<const std::uint16_t> offered);
  void accept(Track& t, const Answer& answer);
  void refuse_below(Version v, const std::string& reason);
  void carry_to(const Answer& answer, const std::string& asked);

  Task<void> walk(Track& t, bool first_only);
  bool settle(Track& t, const Answer& answer, Reading reading, std::size_t offered, bool narrowed);
  Task<void> descend(bool first_only);
  Task<void> run_full();
  Task<void> run_policy();
  Task<void> ask_best();
  Task<void> try_smaller();
  Task<void> retry_unknown();
  Task<void> confirm_alive();
  Task<void> list_groups();
  void conclude_nothing();
  void report();

  Prober& prober_;
  std::string server_name_;
  EnumerationMode mode_;
  TlsEnumeration out_;
  std::vector<Track> tracks_;  // newest version first
  Codes groups_;               // that the server agreed to, in the order seen
  Codes hello_retry_groups_;   // those of them that TLS 1.3 showed
  KeyShareOffer key_share_ = KeyShareOffer::empty;
  bool small_ = false;
  bool unsure_refusal_ = false;  // TLS 1.3 with an empty key share was refused by an alert that may be about the share
  bool group_removal_ = false;   // TLS 1.3: ask for groups not seen yet while suites are listed
  int smallest_prime_ = 0;
  std::optional<Failure> stop_;
};

void Enumerator::refill() {
  for (Track& t : tracks_) {
    t.remaining.clear();
    const auto ordinary = ordinary_suites(t.version);
    // Small offers begin with what most servers have.
    for (const bool common : {true, false}) {
      for (const auto suite : ordinary) {
        if ((small_ && contains(common_suites(), suite)) == common) t.remaining.push_back(suite);
      }
    }
    if (mode_ != EnumerationMode::exhaustive) continue;
    const auto rare = rare_suites(t.version);
    t.remaining.insert(t.remaining.end(), rare.begin(), rare.end());
  }
}

std::span<const std::uint16_t> Enumerator::usable_groups() const {
  constexpr std::size_t kFew = 6;
  return small_ ? offered_groups().first(kFew) : offered_groups();
}

// TLS 1.3 answers show one group each, so that asking with those not yet seen lists groups without further connections;
// it is done while suites that nearly every server has are left, so that the last refusal stays clear: of suites, not
// of groups. Older versions show it too, but there a certificate's own curve must stay on offer: the known go last.
Codes Enumerator::groups_for(const Track& t) const {
  const auto all = usable_groups();
  Codes fresh;
  for (const auto g : all) {
    if (!contains(t.version == Version::tls13 ? hello_retry_groups_ : groups_, g)) fresh.push_back(g);
  }
  if (t.version != Version::tls13) {
    for (const auto g : all) {
      if (contains(groups_, g)) fresh.push_back(g);
    }
    return fresh;
  }
  constexpr std::uint16_t kUsual[] = {0x1301, 0x1302, 0x1303};
  const bool usual_left = std::ranges::any_of(kUsual, [&](auto suite) { return contains(t.remaining, suite); });
  if (group_removal_ && usual_left && !fresh.empty()) return fresh;
  return copy(all);
}

Task<Answer> Enumerator::ask(Version min, Version max, Codes suites, Codes groups) {
  ClientHello hello;
  hello.min_version = min;
  hello.max_version = max;
  hello.server_name = server_name_;
  hello.suites = std::move(suites);
  hello.groups = std::move(groups);
  hello.key_share = key_share_;
  hello.small = small_;
  ++out_.connections;
  Answer answer = co_await prober_.ask(std::move(hello));
  if (answer.dh_bits > 0 && (smallest_prime_ == 0 || answer.dh_bits < smallest_prime_)) {
    smallest_prime_ = answer.dh_bits;
  }
  co_return answer;
}

Enumerator::Reading Enumerator::read(const Answer& answer, Version max, std::span<const std::uint16_t> offered) {
  switch (answer.kind) {
    case AnswerKind::server_hello: {
      const auto version = version_from_code(answer.version);
      if (!version || *version > max) {
        note(fmt::format("chose {} when at most {} was offered", unnamed_code(answer.version), version_name(max)));
        return Reading::unknown;
      }
      if (*version < max) return Reading::other_version;
      if (contains(offered, answer.suite)) return Reading::accepted;
      note(fmt::format("chose {}, which was not offered", suite_name(answer.suite)));
      return Reading::unknown;
    }
    case AnswerKind::alert:
      return Reading::refused;
    case AnswerKind::plain_http:
      note("speaks plain HTTP");
      stop_ = Failure{std::string(to_string(ErrorCode::protocol)), "the port speaks plain HTTP, not TLS"};
      return Reading::stop;
    case AnswerKind::unreachable:
      if (!anything_answered()) {
        stop_ = Failure{std::string(to_string(answer.error.code)), answer.error.message()};
        return Reading::stop;
      }
      [[fallthrough]];
    case AnswerKind::failed:
      if (answer.error.code != ErrorCode::timeout && answer.error.code != ErrorCode::connection) {
        stop_ = Failure{std::string(to_string(answer.error.code)), answer.error.message()};
        return Reading::stop;
      }
      return Reading::unknown;
    case AnswerKind::closed:
    case AnswerKind::not_tls:
      return Reading::unknown;
  }
  return Reading::unknown;
}

void Enumerator::accept(Track& t, const Answer& answer) {
  t.asked = true;
  t.unknown = false;
  t.reason = answer.describe();
  if (!contains(t.accepted, answer.suite)) t.accepted.push_back(answer.suite);
  std::erase(t.remaining, answer.suite);
  if (!answer.group) return;
  if (!contains(groups_, *answer.group)) groups_.push_back(*answer.group);
  if (!answer.hello_retry) return;
  if (hello_retry_groups_.empty()) {
    // Servers that offer a choice begin with one of these; one that begins with another curve often has only that one,
    // and asking for others would cost a connection.
    group_removal_ = *answer.group == kX25519 || *answer.group == kX448 || *answer.group >= 0x0200;
  }
  if (!contains(hello_retry_groups_, *answer.group)) hello_retry_groups_.push_back(*answer.group);
}

// A server chooses the highest version at or below the offer: what it refuses at `v` it does not have below either.
void Enumerator::refuse_below(Version v, const std::string& reason) {
  for (Track& t : tracks_) {
    if (t.version >= v || t.asked) continue;
    t.asked = t.refused = t.complete = true;
    t.reason = reason;
  }
}

// `answer` chose an older version than asked for: the versions between do not exist, and the chosen one has a suite.
void Enumerator::carry_to(const Answer& answer, const std::string& asked) {
  const auto chosen = static_cast<Version>(answer.version);
  for (Track& t : tracks_) {
    if (t.version > chosen && t.version < Version::tls13 && !t.asked) {
      t.asked = t.refused = t.complete = true;
      t.reason = fmt::format("chose {} when offered {}", version_name(chosen), asked);
    }
    if (t.version == chosen && t.accepted.empty()) accept(t, answer);
  }
}

// Books one answer on a track; false when the track cannot go on.
bool Enumerator::settle(Track& t, const Answer& answer, Reading reading, std::size_t offered, bool narrowed) {
  t.asked = true;
  if (reading == Reading::accepted) {
    accept(t, answer);
    return true;
  }
  if (reading == Reading::unknown || reading == Reading::stop) {
    if (narrowed && reading == Reading::unknown) {
      group_removal_ = false;
      return true;
    }
    t.unknown = true;
    t.timed_out = answer.kind == AnswerKind::failed && answer.error.code == ErrorCode::timeout;
    t.reason = answer.describe();
    return false;
  }
  // Narrowed groups may be what was refused: ask again with all of them.
  if (narrowed) {
    group_removal_ = false;
    return true;
  }
  t.remaining.erase(t.remaining.begin(), t.remaining.begin() + static_cast<std::ptrdiff_t>(offered));
  if (t.accepted.empty()) {
    t.refused = true;
    t.by_alert = reading == Reading::refused;
    unsure_refusal_ |= t.version == Version::tls13 && t.by_alert && answer.alert != kProtocolVersionAlert &&
                       key_share_ == KeyShareOffer::empty;
    t.reason = answer.describe();
    if (!t.by_alert || answer.alert == kProtocolVersionAlert) t.remaining.clear();
    if (reading == Reading::other_version) {
      t.reason = fmt::format("chose {} when offered {}", answer.describe(), version_name(t.version));
      carry_to(answer, std::string(version_name(t.version)));
    }
  }
  return true;
}

// Offers what remains, removes what the server chooses, until it refuses the rest: one probe for each accepted suite
// and one as proof of the end. `first_only`: one accepted suite is enough.
Task<void> Enumerator::walk(Track& t, bool first_only) {
  const std::size_t limit = small_ ? common_suites().size() : kMaxOfferedSuites;
  t.unknown = false;
  while (!t.remaining.empty() && !stopped() && !(first_only && !t.accepted.empty())) {
    Codes offer = copy(std::span(t.remaining).first(std::min(limit, t.remaining.size())));
    Codes groups = groups_for(t);
    const bool narrowed = t.version == Version::tls13 && groups.size() < usable_groups().size();
    const Answer answer = co_await ask(t.version, t.version, offer, std::move(groups));
    const Reading reading = read(answer, t.version, offer);
    if (!settle(t, answer, reading, offer.size(), narrowed)) co_return;
  }
  t.complete = t.remaining.empty();
  t.refused = t.complete && t.accepted.empty();
}

// The versions below TLS 1.2, highest first. One refusal ends it.
Task<void> Enumerator::descend(bool first_only) {
  for (Track& t : tracks_) {
    if (t.version >= Version::tls12 || stopped()) continue;
    // Known already, but for what a newer version's hello was answered with.
    if (t.unknown || t.complete || (t.asked && t.accepted.empty())) continue;
    co_await walk(t, first_only);
    if (t.refused && t.by_alert) {
      refuse_below(t.version, fmt::format("{} when offered at most {}", t.reason, version_name(t.version)));
    }
  }
}

Task<void> Enumerator::run_full() {
  Track& newest = track(Version::tls13);
  Track& tls12 = track(Version::tls12);
  co_await walk(newest, false);
  if (stopped()) co_return;
  co_await walk(tls12, false);
  if (stopped() || (!anything_accepted() && newest.unknown && tls12.unknown)) co_return;
  // An alert to every suite of TLS 1.2 and below speaks for the older versions too.
  if (tls12.refused && tls12.by_alert) {
    refuse_below(Version::tls12, tls12.reason + " when offered at most TLSv1.2");
  }
  co_await descend(false);
}

// The best version, by one hello that offers TLS 1.3 and 1.2 together.
Task<void> Enumerator::ask_best() {
  Track& newest = track(Version::tls13);
  Track& tls12 = track(Version::tls12);
  Codes offer = copy(ordinary_suites(Version::tls13));
  const auto older = ordinary_suites(Version::tls12);
  const std::size_t room = std::min(older.size(), kMaxOfferedSuites - offer.size());
  offer.insert(offer.end(), older.begin(), older.begin() + static_cast<std::ptrdiff_t>(room));
  const Answer answer = co_await ask(Version::tls12, Version::tls13, offer, copy(offered_groups()));
  const Reading reading = read(answer, Version::tls13, offer);
  if (reading == Reading::accepted) {
    accept(newest, answer);
    co_return;
  }
  if (reading == Reading::other_version) {
    newest.asked = newest.refused = true;
    newest.reason = fmt::format("chose {} when offered TLSv1.3", answer.describe());
    carry_to(answer, "TLSv1.3 and TLSv1.2");
    co_return;
  }
  if (reading == Reading::stop) co_return;
  // Perhaps only the empty key share was in the way: TLS 1.2 alone, and TLS 1.3 again with a share later.
  settle(newest, answer, reading, newest.remaining.size(), false);
  co_await walk(tls12, true);
}

Task<void> Enumerator::run_policy() {
  co_await ask_best();
  if (stopped() || (!anything_accepted() && track(Version::tls12).unknown)) co_return;
  co_await descend(true);
}

// Nothing answered with a ServerHello: perhaps the hello was too large. Ask with few suites and no extras before
// anything is concluded; a large one once more, to be sure; and once without any extension.
Task<void> Enumerator::try_smaller() {
  const Codes few = copy(common_suites());
  small_ = true;
  const Answer answer = co_await ask(Version::tls12, Version::tls12, few, copy(usable_groups()));
  const Reading reading = read(answer, Version::tls12, few);
  small_ = false;
  if (reading == Reading::stop) co_return;
  if (reading == Reading::accepted || reading == Reading::other_version) {
    Codes many = copy(ordinary_suites(Version::tls12));
    const Answer large = co_await ask(Version::tls12, Version::tls12, many, copy(usable_groups()));
    small_ = large.kind != AnswerKind::server_hello;
    if (small_) note("intolerant of large hellos: answers only when few suites are offered");
    for (Track& t : tracks_) t = Track{.version = t.version};
    refill();
    if (mode_ == EnumerationMode::policy) {
      co_await run_policy();
    } else {
      co_await run_full();
    }
    co_return;
  }
  if (!anything_answered()) co_return;
  Track plain{.version = Version::ssl3, .remaining = copy(ordinary_suites(Version::ssl3))};
  co_await walk(plain, mode_ == EnumerationMode::policy);
  if (!plain.accepted.empty()) track(Version::ssl3) = std::move(plain);
}

// Once more for what ended without a clear answer, later than the first time; TLS 1.3 with a key share.
Task<void> Enumerator::retry_unknown() {
  const bool first_only = mode_ == EnumerationMode::policy;
  for (Track& t : tracks_) {
    if (stopped()) co_return;
    // "protocol_version" is clear; any other alert may be about the empty key share.
    const bool share_missing = t.version == Version::tls13 && t.accepted.empty() && (t.unknown || unsure_refusal_);
    if (!t.unknown && !share_missing) continue;
    Track again = t;
    if (share_missing) {
      key_share_ = KeyShareOffer::x25519;
      group_removal_ = false;
      again.remaining = copy(ordinary_suites(t.version));
    }
    co_await walk(again, first_only);
    if (share_missing && !again.accepted.empty()) note("needs a key share to answer TLS 1.3");
    if (share_missing && again.accepted.empty()) key_share_ = KeyShareOffer::empty;
    if (again.unknown && t.refused) continue;  // the first alert stands
    if (again.unknown) again.reason += ", twice";
    t = std::move(again);
    if (t.version < Version::tls12 && t.refused && t.by_alert) {
      refuse_below(t.version, fmt::format("{} when offered at most {}", t.reason, version_name(t.version)));
    }
  }
  if (!stopped()) co_await descend(first_only);
}

// Silence after good answers may be a server that had enough of us. Ask something it has answered before.
Task<void> Enumerator::confirm_alive() {
  const bool unsure = std::ranges::any_of(tracks_, [](const Track& t) { return t.unknown; });
  if (!unsure) co_return;
  const auto good = std::ranges::find_if(tracks_, [](const Track& t) { return !t.accepted.empty(); });
  if (good == tracks_.end()) co_return;
  Codes offer = good->accepted;
  const Answer answer = co_await ask(good->version, good->version, offer, copy(offered_groups()));
  if (read(answer, good->version, offer) == Reading::accepted) {
    note("does not answer some hellos, but goes on answering those it accepts");
  } else {
    note("stopped answering while it was asked: what is unknown may be accepted");
  }
}

// Every group, by suites known to be good: TLS 1.3, or before it ECDHE with RSA, which no certificate's curve
// restricts.
Task<void> Enumerator::list_groups() {
  const bool tls13 = !track(Version::tls13).accepted.empty() && key_share_ == KeyShareOffer::empty;
  const Track& t = track(tls13 ? Version::tls13 : Version::tls12);
  Codes suites = t.accepted;
  if (!tls13) std::erase_if(suites, [](auto suite) { return !accepts_rsa_certificate(suite); });
  if (suites.empty()) co_return;
  Codes& seen = tls13 ? hello_retry_groups_ : groups_;
  while (!stopped()) {
    Codes left;
    for (const auto g : offered_groups()) {
      if (!contains(seen, g)) left.push_back(g);
    }
    if (left.empty()) break;
    const Answer answer = co_await ask(t.version, t.version, suites, left);
    const Reading reading = read(answer, t.version, suites);
    if (reading != Reading::accepted || !answer.group || !contains(left, *answer.group)) {
      out_.groups_complete = reading == Reading::refused;
      co_return;
    }
    if (!contains(groups_, *answer.group)) groups_.push_back(*answer.group);
    if (!contains(seen, *answer.group)) seen.push_back(*answer.group);
  }
  out_.groups_complete = !stopped();
}

// Not one answer that TLS knows.
void Enumerator::conclude_nothing() {
  if (stop_) {
    out_.failure = stop_;
    return;
  }
  const Track& first = tracks_.front();
  note(first.timed_out ? "silent: takes connections and answers no hello" : "answers no hello: " + first.reason);
  out_.failure = Failure{std::string(to_string(first.timed_out ? ErrorCode::timeout : ErrorCode::tls)), first.reason};
}

void Enumerator::report() {
  for (Track& t : tracks_) {
    if (!t.asked) {
      // In policy mode TLS 1.2 is not asked where 1.3 was accepted.
      if (mode_ == EnumerationMode::policy && anything_accepted() && !stopped()) continue;
      t.unknown = true;
      t.reason = stop_ ? stop_->detail : "not asked: the server answered nothing before";
    }
    TlsVersionResult result;
    result.version = std::string(version_name(t.version));
    result.reason = t.reason;
    result.support = std::string(!t.accepted.empty()       ? support::kAccepted
                                 : t.refused && !t.unknown ? support::kRefused
                                                           : support::kUnknown);
    for (const auto suite : t.accepted) result.suites.push_back(TlsCodePoint{suite, suite_name(suite)});
    result.suites_complete = mode_ != EnumerationMode::policy && t.complete;
    out_.versions.push_back(std::move(result));
  }
  for (const auto group : groups_) out_.groups.push_back(TlsCodePoint{group, group_name(group)});
  if (smallest_prime_ > 0) note(fmt::format("smallest Diffie-Hellman prime: {} bits", smallest_prime_));
}

Task<TlsEnumeration> Enumerator::run() {
  if (mode_ == EnumerationMode::policy) {
    co_await run_policy();
  } else {
    co_await run_full();
  }
  if (!stopped() && anything_answered()) co_await retry_unknown();
  if (!stopped() && !anything_accepted()) {
    co_await try_smaller();
    if (!stopped() && anything_accepted()) co_await retry_unknown();
  }
  if (!stopped() && anything_accepted()) co_await confirm_alive();
  if (!stopped() && mode_ == EnumerationMode::exhaustive) co_await list_groups();
  if (!anything_answered()) conclude_nothing();
  report();
  co_return std::move(out_);
}

}  // namespace

std::string_view to_string(EnumerationMode mode) {
  switch (mode) {
    case EnumerationMode::policy:
      return "policy";
    case EnumerationMode::full:
      return "full";
    case EnumerationMode::exhaustive:
      return "exhaustive";
  }
  return "";
}

Task<TlsEnumeration> enumerate(Prober& prober, std::string server_name, EnumerationMode mode) {
  Enumerator enumerator(prober, std::move(server_name), mode);
  co_return co_await enumerator.run();
}

}  // namespace assay::net::tls
