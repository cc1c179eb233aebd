#include "source/sighting_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "secrets/redact.h"

namespace assay::source {

std::string secret_hash(ByteView key, std::string_view rule, std::string_view secret) {
  std::string text(rule);
  text += '\0';
  text += secret;
  const auto hash = to_hex(hmac_sha256(key, as_bytes(text)));
  std::ranges::fill(text, '\0');
  return hash;
}

bool SightingTable::PlaceOrder::operator()(const SecretPlace& a, const SecretPlace& b) const {
  return std::tie(a.path, a.line, a.column, a.source, a.first_commit, a.last_commit) <
         std::tie(b.path, b.line, b.column, b.source, b.first_commit, b.last_commit);
}

// The first ones are kept: an entry that was dropped once had enough before it, and never comes back.
SightingTable::Entry* SightingTable::entry_of(Key key) {
  auto& entries = key.suppressed.empty() ? found_ : suppressed_;
  const auto most = key.suppressed.empty() ? kMaxSightings : kMaxSuppressed;
  if (const auto at = entries.find(key); at != entries.end()) return &at->second;
  if (entries.size() == most) {
    too_many_ = too_many_ || key.suppressed.empty();
    if (entries.rbegin()->first < key) return nullptr;
    entries.erase(std::prev(entries.end()));
  }
  return &entries[std::move(key)];
}

void SightingTable::place(Entry& entry, SecretPlace at) {
  if (entry.places.contains(at)) return;
  entry.places.insert(std::move(at));
  if (entry.places.size() <= kMaxSecretPlaces) return;
  entry.places.erase(std::prev(entry.places.end()));
  ++entry.places_left_out;
}

void SightingTable::add(const secrets::Hit& hit, const std::string& hash, const std::set<std::string>& companions,
                        SecretPlace at) {
  Entry* entry = entry_of({hit.rule->id, hash, hit.suppressed});
  if (entry == nullptr) return;
  if (entry->rule == nullptr) {
    entry->rule = hit.rule;
    entry->redacted = valid_utf8(secrets::redact(hit.secret));
  }
  entry->best = std::max(entry->best, {static_cast<int>(hit.confidence), hit.score, hit.reasons});
  entry->encodings.insert(hit.encodings.begin(), hit.encodings.end());
  entry->companions.insert(companions.begin(), companions.end());
  place(*entry, std::move(at));
}

void SightingTable::miss(SweepGap missed) {
  missed.path = valid_utf8(missed.path);
  missed.detail = valid_utf8(missed.detail);
  if (!gaps_.insert(std::move(missed)).second || gaps_.size() <= kMaxSweepGaps) return;
  gaps_.erase(std::prev(gaps_.end()));
  ++gaps_left_out_;
}

void SightingTable::forget_gaps() {
  gaps_.clear();
  gaps_left_out_ = 0;
}

void SightingTable::merge(SightingTable&& other) {
  for (auto* entries : {&other.found_, &other.suppressed_}) {
    for (auto& [key, from] : *entries) {
      Entry* to = entry_of(key);
      if (to == nullptr) continue;
      if (to->rule == nullptr) {
        *to = std::move(from);
        continue;
      }
      to->best = std::max(to->best, from.best);
      to->encodings.merge(from.encodings);
      to->companions.merge(from.companions);
      for (const auto& at : from.places) place(*to, at);
      to->places_left_out += from.places_left_out;
    }
  }
  too_many_ = too_many_ || other.too_many_;
  for (const auto& missed : other.gaps_) miss(missed);
  gaps_left_out_ += other.gaps_left_out_;
  other = {};
}

// A history place whose file still is in the tree is no second place: it tells since when the first one is there.
void SightingTable::join_history(std::vector<SecretPlace>& places) {
  const auto is_joined = [&](const SecretPlace& old) {
    if (old.source != sweep_input::kHistory || old.deleted || old.first_commit.empty()) return false;
    bool joined = false;
    for (auto& now : places) {
      if (now.source == sweep_input::kHistory || now.path != old.path) continue;
      now.first_commit = old.first_commit;
      now.last_commit = old.last_commit;
      joined = true;
    }
    return joined;
  };
  std::vector<bool> gone;
  gone.reserve(places.size());
  for (const auto& place : places) gone.push_back(is_joined(place));
  std::size_t at = 0;
  std::erase_if(places, [&](const SecretPlace&) { return gone[at++]; });
}

SecretSighting SightingTable::sighting(const Key& key, Entry& entry) {
  const auto& rule = *entry.rule;
  SecretSighting s;
  s.rule = rule.id;
  s.title = rule.title;
  s.provider = rule.provider;
  s.opens = rule.opens;
  s.severity = to_string(rule.severity);
  s.remedy = rule.remedy;
  s.hash = key.hash;
  s.redacted = entry.redacted;
  s.confidence = secrets::to_string(static_cast<secrets::Confidence>(std::get<0>(entry.best)));
  s.score = std::get<1>(entry.best);
  s.reasons = std::get<2>(entry.best);
  s.encodings.assign(entry.encodings.begin(), entry.encodings.end());
  s.suppressed = key.suppressed;
  s.companions.assign(entry.companions.begin(), entry.companions.end());
  s.places.assign(entry.places.begin(), entry.places.end());
  join_history(s.places);
  s.places_left_out = entry.places_left_out;
  return s;
}

void SightingTable::write(SecretSweep& sweep) {
  if (too_many_)
    miss({".", std::string(gap::kLimit),
          "more than " + std::to_string(kMaxSightings) + " secrets; the others are left out"});
  for (auto* entries : {&found_, &suppressed_})
    for (auto& [key, entry] : *entries) sweep.sightings.push_back(sighting(key, entry));
  std::ranges::sort(sweep.sightings, [](const SecretSighting& a, const SecretSighting& b) {
    return std::tie(a.rule, a.hash, a.suppressed) < std::tie(b.rule, b.hash, b.suppressed);
  });
  sweep.gaps.assign(gaps_.begin(), gaps_.end());
  sweep.gaps_left_out += gaps_left_out_;
  *this = {};
}

}  // namespace assay::source
