// dns-dangling: every record behind the host leads to something that somebody holds. docs/judges/dns-dangling.md says
// what is proof.
//
// Proof is always of this very record: the page that the provider shows of names nobody holds, fetched through it and
// not shown of a name in use; an NXDOMAIN that the target's own servers confirm; a target whose domain the registry and
// the parent zone call free, twice; or name servers that all deny the zone which the parent delegates to them.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/domain.h"
#include "base/text.h"
#include "base/url.h"
#include "judge/domain_hold.h"
#include "judge/judge.h"
#include "judge/ruling.h"
#include "model/bucket.h"
#include "model/takeover.h"

namespace assay::judge {

namespace {

constexpr std::string_view kRemoveRecord = "Remove the record, or claim the service behind it again.";

// Requirement's own severity where anybody can claim it, less where the sources contradict each other.
std::optional<Severity> severity_of(Claim claim) {
  return claim == Claim::claimable ? std::nullopt : std::optional(Severity::medium);
}

class Host {
 public:
  Host(const EvidenceView& view, const Requirement& requirement, const Observed<DnsHost>& seen, Ruling& ruling)
      : view_(view), facts_(*requirement.takeover), seen_(seen), host_(seen.value), ruling_(ruling) {}

  void judge() {
    judge_end();
    if (host_.end == chain_end::kNxdomain) judge_missing_target();
    if (const auto bound = facts_.bound_service(host_); bound.service != nullptr) judge_service(bound);
    judge_mail();
    judge_zones();
    judge_silent_address();
    judge_parking();
  }

 private:
  void unknown(std::string code, std::string reason) { ruling_.unknown({std::move(code), std::move(reason)}); }

  void miss(std::string locator, std::string title, std::string proof, std::optional<Severity> severity,
            std::vector<std::string> evidence) {
    evidence.push_back(seen_.id);
    ruling_.miss({std::move(locator), std::move(title), std::move(proof), std::string(kRemoveRecord),
                  std::move(evidence), severity});
  }

  void warn(std::string locator, std::string title, std::string proof, std::string remedy, std::string evidence) {
    ruling_.warn(
        {std::move(locator), std::move(title), std::move(proof), std::move(remedy), {std::move(evidence)}, {}});
  }

  std::string chain_text() const { return printable(ellipsis(join(host_.chain, " -> "), 500)); }

  // The record that is at fault. One wildcard is one record, whatever name it was met by.
  std::string locator_of(const std::string& name) const {
    if (name == host_.host) return "name";
    if (host_.chain.size() > 1 && host_.wildcard) return "wildcard:" + name;
    return (std::ranges::find(host_.chain, name) != host_.chain.end() ? "cname:" : "address:") + name;
  }

  void judge_end() {
    if (host_.resolver_rewrites)
      unknown("resolver-rewrites",
              "The resolver gives addresses to names that cannot exist, so what it says of this "
              "one counts for nothing.");
    if (host_.end == chain_end::kBogus)
      unknown("dnssec-bogus", "The signatures of " + host_.host + " do not validate.");
    if (host_.end == chain_end::kServfail || host_.end == chain_end::kRefused || host_.end == chain_end::kUnknown)
      unknown("no-answer", fmt::format("The name servers gave no answer on {}: {}.", chain_text(), host_.end));
    if (host_.end == chain_end::kTooLong) unknown("chain-too-long", "The chain of CNAMEs has more than 16 links.");
    if (host_.end == chain_end::kLoop)
      unknown("cname-loop", fmt::format("The chain of CNAMEs leads back to itself: {}.", chain_text()));
  }

