#include "net/tls/server_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/tls/code_points.h"

namespace assay::net::tls {

namespace {

constexpr std::uint8_t kProtocolVersionAlert = 70;

}  // namespace

bool contains(std::span<const std::uint16_t> codes, std::uint16_t code) {
  return std::ranges::find(codes, code) != codes.end();
}

ServerPicture::ServerPicture(EnumerationMode the_mode) : mode(the_mode) {
  out.mode = std::string(to_string(mode));
  for (const Version v : kVersions) tracks.push_back(Track{.version = v});
  refill();
}

Track& ServerPicture::track(Version v) {
  return *std::ranges::find(tracks, v, &Track::version);
}

bool ServerPicture::anything_accepted() const {
  return std::ranges::any_of(tracks, [](const Track& t) { return !t.accepted.empty(); });
}

bool ServerPicture::anything_answered() const {
  return anything_accepted() || std::ranges::any_of(tracks, &Track::refused);
}

void ServerPicture::note(std::string text) {
  if (std::ranges::find(out.notes, text) == out.notes.end()) out.notes.push_back(std::move(text));
}

void ServerPicture::refill() {
  for (Track& t : tracks) {
    t.remaining.clear();
    const auto ordinary = ordinary_suites(t.version);
    // Small offers begin with what most servers have.
    for (const bool common : {true, false}) {
      for (const auto suite : ordinary) {
        if ((small && contains(common_suites(), suite)) == common) t.remaining.push_back(suite);
      }
    }
    if (mode != EnumerationMode::exhaustive) continue;
    const auto rare = rare_suites(t.version);
    t.remaining.insert(t.remaining.end(), rare.begin(), rare.end());
  }
}

std::span<const std::uint16_t> ServerPicture::usable_groups() const {
  constexpr std::size_t kFew = 6;
  return small ? offered_groups().first(kFew) : offered_groups();
}

// TLS 1.3 answers show one group each, so that asking with those not yet seen lists groups without further connections;
// it is done while suites that nearly every server has are left, so that the last refusal stays clear: of suites, not
// of groups. Older versions show it too, but there a certificate's own curve must stay on offer: the known go last.
Codes ServerPicture::groups_for(const Track& t) const {
  const auto all = usable_groups();
  Codes fresh;
  for (const auto g : all) {
    if (!contains(t.version == Version::tls13 ? hello_retry_groups : groups, g)) fresh.push_back(g);
  }
  if (t.version != Version::tls13) {
    for (const auto g : all) {
      if (contains(groups, g)) fresh.push_back(g);
    }
    return fresh;
  }
  constexpr std::uint16_t kUsual[] = {0x1301, 0x1302, 0x1303};
  const bool usual_left = std::ranges::any_of(kUsual, [&](auto suite) { return contains(t.remaining, suite); });
  if (group_removal && usual_left && !fresh.empty()) return fresh;
  return copy(all);
}

Reading ServerPicture::read(const Answer& answer, Version max, std::span<const std::uint16_t> offered) {
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
      stop = Failure{std::string(to_string(ErrorCode::protocol)), "the port speaks plain HTTP, not TLS"};
      return Reading::stop;
    case AnswerKind::unreachable:
      if (!anything_answered()) {
        stop = Failure{std::string(to_string(answer.error.code)), answer.error.message()};
        return Reading::stop;
      }
      [[fallthrough]];
    case AnswerKind::failed:
      if (answer.error.code != ErrorCode::timeout && answer.error.code != ErrorCode::connection) {
        stop = Failure{std::string(to_string(answer.error.code)), answer.error.message()};
        return Reading::stop;
      }
      return Reading::unknown;
    case AnswerKind::closed:
    case AnswerKind::not_tls:
      return Reading::unknown;
  }
  return Reading::unknown;
}

void ServerPicture::accept(Track& t, const Answer& answer) {
  t.asked = true;
  t.unknown = false;
  t.reason = answer.describe();
  if (!contains(t.accepted, answer.suite)) t.accepted.push_back(answer.suite);
  std::erase(t.remaining, answer.suite);
  if (!answer.group) return;
  if (!contains(groups, *answer.group)) groups.push_back(*answer.group);
  if (!answer.hello_retry) return;
  if (hello_retry_groups.empty()) {
    // Servers that offer a choice begin with one of these; one that begins with another curve often has only that one,
    // and asking for others would cost a connection.
    group_removal = *answer.group == kX25519 || *answer.group == kX448 || *answer.group >= 0x0200;
  }
  if (!contains(hello_retry_groups, *answer.group)) hello_retry_groups.push_back(*answer.group);
}

