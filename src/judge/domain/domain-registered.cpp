// domain-registered: a domain that the app names, or depends on, is registered and stays so.
//
// Two witnesses: the parent zone's own servers, and the registry. A domain that its parent delegates is registered,
// whatever else is said: that is enough for a third party's domain. Nobody calls a domain free on one answer: it takes
// the parent's NXDOMAIN and two sightings of the registry. docs/judges/domain-registered.md has the whole table.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "base/time.h"
#include "judge/domain_hold.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

namespace state = registration_state;
using std::chrono::days;

constexpr std::string_view kRenew =
    "Renew the domain with its registrar now, turn on automatic renewal, and keep the payment and contact data there "
    "current.";

enum class Parent { delegates, denies, has_name, unclear };

Parent parent_of(const Observed<DnsZone>* zone) {
  if (zone == nullptr) return Parent::unclear;
  const auto& z = zone->value;
  constexpr std::array kDelegated = {zone_state::kSound, zone_state::kPartlyLame, zone_state::kLame};
  if (std::ranges::find(kDelegated, z.state) != kDelegated.end() || !z.servers.empty()) return Parent::delegates;
  if (z.state == zone_state::kAbsent) return Parent::denies;
  return z.state == zone_state::kUndelegated ? Parent::has_name : Parent::unclear;
}

std::string parent_line(const Observed<DnsZone>& zone) {
  switch (parent_of(&zone)) {
    case Parent::delegates:
      return fmt::format("The zone {} delegates it.", zone.value.parent);
    case Parent::denies:
      return fmt::format("The servers of {} answer NXDOMAIN.", zone.value.parent);
    case Parent::has_name:
      return fmt::format("The zone {} has the name without delegating it.", zone.value.parent);
    case Parent::unclear:
      return fmt::format("The servers of {} gave no clear answer.", zone.value.parent);
  }
  return {};
}

// "rdap.registry.example said free at 2026-…: HTTP 404".
std::string sighting_line(const Observed<Registration>& r) {
  auto line = fmt::format("{} said {} at {}", r.value.server, r.value.state, format_rfc3339(r.time));
  if (!r.value.statuses.empty()) line += " (" + join(r.value.statuses, ", ") + ")";
  if (!r.value.expires.empty()) line += ", expires " + r.value.expires;
  if (!r.value.registrar_expires.empty()) line += ", at the registrar " + r.value.registrar_expires;
  if (r.value.state == state::kFree && !r.value.excerpt.empty()) line += ": " + ellipsis(r.value.excerpt, 200);
  return printable(line);
}

bool has_status(const Registration& r, std::string_view status) {
  return std::ranges::find(r.statuses, status) != r.statuses.end();
}

std::optional<Time> date_of(const std::string& text) {
  const auto time = parse_rfc3339(text);
  return time ? std::optional(*time) : std::nullopt;
}

class DomainJudge {
 public:
  DomainJudge(const EvidenceView& view, const Requirement& requirement)
      : ruling_(view, requirement),
        domain_(view.subject()),
        zone_(view.dns_zone(view.subject())),
        parent_(parent_of(zone_)),
        looks_(view.registrations()),
        warning_(days(requirement.parameter("expiry_warning_days", 30))) {
    if (const auto* hosts = view.all().hosts()) {
      ruling_.rests_on(hosts->id);
      own_ = std::ranges::any_of(hosts->value.hosts, [this](const NamedHost& h) {
        return h.registered_domain == domain_ && h.host_class == host_class::kOwn;
      });
    }
    if (zone_ != nullptr) ruling_.rests_on(zone_->id);
    for (const auto* look : looks_) ruling_.rests_on(look->id);
  }

  Verdict judge() {
    if (looks_.empty()) return without_registry();
    const auto& said = looks_.back()->value.state;
    if (said == state::kFree) return free();
    if (said == state::kRedemption || said == state::kPendingDelete) return lapsing();
    if (said == state::kHold) return on_hold();
    if (said == state::kRegistered) return registered();
    if (parent_ == Parent::delegates) return delegated_only();
    return unclear();
  }

 private:
  const Observed<Registration>& last() const { return *looks_.back(); }