  // The chain ends at a name that does not exist.
  void judge_missing_target() {
    const auto& target = host_.chain.empty() ? host_.host : host_.chain.back();
    const auto domain = registered_domain(target);
    if (target != host_.host && judge_target_domain(domain, target)) return;
    if (host_.resolver_rewrites) return;
    if (!host_.nxdomain_confirmed)
      return unknown("nxdomain-unconfirmed", fmt::format("{} seems not to exist, but none of its zone's own servers "
                                                         "confirmed it.",
                                                         target));
    if (!*host_.nxdomain_confirmed)
      return unknown("nxdomain-contradicted", fmt::format("The servers of its zone contradict each other on whether {} "
                                                          "exists.",
                                                          target));
    const auto* service = facts_.match(target);
    const bool missing_tells = service != nullptr && service->nxdomain;
    const auto proof = chain_text() + "\n" + target + " does not exist: NXDOMAIN from the servers of its own zone";
    if (missing_tells && service->claim != Claim::not_claimable)
      return miss(locator_of(target),
                  fmt::format("{} leads to {}, which nobody holds at {}", host_.host, target, service->name), proof,
                  severity_of(service->claim), {});
    const bool out_of_reach = service != nullptr && service->claim == Claim::not_claimable;
    if (target == host_.host || out_of_reach) return;
    warn(locator_of(target), fmt::format("{} leads to {}, which does not exist", host_.host, target), proof,
         "Remove the record, or correct its target.", seen_.id);
  }

  // True when that is all there is to say.
  bool judge_target_domain(const std::string& domain, const std::string& target) {
    if (domain.empty() || domain == registered_domain(host_.host)) return false;
    const auto look = domain_hold(view_.all(), domain);
    ruling_.rests_on(look.evidence);
    if (look.hold == Hold::held) return false;
    if (look.hold == Hold::free) {
      miss(locator_of(target), fmt::format("{} leads to {}, and anybody can register {}", host_.host, target, domain),
           chain_text() + "\n" + look.why, {}, look.evidence);
      return true;
    }
    unknown("target-unseen",
            fmt::format("{} does not exist, and whether {} is registered could not be seen.", target, domain));
    return false;
  }

  // --- what the provider shows ---

  static bool shows(const TakeoverPage& page, const Observed<HttpExchange>& e) {
    return e.value.response && page.shown_by(*e.value.response);
  }

  // An answer that tells the host is in use: not a failure, and not the way to the https of the same host.
  bool settles(const Observed<HttpExchange>& e) const {
    if (unanswered(e.value) || !e.value.response->complete) return false;
    const auto location = field_value(e.value.response->fields, "Location");
    const auto target = parse_url(location.value_or(""));
    return e.value.response->status / 100 != 3 || !target || target->host != host_.host ||
           !e.value.request.url.starts_with("http:");
  }

  void judge_service(const TakeoverFacts::Bound& bound) {
    const auto fronts = view_.exchanges(kind::kHttpTakeover, purpose::kTakeover);
    if (fronts.empty())
      return unknown(std::string(kNotProbed), fmt::format("{} was not asked for what {} shows of names that nobody "
                                                          "holds.",
                                                          host_.host, bound.service->name));
    for (const auto* front : fronts) ruling_.rests_on(front->id);
    for (const auto* front : fronts)
      for (const auto& page : bound.service->pages)
        if (shows(page, *front)) return judge_page(bound, page, *front);
    if (std::ranges::any_of(fronts, [&](const auto* e) { return settles(*e); })) return;
    const auto why = unanswered(fronts.front()->value);
    ruling_.unknown(why ? *why : Unknown{"no-answer", host_.host + " answers in the clear only, and sends to https."});
  }