void ServerPicture::refuse_below(Version v, const std::string& reason) {
  for (Track& t : tracks) {
    if (t.version >= v || t.asked) continue;
    t.asked = t.refused = t.complete = true;
    t.reason = reason;
  }
}

void ServerPicture::carry_to(const Answer& answer, const std::string& asked) {
  const auto chosen = static_cast<Version>(answer.version);
  for (Track& t : tracks) {
    if (t.version > chosen && t.version < Version::tls13 && !t.asked) {
      t.asked = t.refused = t.complete = true;
      t.reason = fmt::format("chose {} when offered {}", version_name(chosen), asked);
    }
    if (t.version == chosen && t.accepted.empty()) accept(t, answer);
  }
}

bool ServerPicture::settle(Track& t, const Answer& answer, Reading reading, std::size_t offered, bool narrowed) {
  t.asked = true;
  if (reading == Reading::accepted) {
    accept(t, answer);
    return true;
  }
  if (reading == Reading::unknown || reading == Reading::stop) {
    if (narrowed && reading == Reading::unknown) {
      group_removal = false;
      return true;
    }
    t.unknown = true;
    t.timed_out = answer.kind == AnswerKind::failed && answer.error.code == ErrorCode::timeout;
    t.reason = answer.describe();
    return false;
  }
  // Narrowed groups may be what was refused: ask again with all of them.
  if (narrowed) {
    group_removal = false;
    return true;
  }
  t.remaining.erase(t.remaining.begin(), t.remaining.begin() + static_cast<std::ptrdiff_t>(offered));
  if (t.accepted.empty()) {
    t.refused = true;
    t.by_alert = reading == Reading::refused;
    unsure_refusal |= t.version == Version::tls13 && t.by_alert && answer.alert != kProtocolVersionAlert &&
                      key_share == KeyShareOffer::empty;
    t.reason = answer.describe();
    if (!t.by_alert || answer.alert == kProtocolVersionAlert) t.remaining.clear();
    if (reading == Reading::other_version) {
      t.reason = fmt::format("chose {} when offered {}", answer.describe(), version_name(t.version));
      carry_to(answer, std::string(version_name(t.version)));
    }
  }
  return true;
}

// Not one answer that TLS knows.
void ServerPicture::conclude_nothing() {
  if (stop) {
    out.failure = stop;
    return;
  }
  const Track& first = tracks.front();
  note(first.timed_out ? "silent: takes connections and answers no hello" : "answers no hello: " + first.reason);
  out.failure = Failure{std::string(to_string(first.timed_out ? ErrorCode::timeout : ErrorCode::tls)), first.reason};
}

TlsEnumeration ServerPicture::finish() {
  if (!anything_answered()) conclude_nothing();
  for (Track& t : tracks) {
    if (!t.asked) {
      // In policy mode TLS 1.2 is not asked where 1.3 was accepted.
      if (mode == EnumerationMode::policy && anything_accepted() && !stopped()) continue;
      t.unknown = true;
      t.reason = stop ? stop->detail : "not asked: the server answered nothing before";
    }
    TlsVersionResult result;
    result.version = std::string(version_name(t.version));
    result.reason = t.reason;
    result.support = std::string(!t.accepted.empty()       ? support::kAccepted
                                 : t.refused && !t.unknown ? support::kRefused
                                                           : support::kUnknown);
    for (const auto suite : t.accepted) result.suites.push_back(TlsCodePoint{suite, suite_name(suite)});
    result.suites_complete = mode != EnumerationMode::policy && t.complete;
    out.versions.push_back(std::move(result));
  }
  for (const auto group : groups) out.groups.push_back(TlsCodePoint{group, group_name(group)});
  if (smallest_prime > 0) note(fmt::format("smallest Diffie-Hellman prime: {} bits", smallest_prime));
  return std::move(out);
}

}  // namespace assay::net::tls