  Miss finding(std::string locator, std::string title, std::string remediation) const {
    std::string proof;
    std::vector<std::string> evidence;
    if (zone_ != nullptr) {
      proof = parent_line(*zone_) + "\n";
      evidence.push_back(zone_->id);
    }
    const auto first = looks_.size() > 1 && last().value.state == state::kFree ? looks_.size() - 2 : looks_.size() - 1;
    for (auto i = first; i < looks_.size(); ++i) {
      proof += sighting_line(*looks_[i]) + "\n";
      evidence.push_back(looks_[i]->id);
    }
    proof.pop_back();
    return {std::move(locator), std::move(title), std::move(proof), std::move(remediation), std::move(evidence), {}};
  }

  void warn(std::string locator, std::string title, std::string remediation, Severity severity = Severity::low) {
    auto warning = finding(std::move(locator), std::move(title), std::move(remediation));
    warning.severity = severity;
    ruling_.warn(std::move(warning));
  }

  // Delegation alone: a whole answer for a third party's domain, half of one for the app's own.
  Verdict without_registry() {
    if (parent_ == Parent::delegates && !own_) return delegated_only();
    if (zone_ == nullptr)
      return ruling_.inconclusive(std::string(kNotProbed), fmt::format("Nobody was asked about {}.", domain_));
    return ruling_.inconclusive(std::string(kNotProbed),
                                fmt::format("{} No registry was asked about {}.", parent_line(*zone_), domain_));
  }

  Verdict delegated_only() {
    const auto proven = zone_ == nullptr ? std::string() : parent_line(*zone_);
    if (!own_) return ruling_.decide(fmt::format("{} is registered: {}", domain_, proven));
    const auto& r = last().value;
    const bool nobody_to_ask = r.protocol.empty() || (r.failure && r.failure->code == "unsupported");
    const bool answered = r.state == state::kFree || r.state == state::kReserved;
    if (!nobody_to_ask && !answered) return unclear();
    return ruling_.decide(fmt::format(
        "{} is registered: {} When it expires could not be seen: {}.", domain_, proven,
        nobody_to_ask ? "no registry answers strangers about it" : fmt::format("{} says {} of it", r.server, r.state)));
  }

  Verdict free() {
    if (parent_ == Parent::delegates) return delegated_only();
    const auto& r = last().value;
    const auto freedom = freedom_of(looks_);
    if (parent_ != Parent::denies || freedom == Freedom::parent_unclear)
      return ruling_.inconclusive(
          "parent-unclear",
          fmt::format("{} has no {}, but the parent zone does not say that it does not exist.", r.server, domain_));
    if (freedom == Freedom::once)
      return ruling_.inconclusive(
          "one-sighting", fmt::format("{} had no {} when it was asked; it was asked only once.", r.server, domain_));
    if (freedom == Freedom::contradicted)
      return ruling_.inconclusive("registry-contradicts",
                                  fmt::format("{} said {} of {} first, and then free.", r.server,
                                              looks_[looks_.size() - 2]->value.state, domain_));
    ruling_.miss(finding("available", fmt::format("Anybody can register {}", domain_),
                         "Register the domain at once, or remove every mention of it from the app and withdraw the "
                         "releases that name it."));
    return ruling_.decide({});
  }

  Verdict lapsing() {
    const bool redemption = last().value.state == state::kRedemption;
    ruling_.miss(finding(
        std::string(last().value.state),
        redemption ? fmt::format("{} has lapsed and can only be restored for a short time", domain_)
                   : fmt::format("{} has lapsed and is about to be deleted", domain_),
        redemption ? "Have the registrar restore the domain now: a redemption period lasts 30 days in most registries."
                   : "The registry deletes the domain within days. Remove it from the app, or register it the moment "
                     "that it is free."));
    return ruling_.decide({});
  }