  void judge_page(const TakeoverFacts::Bound& bound, const TakeoverPage& page, const Observed<HttpExchange>& front) {
    const auto& service = *bound.service;
    const auto seen = fmt::format("{} shows a page of names that nobody holds at {}", host_.host, service.name);
    const auto paths = view_.exchanges(kind::kHttpTakeover, purpose::kTakeoverPath);
    if (paths.empty()) return unknown(std::string(kNotProbed), seen + ", but no other path was asked.");
    const auto& path = *paths.back();
    ruling_.rests_on(path.id);
    if (!shows(page, path)) {
      // A site in use whose front page reads like it answers other paths otherwise.
      if (auto why = unanswered(path.value)) ruling_.unknown(std::move(*why));
      return;
    }
    if (page.ambiguous) return unknown("ambiguous-page", seen + ", which names in use show at times, too.");
    const auto bucket = bucket_in(front.value.response->body);
    if (is_account_regional(bucket)) return;
    const auto control = held_name_differs(service, page);
    if (!control) return unknown("no-control", seen + ", and no name in use there could be compared with it.");
    if (!*control)
      return unknown("control-shows-it", seen + ", but " + service.control + ", which is in use, shows it, too.");
    auto proof = fmt::format("{}\n{} was answered {}", chain_text(), request_line(front.value),
                             status_line(*front.value.response));
    for (const auto* texts : {&page.all, &page.any})
      for (const auto& text : *texts)
        if (front.value.response->body.find(text) != std::string::npos) proof += "\n\"" + printable(text) + "\"";
    if (!bucket.empty()) proof += "\nThe bucket that is missing: " + printable(bucket);
    proof += fmt::format("\n{} shows the same; {} does not", request_line(path.value), service.control);
    miss(locator_of(bound.by), fmt::format("{} leads to {}, where nobody holds it", host_.host, service.name), proof,
         severity_of(service.claim), {front.id, path.id});
  }

  // Whether a name that is in use at the provider shows something else; nullopt when that could not be seen.
  std::optional<bool> held_name_differs(const TakeoverService& service, const TakeoverPage& page) {
    for (const auto* e : view_.exchanges(kind::kHttpTakeover, purpose::kTakeoverControl)) {
      const auto url = parse_url(e->value.request.url);
      if (!url || url->host != service.control || service.control.empty()) continue;
      ruling_.rests_on(e->id);
      if (shows(page, *e)) return false;
      if (!unanswered(e->value)) return true;
    }
    return std::nullopt;
  }

  // The name in Amazon's error document, in its XML or its HTML form; "" when it is no such page.
  static std::string bucket_in(std::string_view body) {
    if (body.find("NoSuchBucket") == std::string_view::npos) return {};
    constexpr std::array<std::string_view, 2> kMarks = {"<BucketName>", "BucketName: "};
    for (const auto mark : kMarks) {
      const auto at = body.find(mark);
      if (at == std::string_view::npos) continue;
      const auto rest = body.substr(at + mark.size());
      return std::string(rest.substr(0, std::min<std::size_t>(rest.find('<'), 255)));
    }
    return {};
  }

  // --- mail ---

  // The host's own: who takes its mail, and who may send it.
  void judge_mail() {
    for (const std::string_view type : {"MX", "TXT"}) {
      bool asked = false;
      for (const auto& answer : host_.answers) {
        if (answer.type != type || answer.name != host_.host || answer.failure) continue;
        asked = asked || answer.rcode == "NOERROR" || answer.rcode == "NXDOMAIN";
        judge_mail_records(answer.answer, seen_.id);
      }
      if (!asked && (host_.end == chain_end::kAddresses || host_.end == chain_end::kNoData))
        unknown("mail-unseen", fmt::format("Which servers {} mail for {} could not be seen.",
                                           type == "MX" ? "take" : "may send", host_.host));
    }
  }

  void judge_mail_records(const std::vector<DnsRecord>& records, const std::string& evidence) {
    for (const auto& record : records)
      for (const auto& target : mail_targets(record)) judge_mail_target(record, target, evidence);
  }

  void judge_mail_target(const DnsRecord& record, const std::string& target, const std::string& evidence) {
    const auto domain = registered_domain(target);
    if (domain.empty() || domain == registered_domain(host_.host)) return;
    const auto look = domain_hold(view_.all(), domain);
    ruling_.rests_on(look.evidence);
    if (look.hold == Hold::held) return;
    const bool policy = record.type == "TXT";
    const auto fact = policy ? fmt::format("The SPF policy of {} relies on {}", record.name, target)
                             : fmt::format("Mail for {} goes to {}", record.name, target);
    if (look.hold == Hold::unseen)
      return unknown("mail-target-unseen",
                     fmt::format("{}, and whether {} is registered could not be seen.", fact, domain));
    auto proof = look.evidence;
    proof.push_back(evidence);
    miss((policy ? "spf:" : "mx:") + target, fmt::format("{}, and anybody can register {}", fact, domain),
         printable(fmt::format("{} {} {}", record.name, record.type, ellipsis(record.data, 500))) + "\n" + look.why,
         policy ? std::optional(Severity::medium) : std::nullopt, std::move(proof));
  }

