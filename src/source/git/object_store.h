#pragma once

// All objects of a repository: its packs and loose objects and those of its alternates.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "model/secret.h"
#include "source/git/inflate.h"
#include "source/git/object_id.h"
#include "source/git/pack.h"
#include "source/git/repository.h"

namespace assay::source::git {

// Immutable once open: any number of threads may read.
class ObjectStore {
 public:
  // Packs that cannot be read become gaps (of assay::gap); what is left is a store, too.
  static ObjectStore open(const Repository& repository);

  const std::vector<Pack>& packs() const { return packs_; }  // in the order of their paths

  struct Loose {
    ObjectId id;
    std::uint32_t folder = 0;  // of folders()
  };
  const std::vector<Loose>& loose() const { return loose_; }  // sorted by id; those that no pack has
  const std::vector<std::string>& folders() const { return folders_; }

  struct InPack {
    std::uint32_t pack = 0, position = 0;  // of packs(), of its index
  };
  std::optional<InPack> find_packed(const ObjectId& id) const;
  const Loose* find_loose(const ObjectId& id) const;

  const std::vector<SweepGap>& gaps() const { return gaps_; }

  // How many bytes one search may inflate: far more than any real history holds (git's own has 28 times its packs'
  // size), and little for a small pack whose deltas make each other large again and again.
  std::uint64_t inflate_limit() const { return inflate_limit_; }

 private:
  void open_packs(const std::string& folder);

  std::vector<Pack> packs_;
  std::vector<Loose> loose_;
  std::vector<std::string> folders_;
  std::vector<SweepGap> gaps_;
  std::uint64_t inflate_limit_ = 16ULL << 30U;
};

// Why an object is not there: the reason of a SweepGap.
struct Missing {
  std::string reason;  // one of assay::gap
  std::string detail;
};

struct Object {
  ObjectType type = ObjectType::none;
  std::shared_ptr<const Buffer> buffer;
  std::size_t skip = 0;  // of the buffer's bytes: the head of a loose object
  ByteView content() const { return buffer->view().subspan(skip); }
};

// Reads single objects by id, in any order; keeps what it inflated lately, because neighbours in history are built one
// on the other. Ends with "limit" when it has inflated the store's limit. One thread at a time.
class ObjectReader {
 public:
  // Objects of more than `max_object_bytes` are not read; `cache_bytes` are kept.
  ObjectReader(const ObjectStore& store, std::uint64_t max_object_bytes, std::size_t cache_bytes);
  std::expected<Object, Missing> read(const ObjectId& id);

 private:
  using Key = std::pair<std::uint32_t, std::uint64_t>;  // pack, offset
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Link {
    Key key;
    EntryHead head;
  };
  struct Kept {
    Key key;
    Object object;
  };

  std::expected<Object, Missing> read_packed(Key key);
  std::expected<Object, Missing> read_loose_file(const ObjectStore::Loose& loose);
  std::expected<Object, Missing> build(Object base, const std::vector<Link>& chain);
  std::expected<std::shared_ptr<Buffer>, Missing> inflate(const Link& link, std::uint64_t size);
  std::optional<Object> kept(const Key& key);
  void keep(const Key& key, const Object& object);

  const ObjectStore& store_;
  std::uint64_t max_object_bytes_;
  std::size_t cache_bytes_, held_ = 0;
  std::uint64_t inflated_ = 0;  // until the store's limit
  Inflater inflater_;
  std::list<Kept> recent_;  // latest first
  std::unordered_map<Key, std::list<Kept>::iterator, KeyHash> where_;
};

}  // namespace assay::source::git