  Verdict on_hold() {
    const auto title = fmt::format("{} is on hold: the registry keeps it out of its zone", domain_);
    constexpr std::string_view kRemedy =
        "Ask the registrar why the domain is on hold: most often it is unpaid or its contact data are unconfirmed.";
    if (parent_ == Parent::denies) {
      ruling_.miss(finding("hold", title, std::string(kRemedy)));
    } else if (parent_ == Parent::delegates) {
      warn("hold", fmt::format("{} is on hold, and still in the zone", domain_), std::string(kRemedy),
           Severity::medium);
    } else {
      ruling_.unknown({"parent-unclear", fmt::format("{} says that {} is on hold, but the parent zone does not say "
                                                     "whether it is gone.",
                                                     last().value.server, domain_)});
    }
    return ruling_.decide(fmt::format("{} is registered and still delegated.", domain_));
  }

  Verdict registered() {
    if (own_) judge_term();
    const auto& r = last().value;
    std::string until = "; the registry does not tell when it expires";
    if (!r.expires.empty()) until = " until " + r.expires;
    return ruling_.decide(fmt::format("{} is registered{}, says {}.", domain_, own_ ? until : "", r.server));
  }

  // Registries renew by themselves at the end of a term and take it back if the registrar does not pay: their date
  // jumps forward over the lapse (RFC 3915 §3.1, "auto renew period"). So a date alone neither proves a lapse nor
  // denies one.
  void judge_term() {
    const auto& r = last().value;
    const auto end = date_of(r.expires);
    const auto at_registrar = date_of(r.registrar_expires);
    const bool registrar_lapsed = at_registrar && *at_registrar < last().time;
    if (end && *end < last().time) {
      if (registrar_lapsed || parent_ == Parent::denies) {
        ruling_.miss(finding("expired", fmt::format("{} has expired", domain_), std::string(kRenew)));
      } else {
        warn("expired-date", fmt::format("The term of {} is over, and it still works", domain_), std::string(kRenew),
             Severity::medium);
      }
    } else if (registrar_lapsed) {
      warn("registrar-expired", fmt::format("{} has expired at its registrar", domain_), std::string(kRenew),
           Severity::medium);
    } else if (has_status(r, "auto renew period")) {
      warn("auto-renew",
           fmt::format("The registry renewed {} by itself; the registrar may still give it back", domain_),
           "Make sure with the registrar that the renewal is paid.");
    } else if (end) {
      judge_rest(*end);
    }
    if (parent_ == Parent::denies && !ruling_.missed())
      warn("not-delegated", fmt::format("{} is registered and has no name servers", domain_),
           "Give the domain name servers again, or remove it from the app.");
  }

  // A domain of a short term is not reported all its life: at most a third of the term since its registration counts.
  void judge_rest(Time end) {
    auto horizon = std::chrono::duration_cast<Duration>(warning_);
    if (const auto begin = date_of(last().value.registered); begin && *begin < end)
      horizon = std::min(horizon, (end - *begin) / 3);
    const auto rest = end - last().time;
    if (rest > horizon) return;
    warn("expires-soon", fmt::format("{} expires soon", domain_),
         fmt::format("{} It has {} left.", kRenew, format_duration(rest)));
  }

  Verdict unclear() {
    const auto& r = last().value;
    if (r.state == state::kThrottled)
      return ruling_.inconclusive(
          "throttled", fmt::format("{} limits our questions, so nothing is known of {}.", r.server, domain_));
    if (r.state == state::kReserved)
      return ruling_.inconclusive(
          "reserved",
          fmt::format("{} keeps {} from registration; whether somebody could get it is not known.", r.server, domain_));
    if (r.failure)
      return inconclusive(unknown_of(
          *r.failure, r.server.empty() ? "No registry told of " + domain_ : r.server + " told nothing of " + domain_));
    return ruling_.inconclusive("registry-unclear", fmt::format("{} gave no clear answer on {}.", r.server, domain_));
  }

  Verdict inconclusive(Unknown u) { return ruling_.inconclusive(std::move(u.code), std::move(u.reason)); }

  Ruling ruling_;
  std::string domain_;
  const Observed<DnsZone>* zone_;
  Parent parent_;
  std::vector<const Observed<Registration>*> looks_;  // in order of time
  days warning_;
  bool own_ = false;  // the app has hosts on it
};

}  // namespace

Verdict domain_registered(const EvidenceView& view, const Requirement& requirement) {
  return DomainJudge(view, requirement).judge();
}

}  // namespace assay::judge