  // --- delegations ---

  void judge_zones() {
    std::set<std::string> judged;
    bool own = false;
    const auto& all = view_.all().dns_zones();
    for (auto zone = all.rbegin(); zone != all.rend(); ++zone) {  // the last record of a zone counts
      const auto concerns = [&](const std::string& name) { return is_under(name, zone->value.zone); };
      if (!std::ranges::any_of(host_.chain, concerns) && !concerns(host_.host)) continue;
      if (!judged.insert(zone->value.zone).second) continue;
      own = own || concerns(host_.host);
      ruling_.rests_on(zone->id);
      judge_zone(*zone);
    }
    const auto* named = view_.named_host();
    if (!own && named != nullptr && named->host_class == host_class::kOwn)
      unknown(std::string(kNotProbed), "The name servers of " + named->registered_domain + " were not asked.");
  }

  void judge_zone(const Observed<DnsZone>& seen) {
    const auto& zone = seen.value;
    if (zone.state == zone_state::kAbsent)
      unknown("zone-absent", fmt::format("The parent zone has no {}: there are no records to judge.", zone.zone));
    if (zone.state == zone_state::kUnknown)
      unknown("name-servers-unclear",
              fmt::format("What the name servers make of {} could not be seen: {}.", zone.zone, states_of(zone, "; ")));
    if (zone.state == zone_state::kLame || zone.state == zone_state::kPartlyLame) judge_lame(seen);
    for (const auto& server : zone.servers) judge_server(seen, server);
    judge_mail_records(zone.mail, seen.id);
  }

  static std::string states_of(const DnsZone& zone, std::string_view separator) {
    std::vector<std::string> lines;
    for (const auto& server : zone.servers) {
      std::string line = server.name;
      for (const auto& address : server.addresses) line += fmt::format(" {} {}", address.address, address.state);
      lines.push_back(server.addresses.empty() ? line + " " + server.resolution : line);
    }
    return lines.empty() ? "no name server" : printable(ellipsis(join(lines, separator), 600));
  }

  static bool denies(const NameServer& server) {
    constexpr std::array kDenials = {server_state::kRefused, server_state::kServfail, server_state::kReferral,
                                     server_state::kDenied};
    return std::ranges::any_of(server.addresses, [&](const NameServerAddress& a) {
      return std::ranges::find(kDenials, a.state) != kDenials.end();
    });
  }

  // The name servers deny a zone that the parent delegates to them.
  void judge_lame(const Observed<DnsZone>& seen) {
    const auto& zone = seen.value;
    const NameServerProvider* best = nullptr;
    bool all_known = true;
    for (const auto& server : zone.servers) {
      if (!denies(server)) continue;
      const auto* provider = facts_.match_name_server(server.name);
      all_known = all_known && provider != nullptr;
      if (provider != nullptr && (best == nullptr || provider->claim > best->claim)) best = provider;
    }
    const bool whole = zone.state == zone_state::kLame;
    const auto claim = best == nullptr ? Claim::not_claimable : best->claim;
    const auto proof = fmt::format("{} delegates {} to:\n{}", zone.parent, zone.zone, states_of(zone, "\n"));
    const auto title = fmt::format(
        "{} name servers of {} deny the zone{}", whole ? "All" : "Some", zone.zone,
        best != nullptr && claim != Claim::not_claimable ? ", and it can be claimed at " + best->name : std::string());
    const auto locator = "ns:" + zone.zone;
    if (whole && claim == Claim::claimable) return miss(locator, title, proof, {}, {seen.id});
    if (claim == Claim::claimable || (whole && claim == Claim::edge))
      return miss(locator, title, proof, Severity::medium, {seen.id});
    if (whole && !all_known) return miss(locator, title, proof, Severity::low, {seen.id});
    warn(locator, title, proof, "Remove the servers from the delegation, or create the zone there again.", seen.id);
  }

