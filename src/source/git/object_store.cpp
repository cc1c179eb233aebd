#include "source/git/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "source/git/delta.h"
#include "source/git/loose.h"

namespace assay::source::git {
namespace {

constexpr std::size_t kMostLoose = 5'000'000;
constexpr std::size_t kMostPacks = 10'000;
constexpr std::size_t kMostChain = 10'000;  // git itself makes chains of 4,095 at most

std::unexpected<Missing> missing(std::string_view reason, std::string detail) {
  return std::unexpected<Missing>(Missing{std::string(reason), std::move(detail)});
}

}  // namespace

void ObjectStore::open_packs(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder + "/pack", error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".idx") paths.push_back(it->path().parent_path() / it->path().stem());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    if (packs_.size() >= kMostPacks) {
      gaps_.push_back({path, std::string(gap::kLimit), "more packs than are read"});
      return;
    }
    auto pack = Pack::open(path);
    if (pack) {
      inflate_limit_ += 2000 * pack->data.view().size();
      packs_.push_back(std::move(*pack));
    } else {
      const bool corrupt = pack.error().code == ErrorCode::invalid_input;
      gaps_.push_back({path + ".pack",
                       std::string(corrupt                              ? gap::kCorrupt
                                   : pack.error().code == ErrorCode::io ? gap::kUnreadable
                                                                        : gap::kUnsupported),
                       pack.error().message()});
    }
  }
}

ObjectStore ObjectStore::open(const Repository& repository) {
  ObjectStore store;
  store.folders_ = repository.objects;
  for (const auto& folder : store.folders_) store.open_packs(folder);
  for (std::uint32_t i = 0; i < store.folders_.size(); ++i) {
    for (const auto& id : list_loose(store.folders_[i], kMostLoose)) {
      if (!store.find_packed(id)) store.loose_.push_back({id, i});
    }
  }
  std::ranges::sort(store.loose_, {}, [](const Loose& l) { return std::tie(l.id, l.folder); });
  const auto same = std::ranges::unique(store.loose_, {}, &Loose::id);
  store.loose_.erase(same.begin(), same.end());
  if (store.loose_.size() >= kMostLoose) {
    store.gaps_.push_back({store.folders_.front(), std::string(gap::kLimit), "more loose objects than are read"});
  }
  return store;
}

std::optional<ObjectStore::InPack> ObjectStore::find_packed(const ObjectId& id) const {
  for (std::uint32_t i = 0; i < packs_.size(); ++i) {
    if (const auto position = packs_[i].index.find(id)) return InPack{i, *position};
  }
  return std::nullopt;
}

const ObjectStore::Loose* ObjectStore::find_loose(const ObjectId& id) const {
  const auto it = std::ranges::lower_bound(loose_, id, {}, &Loose::id);
  return it != loose_.end() && it->id == id ? &*it : nullptr;
}

std::size_t ObjectReader::KeyHash::operator()(const Key& key) const {
  return static_cast<std::size_t>((key.second + (std::uint64_t{key.first} << 48U)) * 0x9E3779B97F4A7C15ULL);
}

ObjectReader::ObjectReader(const ObjectStore& store, std::uint64_t max_object_bytes, std::size_t cache_bytes)
    : store_(store), max_object_bytes_(max_object_bytes), cache_bytes_(cache_bytes) {}

std::expected<Object, Missing> ObjectReader::read(const ObjectId& id) {
  if (const auto place = store_.find_packed(id)) {
    return read_packed({place->pack, store_.packs()[place->pack].index.offset(place->position)});
  }
  if (const auto* loose = store_.find_loose(id)) return read_loose_file(*loose);
  return missing(gap::kIncomplete, "the repository does not have " + to_hex(id));
}

std::expected<Object, Missing> ObjectReader::read_loose_file(const ObjectStore::Loose& loose) {
  const std::string path = loose_path(store_.folders()[loose.folder], loose.id);
  const auto file = Mapping::open(path);
  if (!file) return missing(gap::kUnreadable, file.error().message());
  const auto head = read_loose_head(file->view());
  if (!head) return missing(gap::kCorrupt, path + " is no object");
  if (head->size > max_object_bytes_) return missing(gap::kLimit, fmt::format("{} bytes", head->size));
  auto buffer = std::make_shared<Buffer>();
  if (!read_loose(file->view(), *head, inflater_, *buffer)) return missing(gap::kCorrupt, path + " does not inflate");
  return Object{head->type, std::move(buffer), head->length};
}

