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
    } else if (e.kind == kind::kTlsEnumeration) {
      ok = decode_into(e, enumerations_);
    } else if (e.kind == kind::kTlsHandshake) {
      ok = decode_into(e, handshakes_);
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