  void judge_server(const Observed<DnsZone>& seen, const NameServer& server) {
    const auto& zone = seen.value;
    const auto delegation = printable(fmt::format("{} NS {}", zone.zone, server.name));
    if (const auto* parking = facts_.parked_at(server.name))
      warn("parked:" + zone.zone, fmt::format("{} is served by {}", zone.zone, parking->name), delegation,
           "Renew the domain at the registrar.", seen.id);
    const auto& domain = server.registered_domain;
    if (server.resolution == chain_end::kAddresses || domain.empty() || is_under(zone.zone, domain)) return;
    const auto look = domain_hold(view_.all(), domain);
    ruling_.rests_on(look.evidence);
    if (look.hold == Hold::free) {
      auto evidence = look.evidence;
      evidence.push_back(seen.id);
      return miss("ns:" + zone.zone + ":" + server.name,
                  fmt::format("{} is delegated to {}, and anybody can register {}", zone.zone, server.name, domain),
                  delegation + "\n" + look.why, {}, std::move(evidence));
    }
    if (server.resolution != chain_end::kNxdomain) return;
    if (look.hold == Hold::unseen)
      return unknown("name-server-unseen", fmt::format("{} is delegated to {}, which does not exist, and whether {} is "
                                                       "registered could not be seen.",
                                                       zone.zone, server.name, domain));
    warn("ns:" + zone.zone + ":" + server.name,
         fmt::format("{} is delegated to {}, which does not exist", zone.zone, server.name), delegation,
         "Remove the name server from the delegation.", seen.id);
  }

  // --- signs that prove nothing ---

  std::vector<const Observed<HttpExchange>*> exchanges_with_host() const {
    std::vector<const Observed<HttpExchange>*> found;
    for (const auto& e : view_.all().exchanges())
      if (const auto url = parse_url(e.value.origin); url && url->host == host_.host) found.push_back(&e);
    return found;
  }

  void judge_silent_address() {
    if (host_.chain.size() > 1 || host_.addresses.empty()) return;
    const auto exchanges = exchanges_with_host();
    const auto silent = [](const auto* e) {
      return e->value.failure && (e->value.failure->code == to_string(ErrorCode::connection) ||
                                  e->value.failure->code == to_string(ErrorCode::timeout));
    };
    if (exchanges.empty() || !std::ranges::all_of(exchanges, silent)) return;
    for (const auto& address : host_.addresses)
      if (const auto* range = facts_.elastic(address))
        return warn(
            "silent-address", fmt::format("Nothing answers at an address of {}", range->name),
            printable(fmt::format("{} has the address {}, and no connection to it succeeded", host_.host, address)),
            "Check that the address is still yours, and remove the record if it is not.", exchanges.front()->id);
  }

  void judge_parking() {
    for (const auto* e : exchanges_with_host())
      for (const auto& parking : facts_.parking())
        for (const auto& page : parking.pages)
          if (shows(page, *e))
            return warn("parked", fmt::format("{} shows {}", host_.host, parking.name),
                        fmt::format("{} was answered {}", request_line(e->value), status_line(*e->value.response)),
                        "Check that the domain and its records are still yours.", e->id);
  }

  const EvidenceView& view_;
  const TakeoverFacts& facts_;
  const Observed<DnsHost>& seen_;
  const DnsHost& host_;
  Ruling& ruling_;
};

}  // namespace

Verdict dns_dangling(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  if (requirement.takeover == nullptr)
    return ruling.inconclusive("no-facts", "The catalogue's entry does not ask for the facts of providers.");
  const auto* seen = view.dns_host();
  if (seen == nullptr) return ruling.inconclusive(std::string(kNotProbed), "The DNS was not asked about this host.");
  ruling.rests_on(seen->id);
  Host(view, requirement, *seen, ruling).judge();
  return ruling.decide(fmt::format("No record of {} leads to anything that somebody else could claim: {}, {}.",
                                   view.subject(), printable(ellipsis(join(seen->value.chain, " -> "), 200)),
                                   seen->value.end));
}

}  // namespace assay::judge