std::expected<Object, Missing> ObjectReader::read_packed(Key key) {
  std::vector<Link> chain;  // deltas, the wanted object first
  for (;;) {
    if (auto object = kept(key)) return build(std::move(*object), chain);
    const Pack& pack = store_.packs()[key.first];
    const auto head = read_entry_head(pack.from(key.second));
    if (!head) return missing(gap::kCorrupt, fmt::format("{}.pack has no object at {}", pack.path, key.second));
    const Link link{key, *head};
    if (head->type == ObjectType::offset_delta) {
      if (head->distance == 0 || head->distance > key.second)
        return missing(gap::kCorrupt, "its base lies outside of the pack");
      key.second -= head->distance;
    } else if (head->type == ObjectType::id_delta) {
      auto place = store_.find_packed(head->base);
      // A pack is asked first for what it refers to.
      if (const auto own = pack.index.find(head->base)) place = ObjectStore::InPack{key.first, *own};
      if (!place) {
        const auto* loose = store_.find_loose(head->base);
        if (loose == nullptr) return missing(gap::kIncomplete, "its base " + to_hex(head->base) + " is not there");
        auto base = read_loose_file(*loose);
        if (!base) return base;
        chain.push_back(link);
        return build(std::move(*base), chain);
      }
      key = {place->pack, store_.packs()[place->pack].index.offset(place->position)};
    } else {
      auto buffer = inflate(link, head->size);
      if (!buffer) return std::unexpected(buffer.error());
      Object object{head->type, std::move(*buffer), 0};
      keep(link.key, object);
      return build(std::move(object), chain);
    }
    chain.push_back(link);
    if (chain.size() > kMostChain) return missing(gap::kLimit, "it is built on too many others");
  }
}

std::expected<std::shared_ptr<Buffer>, Missing> ObjectReader::inflate(const Link& link, std::uint64_t size) {
  if (size > max_object_bytes_) return missing(gap::kLimit, fmt::format("{} bytes", size));
  const Pack& pack = store_.packs()[link.key.first];
  auto buffer = std::make_shared<Buffer>();
  buffer->reset(size);
  if (!inflater_.inflate(pack.from(link.key.second).subspan(link.head.length), buffer->span())) {
    return missing(gap::kCorrupt, fmt::format("{}.pack does not inflate at {}", pack.path, link.key.second));
  }
  return buffer;
}

std::expected<Object, Missing> ObjectReader::build(Object base, const std::vector<Link>& chain) {
  for (std::size_t i = chain.size(); i-- > 0;) {
    const auto delta = inflate(chain[i], chain[i].head.size);
    if (!delta) return std::unexpected(delta.error());
    const auto head = read_delta_head((*delta)->view());
    if (!head) return missing(gap::kCorrupt, "a delta without a head");
    if (head->result_size > max_object_bytes_) return missing(gap::kLimit, fmt::format("{} bytes", head->result_size));
    inflated_ += head->result_size;
    if (inflated_ > store_.inflate_limit()) return missing(gap::kLimit, "too much to inflate");
    auto result = std::make_shared<Buffer>();
    result->reset(head->result_size);
    if (!apply_delta(base.content(), (*delta)->view(), result->span())) {
      return missing(gap::kCorrupt, "a delta that does not fit its base");
    }
    base = {base.type, std::move(result), 0};
    keep(chain[i].key, base);
  }
  return base;
}

std::optional<Object> ObjectReader::kept(const Key& key) {
  const auto it = where_.find(key);
  if (it == where_.end()) return std::nullopt;
  recent_.splice(recent_.begin(), recent_, it->second);
  return it->second->object;
}

void ObjectReader::keep(const Key& key, const Object& object) {
  const std::size_t size = object.buffer->capacity();
  if (size > cache_bytes_ / 4 || where_.contains(key)) return;
  recent_.push_front({key, object});
  where_.emplace(key, recent_.begin());
  held_ += size;
  while (held_ > cache_bytes_) {
    held_ -= recent_.back().object.buffer->capacity();
    where_.erase(recent_.back().key);
    recent_.pop_back();
  }
}

}  // namespace assay::source::git
