#include "net/tls/enumerate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/tls/code_points.h"
#include "net/tls/server_picture.h"

namespace assay::net::tls {

namespace {

class Enumerator {
 public:
  Enumerator(Prober& prober, std::string server_name, EnumerationMode mode)
      : prober_(prober), server_name_(std::move(server_name)), picture_(mode) {}

  Task<TlsEnumeration> run();

 private:
  Task<Answer> ask(Version min, Version max, Codes suites, Codes groups);
  Task<void> walk(Track& t, bool first_only);
  Task<void> descend(bool first_only);
  Task<void> run_full();
  Task<void> run_policy();
  Task<void> run_mode();
  Task<void> ask_best();
  Task<void> try_smaller();
  Task<void> retry_unknown();
  Task<void> confirm_alive();
  Task<void> list_groups();

  Prober& prober_;
  std::string server_name_;
  ServerPicture picture_;
};

Task<Answer> Enumerator::ask(Version min, Version max, Codes suites, Codes groups) {
  ClientHello hello;
  hello.min_version = min;
  hello.max_version = max;
  hello.server_name = server_name_;
  hello.suites = std::move(suites);
  hello.groups = std::move(groups);
  hello.key_share = picture_.key_share;
  hello.small = picture_.small;
  ++picture_.out.connections;
  Answer answer = co_await prober_.ask(std::move(hello));
  if (answer.dh_bits > 0 && (picture_.smallest_prime == 0 || answer.dh_bits < picture_.smallest_prime)) {
    picture_.smallest_prime = answer.dh_bits;
  }
  co_return answer;
}

// Offers what remains, removes what the server chooses, until it refuses the rest: one probe for each accepted suite
// and one as proof of the end. `first_only`: one accepted suite is enough.
Task<void> Enumerator::walk(Track& t, bool first_only) {
  const std::size_t limit = picture_.small ? common_suites().size() : kMaxOfferedSuites;
  t.unknown = false;
  while (!t.remaining.empty() && !picture_.stopped() && !(first_only && !t.accepted.empty())) {
    Codes offer = copy(std::span(t.remaining).first(std::min(limit, t.remaining.size())));
    Codes groups = picture_.groups_for(t);
    const bool narrowed = t.version == Version::tls13 && groups.size() < picture_.usable_groups().size();
    const Answer answer = co_await ask(t.version, t.version, offer, std::move(groups));
    const Reading reading = picture_.read(answer, t.version, offer);
    if (!picture_.settle(t, answer, reading, offer.size(), narrowed)) co_return;
  }
  t.complete = t.remaining.empty();
  t.refused = t.complete && t.accepted.empty();
}

// The versions below TLS 1.2, highest first. One refusal ends it.
Task<void> Enumerator::descend(bool first_only) {
  for (Track& t : picture_.tracks) {
    if (t.version >= Version::tls12 || picture_.stopped()) continue;
    // Known already, but for what a newer version's hello was answered with.
    if (t.unknown || t.complete || (t.asked && t.accepted.empty())) continue;
    co_await walk(t, first_only);
    if (t.refused && t.by_alert) {
      picture_.refuse_below(t.version, fmt::format("{} when offered at most {}", t.reason, version_name(t.version)));
    }
  }
}

Task<void> Enumerator::run_full() {
  Track& newest = picture_.track(Version::tls13);
  Track& tls12 = picture_.track(Version::tls12);
  co_await walk(newest, false);
  if (picture_.stopped()) co_return;
  co_await walk(tls12, false);
  if (picture_.stopped() || (!picture_.anything_accepted() && newest.unknown && tls12.unknown)) co_return;
  // An alert to every suite of TLS 1.2 and below speaks for the older versions too.
  if (tls12.refused && tls12.by_alert) {
    picture_.refuse_below(Version::tls12, tls12.reason + " when offered at most TLSv1.2");
  }
  co_await descend(false);
}

// The best version, by one hello that offers TLS 1.3 and 1.2 together.
Task<void> Enumerator::ask_best() {
  Track& newest = picture_.track(Version::tls13);
  Track& tls12 = picture_.track(Version::tls12);
  Codes offer = copy(ordinary_suites(Version::tls13));
  const auto older = ordinary_suites(Version::tls12);
  const std::size_t room = std::min(older.size(), kMaxOfferedSuites - offer.size());
  offer.insert(offer.end(), older.begin(), older.begin() + static_cast<std::ptrdiff_t>(room));
  const Answer answer = co_await ask(Version::tls12, Version::tls13, offer, copy(offered_groups()));
  const Reading reading = picture_.read(answer, Version::tls13, offer);
  if (reading == Reading::accepted) {
    picture_.accept(newest, answer);
    co_return;
  }
  if (reading == Reading::other_version) {
    newest.asked = newest.refused = true;
    newest.reason = fmt::format("chose {} when offered TLSv1.3", answer.describe());
    picture_.carry_to(answer, "TLSv1.3 and TLSv1.2");
    co_return;
  }
  if (reading == Reading::stop) co_return;
  // Perhaps only the empty key share was in the way: TLS 1.2 alone, and TLS 1.3 again with a share later.
  picture_.settle(newest, answer, reading, newest.remaining.size(), false);
  co_await walk(tls12, true);
}

Task<void> Enumerator::run_policy() {
  co_await ask_best();
  if (picture_.stopped() || (!picture_.anything_accepted() && picture_.track(Version::tls12).unknown)) co_return;
  co_await descend(true);
}

Task<void> Enumerator::run_mode() {
  if (picture_.mode == EnumerationMode::policy) {
    co_await run_policy();
  } else {
    co_await run_full();
  }
}

// Nothing answered with a ServerHello: perhaps the hello was too large. Ask with few suites and no extras before
// anything is concluded; a large one once more, to be sure; and once without any extension.
Task<void> Enumerator::try_smaller() {
  const Codes few = copy(common_suites());
  picture_.small = true;
  const Answer answer = co_await ask(Version::tls12, Version::tls12, few, copy(picture_.usable_groups()));
  const Reading reading = picture_.read(answer, Version::tls12, few);
  picture_.small = false;
  if (reading == Reading::stop) co_return;
  if (reading == Reading::accepted || reading == Reading::other_version) {
    Codes many = copy(ordinary_suites(Version::tls12));
    const Answer large = co_await ask(Version::tls12, Version::tls12, many, copy(picture_.usable_groups()));
    picture_.small = large.kind != AnswerKind::server_hello;
    if (picture_.small) picture_.note("intolerant of large hellos: answers only when few suites are offered");
    for (Track& t : picture_.tracks) t = Track{.version = t.version};
    picture_.refill();
    co_await run_mode();
    co_return;
  }
  if (!picture_.anything_answered()) co_return;
  Track plain{.version = Version::ssl3, .remaining = copy(ordinary_suites(Version::ssl3))};
  co_await walk(plain, picture_.mode == EnumerationMode::policy);
  if (!plain.accepted.empty()) picture_.track(Version::ssl3) = std::move(plain);
}

// Once more for what ended without a clear answer, later than the first time; TLS 1.3 with a key share.
Task<void> Enumerator::retry_unknown() {
  const bool first_only = picture_.mode == EnumerationMode::policy;
  for (Track& t : picture_.tracks) {
    if (picture_.stopped()) co_return;
    // "protocol_version" is clear; any other alert may be about the empty key share.
    const bool share_missing =
        t.version == Version::tls13 && t.accepted.empty() && (t.unknown || picture_.unsure_refusal);
    if (!t.unknown && !share_missing) continue;
    Track again = t;
    if (share_missing) {
      picture_.key_share = KeyShareOffer::x25519;
      picture_.group_removal = false;
      again.remaining = copy(ordinary_suites(t.version));
    }
    co_await walk(again, first_only);
    if (share_missing && !again.accepted.empty()) picture_.note("needs a key share to answer TLS 1.3");
    if (share_missing && again.accepted.empty()) picture_.key_share = KeyShareOffer::empty;
    if (again.unknown && t.refused) continue;  // the first alert stands
    if (again.unknown) again.reason += ", twice";
    t = std::move(again);
    if (t.version < Version::tls12 && t.refused && t.by_alert) {
      picture_.refuse_below(t.version, fmt::format("{} when offered at most {}", t.reason, version_name(t.version)));
    }
  }
  if (!picture_.stopped()) co_await descend(first_only);
}

// Silence after good answers may be a server that had enough of us. Ask something it has answered before.
Task<void> Enumerator::confirm_alive() {
  const bool unsure = std::ranges::any_of(picture_.tracks, [](const Track& t) { return t.unknown; });
  if (!unsure) co_return;
  const auto good = std::ranges::find_if(picture_.tracks, [](const Track& t) { return !t.accepted.empty(); });
  if (good == picture_.tracks.end()) co_return;
  Codes offer = good->accepted;
  const Answer answer = co_await ask(good->version, good->version, offer, copy(offered_groups()));
  if (picture_.read(answer, good->version, offer) == Reading::accepted) {
    picture_.note("does not answer some hellos, but goes on answering those it accepts");
  } else {
    picture_.note("stopped answering while it was asked: what is unknown may be accepted");
  }
}

// Every group, by suites known to be good: TLS 1.3, or before it ECDHE with RSA, which no certificate's curve
// restricts.
Task<void> Enumerator::list_groups() {
  const bool tls13 = !picture_.track(Version::tls13).accepted.empty() && picture_.key_share == KeyShareOffer::empty;
  const Track& t = picture_.track(tls13 ? Version::tls13 : Version::tls12);
  Codes suites = t.accepted;
  if (!tls13) std::erase_if(suites, [](auto suite) { return !accepts_rsa_certificate(suite); });
  if (suites.empty()) co_return;
  Codes& seen = tls13 ? picture_.hello_retry_groups : picture_.groups;
  while (!picture_.stopped()) {
    Codes left;
    for (const auto g : offered_groups()) {
      if (!contains(seen, g)) left.push_back(g);
    }
    if (left.empty()) break;
    const Answer answer = co_await ask(t.version, t.version, suites, left);
    const Reading reading = picture_.read(answer, t.version, suites);
    if (reading != Reading::accepted || !answer.group || !contains(left, *answer.group)) {
      picture_.out.groups_complete = reading == Reading::refused;
      co_return;
    }
    if (!contains(picture_.groups, *answer.group)) picture_.groups.push_back(*answer.group);
    if (!contains(seen, *answer.group)) seen.push_back(*answer.group);
  }
  picture_.out.groups_complete = !picture_.stopped();
}

Task<TlsEnumeration> Enumerator::run() {
  co_await run_mode();
  if (!picture_.stopped() && picture_.anything_answered()) co_await retry_unknown();
  if (!picture_.stopped() && !picture_.anything_accepted()) {
    co_await try_smaller();
    if (!picture_.stopped() && picture_.anything_accepted()) co_await retry_unknown();
  }
  if (!picture_.stopped() && picture_.anything_accepted()) co_await confirm_alive();
  if (!picture_.stopped() && picture_.mode == EnumerationMode::exhaustive) co_await list_groups();
  co_return picture_.finish();
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
