#include "model/evidence_view.h"

#include <algorithm>
#include <set>

namespace assay {

namespace {

template <class T>
bool decode_into(const Evidence& e, std::vector<Observed<T>>& out) {
  auto value = decode_json<T>(e.body, e.id);
  if (!value) return false;
  out.push_back({std::move(*value), e.id, e.kind, e.subject, e.time});
  return true;
}

}  // namespace

EvidenceSet::EvidenceSet(const std::vector<Evidence>& records) {
  for (const auto& e : records) {
    bool ok = true;
    if (e.kind == kind::kSurface) {
      ok = decode_into(e, surfaces_);
    } else if (e.kind == kind::kResolution) {
      ok = decode_into(e, resolutions_);
    } else if (e.kind == kind::kHosts) {
      ok = decode_into(e, inventories_);
    } else if (e.kind == kind::kDnsHost) {
      ok = decode_into(e, dns_hosts_);
    } else if (e.kind == kind::kDnsZone) {
      ok = decode_into(e, dns_zones_);
    } else if (e.kind == kind::kRegistration) {
      ok = decode_into(e, registrations_);
    } else if (e.kind == kind::kTlsEnumeration) {
      ok = decode_into(e, enumerations_);
    } else if (e.kind == kind::kTlsHandshake) {
      ok = decode_into(e, handshakes_);
    } else if (e.kind == kind::kTlsRevocation) {
      ok = decode_into(e, revocations_);
    } else if (e.kind == kind::kSecretSweep) {
      ok = decode_into(e, sweeps_);
    } else if (e.kind.starts_with("http.")) {
      ok = decode_into(e, exchanges_);
    }
    if (!ok) undecodable_.push_back(e.id);
  }
}

std::vector<std::string> EvidenceSet::subjects(SubjectKind k) const {
  const auto* s = surface();
  if (s == nullptr) return {};
  std::set<std::string> found;
  switch (k) {
    case SubjectKind::app:
      found.insert(s->value.app_key);
      break;
    case SubjectKind::origin:
      for (const auto& o : s->value.origins)
        if (o.own) found.insert(o.origin);
      break;
    case SubjectKind::endpoint:
      for (const auto& e : s->value.endpoints)
        if (e.own) found.insert(e.id);
      break;
    case SubjectKind::host:
      if (const auto* named = hosts())
        for (const auto& h : named->value.hosts)
          if (h.host_class != host_class::kThirdParty && !h.registered_domain.empty()) found.insert(h.host);
      break;
    case SubjectKind::domain:
      if (const auto* named = hosts())
        for (const auto& h : named->value.hosts)
          if (!h.registered_domain.empty()) found.insert(h.registered_domain);
      for (const auto& r : registrations_) found.insert(r.value.domain);
      break;
  }
  return {found.begin(), found.end()};
}

const SurfaceOrigin& EvidenceView::origin() const {
  return *std::ranges::find(surface().value.origins, subject_, &SurfaceOrigin::origin);
}

const SurfaceEndpoint& EvidenceView::endpoint() const {
  return *std::ranges::find(surface().value.endpoints, subject_, &SurfaceEndpoint::id);
}

std::vector<const Observed<HttpExchange>*> EvidenceView::exchanges(std::string_view evidence_kind,
                                                                   std::string_view purpose) const {
  std::vector<const Observed<HttpExchange>*> out;
  for (const auto& e : set_->exchanges())
    if (e.kind == evidence_kind && e.subject == subject_ && (purpose.empty() || e.value.request.purpose == purpose))
      out.push_back(&e);
  return out;
}

const NamedHost* EvidenceView::named_host() const {
  const auto* named = set_->hosts();
  if (named == nullptr) return nullptr;
  const auto found = std::ranges::find(named->value.hosts, subject_, &NamedHost::host);
  return found == named->value.hosts.end() ? nullptr : &*found;
}

const Observed<DnsHost>* EvidenceView::dns_host() const {
  const Observed<DnsHost>* last = nullptr;
  for (const auto& h : set_->dns_hosts())
    if (h.value.host == subject_) last = &h;
  return last;
}

const Observed<DnsZone>* EvidenceView::dns_zone(std::string_view zone) const {
  const Observed<DnsZone>* last = nullptr;
  for (const auto& z : set_->dns_zones())
    if (z.value.zone == zone) last = &z;
  return last;
}

std::vector<const Observed<Registration>*> EvidenceView::registrations() const {
  std::vector<const Observed<Registration>*> out;
  for (const auto& r : set_->registrations())
    if (r.value.domain == subject_) out.push_back(&r);
  return out;
}

std::vector<const Observed<TlsEnumeration>*> EvidenceView::enumerations() const {
  std::vector<const Observed<TlsEnumeration>*> out;
  for (const auto& e : set_->enumerations())
    if (e.subject == subject_) out.push_back(&e);
  return out;
}

std::vector<const Observed<TlsHandshake>*> EvidenceView::handshakes() const {
  std::vector<const Observed<TlsHandshake>*> out;
  for (const auto& e : set_->handshakes())
    if (e.subject == subject_) out.push_back(&e);
  return out;
}

std::vector<const Observed<Revocation>*> EvidenceView::revocations() const {
  std::vector<const Observed<Revocation>*> out;
  for (const auto& e : set_->revocations())
    if (e.subject == subject_) out.push_back(&e);
  return out;
}

std::vector<const Observed<SecretSweep>*> EvidenceView::sweeps() const {
  std::vector<const Observed<SecretSweep>*> out;
  for (const auto& s : set_->sweeps())
    if (s.subject == subject_) out.push_back(&s);
  return out;
}

const Observed<HttpExchange>& EvidenceView::final_hop(const Observed<HttpExchange>& first) const {
  const Observed<HttpExchange>* last = &first;
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto& e : set_->exchanges()) {
      if (e.value.previous == last->id && e.value.hop == last->value.hop + 1) {
        last = &e;
        moved = true;
        break;
      }
    }
  }
  return *last;
}

}  // namespace assay
