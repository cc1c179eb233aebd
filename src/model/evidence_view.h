#pragma once

// What a judge sees: all evidence of one app, decoded once, and the subject it is to judge.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/dns.h"
#include "model/evidence.h"
#include "model/exchange.h"
#include "model/requirement.h"
#include "model/secret.h"
#include "model/surface.h"
#include "model/tls.h"

namespace assay {

// A decoded body with the record that it came from. Both live as long as the EvidenceSet.
template <class T>
struct Observed {
  T value;
  std::string id;    // evidence id
  std::string kind;  // evidence kind
  std::string subject;
  Time time;
};

// Immutable after construction; safe to share between threads.
class EvidenceSet {
 public:
  // Records whose body does not decode are kept out and counted in undecodable(); later surfaces replace earlier ones.
  explicit EvidenceSet(const std::vector<Evidence>& records);

  const Observed<Surface>* surface() const { return surfaces_.empty() ? nullptr : &surfaces_.back(); }
  const std::vector<Observed<Resolution>>& resolutions() const { return resolutions_; }
  const Observed<HostInventory>* hosts() const { return inventories_.empty() ? nullptr : &inventories_.back(); }
  const std::vector<Observed<DnsHost>>& dns_hosts() const { return dns_hosts_; }
  const std::vector<Observed<DnsZone>>& dns_zones() const { return dns_zones_; }
  const std::vector<Observed<Registration>>& registrations() const { return registrations_; }  // in order of time
  const std::vector<Observed<TlsEnumeration>>& enumerations() const { return enumerations_; }
  const std::vector<Observed<TlsHandshake>>& handshakes() const { return handshakes_; }
  const std::vector<Observed<Revocation>>& revocations() const { return revocations_; }
  const std::vector<Observed<HttpExchange>>& exchanges() const { return exchanges_; }  // every http.* kind, in order
  const std::vector<Observed<SecretSweep>>& sweeps() const { return sweeps_; }
  const std::vector<std::string>& undecodable() const { return undecodable_; }

  // The subjects that requirements of kind `k` are judged on, from the surface: the app key; own origins;
  // ids of own endpoints; and from the inventory of hosts: the app's own and provider-hosted names (not addresses);
  // every registered domain of the inventory, and every domain that a registry was asked about because those depend on
  // it. Sorted, without repeats; empty without a surface.
  std::vector<std::string> subjects(SubjectKind k) const;

 private:
  std::vector<Observed<Surface>> surfaces_;
  std::vector<Observed<Resolution>> resolutions_;
  std::vector<Observed<HostInventory>> inventories_;
  std::vector<Observed<DnsHost>> dns_hosts_;
  std::vector<Observed<DnsZone>> dns_zones_;
  std::vector<Observed<Registration>> registrations_;
  std::vector<Observed<TlsEnumeration>> enumerations_;
  std::vector<Observed<TlsHandshake>> handshakes_;
  std::vector<Observed<Revocation>> revocations_;
  std::vector<Observed<HttpExchange>> exchanges_;
  std::vector<std::string> undecodable_;
  std::vector<Observed<SecretSweep>> sweeps_;
};

// One subject's look at the set. Cheap to copy; the set must outlive it.
class EvidenceView {
 public:
  EvidenceView(const EvidenceSet& set, std::string subject) : set_(&set), subject_(std::move(subject)) {}

  const EvidenceSet& all() const { return *set_; }
  const std::string& subject() const { return subject_; }

  // What the app can be reached by. The set must hold a surface; judges are only called when it does.
  const Observed<Surface>& surface() const { return *set_->surface(); }
  // The surface's entry for this subject, which must be one of set.subjects(origin) or (endpoint): what a judge of that
  // kind is called on.
  const SurfaceOrigin& origin() const;
  const SurfaceEndpoint& endpoint() const;

  // Exchanges of `evidence_kind` made for this subject (its endpoint id or origin), optionally of one purpose.
  std::vector<const Observed<HttpExchange>*> exchanges(std::string_view evidence_kind,
                                                       std::string_view purpose = {}) const;
  // For a host or domain as subject; nullptr when there is none. The last one recorded counts.
  const NamedHost* named_host() const;
  const Observed<DnsHost>* dns_host() const;
  const Observed<DnsZone>* dns_zone(std::string_view zone) const;
  std::vector<const Observed<Registration>*> registrations() const;
  // TLS records of this subject's origin (host and port).
  std::vector<const Observed<TlsEnumeration>*> enumerations() const;
  std::vector<const Observed<TlsHandshake>*> handshakes() const;
  std::vector<const Observed<Revocation>*> revocations() const;
  // Searches for secrets in what this subject, an app, is made of.
  std::vector<const Observed<SecretSweep>*> sweeps() const;
  // The last exchange of the redirect chain that starts at `first` (itself when nothing was followed).
  const Observed<HttpExchange>& final_hop(const Observed<HttpExchange>& first) const;

 private:
  const EvidenceSet* set_;
  std::string subject_;
};

}  // namespace assay
