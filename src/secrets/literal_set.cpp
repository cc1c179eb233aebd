#include "secrets/literal_set.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"
#include "secrets/bit_places.h"

namespace assay::secrets {
namespace {

constexpr std::uint32_t kLowerCase = 0x20202020;
constexpr std::size_t kBlocksAtOnce = 64;

template <class Bytes>
Bytes load_inside(const char* at) {
  Bytes bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

// As many bytes from `at` on, zeros behind the end.
template <class Bytes>
Bytes load(std::string_view text, std::size_t at) {
  if (at + sizeof(Bytes) <= text.size()) return load_inside<Bytes>(text.data() + at);
  Bytes bytes = 0;
  std::memcpy(&bytes, text.data() + at, text.size() - at);
  return bytes;
}

Anchor anchor_of(const Literal& literal, std::size_t offset) {
  Anchor anchor;
  for (std::size_t i = 0; i < Anchor::kCharacters; ++i) {
    auto& place = anchor.places[i];
    place.any = offset + i >= literal.text.size();
    if (place.any) continue;
    place.one = place.other = literal.text[offset + i];
    if (literal.caseless && is_letter(place.one)) place.other = static_cast<char>(place.one ^ 0x20);
  }
  return anchor;
}

}  // namespace

LiteralSet::LiteralSet(const std::vector<Literal>& literals) : literals_(literals) {
  std::vector<std::uint32_t> order(literals.size());
  std::iota(order.begin(), order.end(), 0U);
  // Those that leave least to choose come first.
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return std::pair(literals[i].text.size(), i); });
  for (const auto i : order) {
    longest_ = std::max(longest_, literals[i].text.size());
    choose(i);
  }
  for (auto& anchored : anchored_) {
    std::ranges::sort(anchored.entries, {}, [](const Entry& e) { return std::pair(e.hash, e.literal); });
    for (auto i = anchored.entries.size(); i-- > 0;) {
      auto& entry = anchored.entries[i];
      entry.more = i + 1 < anchored.entries.size() && anchored.entries[i + 1].hash == entry.hash;
      anchored.known[entry.hash / 64] |= 1ULL << (entry.hash % 64);
      anchored.first[entry.hash] = static_cast<std::uint16_t>(i);
    }
  }
}

std::uint32_t LiteralSet::hash_of(std::uint32_t characters) {
  return ((characters | kLowerCase) * 0x9E3779B1U) >> (32 - kHashBits);
}

void LiteralSet::choose(std::uint32_t literal) {
  const auto& [text, caseless] = literals_[literal];
  const auto size = std::min(text.size(), Anchor::kCharacters);
  std::uint32_t offset = 0;
  auto best = filter_.choose(anchor_of(literals_[literal], 0));
  for (std::uint32_t at = 1; at + size <= text.size(); ++at)
    if (const auto choice = filter_.choose(anchor_of(literals_[literal], at)); choice.cost < best.cost) {
      best = choice;
      offset = at;
    }
  filter_.add(anchor_of(literals_[literal], offset), best.bucket);

  const auto characters = ~0U >> (8 * (Anchor::kCharacters - std::min(size, kHashed)));
  auto at = std::ranges::find(anchored_, characters, &Anchored::characters);
  if (at == anchored_.end()) {
    at = anchored_.emplace(at);
    at->characters = characters;
  }
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < std::min(text.size(), sizeof mask); ++i)
    mask |= (caseless && is_letter(text[i]) ? 0xDFULL : 0xFFULL) << (8 * i);
  const auto hash = hash_of(load<std::uint32_t>(text, offset) & characters);
  at->entries.push_back(
      {.hash = hash, .literal = literal, .offset = offset, .head = load<std::uint64_t>(text, 0) & mask, .mask = mask});
}

void LiteralSet::scan(std::string_view text, Part part, const Listener& listener, VectorWidth width) const {
  constexpr auto kBlock = AnchorFilter::kBlock;
  constexpr auto kBehind = AnchorFilter::kBehind;
  if (literals_.empty()) return;
  const auto inside = text.substr(0, part.end);
  std::array<std::uint64_t, kBlocksAtOnce> passed;
  std::array<char, 2 * kBlock + kBehind> rest{};  // of the text, with zeros behind it
  for (auto at = part.begin; at < part.end;) {
    auto blocks = std::min(kBlocksAtOnce, (part.end - at + kBlock - 1) / kBlock);
    const char* bytes = text.data() + at;
    if (const auto left = text.size() - at; left < kBlock + kBehind) {
      std::memcpy(rest.data(), bytes, left);
      bytes = rest.data();
    } else {
      blocks = std::min(blocks, (left - kBehind) / kBlock);
    }
    filter_.find(bytes, blocks, passed.data(), width);
    const auto next = at + blocks * kBlock;
    if (next > part.end) passed[blocks - 1] &= ~0ULL >> (next - part.end);
    compare_at(inside, part.begin, {at, bytes, {passed.data(), blocks}}, listener, width);
    at = next;
  }
}

// Step by step and not place by place: which places pass, and which of these have the hash of an anchor, cannot be
// foretold, so that a branch for each would cost more than all else.
void LiteralSet::compare_at(std::string_view text, std::size_t begin, const Passed& passed, const Listener& listener,
                            VectorWidth width) const {
  std::array<std::uint32_t, AnchorFilter::kBlock * kBlocksAtOnce + kSpareBitPlaces> places;
  const auto count = bit_places(passed.places, places.data(), width);
  std::array<std::uint32_t, AnchorFilter::kBlock * kBlocksAtOnce> known;
  for (const auto& anchored : anchored_) {
    auto* last = known.data();
    for (const auto* place = places.data(); place != places.data() + count; ++place) {
      const auto hash = hash_of(load_inside<std::uint32_t>(passed.bytes + *place) & anchored.characters);
      *last = *place;
      last += (anchored.known.data()[hash / 64] >> (hash % 64)) & 1U;
    }
    for (const auto* place = known.data(); place != last; ++place)
      compare(text, begin, passed.at + *place, anchored, listener);
  }
}

void LiteralSet::compare(std::string_view text, std::size_t begin, std::size_t at, const Anchored& anchored,
                         const Listener& listener) const {
  const auto hash = hash_of(load<std::uint32_t>(text, at) & anchored.characters);
  const auto* entry = anchored.entries.data() + anchored.first[hash];
  for (bool more = true; more; ++entry) {
    more = entry->more;
    if (entry->offset > at - begin) continue;
    const auto first = at - entry->offset;
    if ((load<std::uint64_t>(text, first) & entry->mask) != entry->head) continue;
    const auto& [literal, caseless] = literals_[entry->literal];
    const auto there = text.substr(first, literal.size());
    if (literal.size() > sizeof entry->head && !(caseless ? iequals(there, literal) : there == literal)) continue;
    if (there.size() == literal.size()) listener.tell(listener.context, entry->literal, first + literal.size());
  }
}

}  // namespace assay::secrets
