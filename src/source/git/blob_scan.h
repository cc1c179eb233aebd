#pragma once

// Searches every blob of a repository, each inflated once, and of a delta only what its base did not have.

#include <atomic>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "source/git/detector.h"
#include "source/git/object_id.h"
#include "source/git/object_store.h"
#include "source/search_cache.h"

namespace assay::source::git {

// May be read from any thread while the search goes on.
struct HistoryProgress {
  std::atomic<std::uint64_t> objects_done{0}, objects{0};  // blobs looked at, of all objects of the repository
  std::atomic<std::uint64_t> bytes{0};                     // inflated
};

struct BlobScanOptions {
  unsigned threads = 1;
  std::uint64_t max_blob_bytes = 64ULL << 20;   // larger ones, and what is built on them, are gaps
  std::uint64_t max_live_bytes = 512ULL << 20;  // of bases that wait for their deltas, a thread
  std::uint64_t max_inflated_bytes = 0;         // in all, 0: ObjectStore::inflate_limit(); the search stops there
  std::uint64_t window = 1024;                  // bytes around what is new that are searched, too
  bool whole = false;                           // search all of every blob: what the short way is measured by
  std::function<bool()> stop;                   // asked now and then, from several threads; may be empty
  HistoryProgress* progress = nullptr;          // may be null
  SearchCache* cache = nullptr;                 // of searches by the same detector with the same window; may be null
};

struct MarkedBlob {
  struct Key {
    SecretKey key{};
    bool own = false;  // seen here; else in the base, whose bytes were copied
  };
  ObjectId id;
  std::vector<Key> keys;  // sorted, each once
};

struct BlobGap {
  ObjectId id;
  std::string inner;   // path inside of an archive, from "!/" on; "" is the blob itself
  std::string reason;  // one of assay::gap
  std::string detail;
  auto operator<=>(const BlobGap&) const = default;
};

struct BlobScan {
  std::vector<MarkedBlob> marked;  // those that hold a secret, sorted by id
  std::vector<BlobGap> gaps;       // sorted; at most kMostBlobGaps
  std::uint64_t gaps_left_out = 0;
  std::uint64_t blobs = 0;           // different ones
  std::uint64_t known_blobs = 0;     // of them: not searched, because an earlier search found nothing new in them
  std::uint64_t archives = 0;        // of them: opened
  std::uint64_t bytes = 0;           // of all that were inflated
  std::uint64_t searched_bytes = 0;  // given to the detector
  bool stopped = false;              // by options.stop, or because too much was inflated
};
inline constexpr std::size_t kMostBlobGaps = 1000;

// The same at any number of threads, unless it was stopped.
BlobScan scan_blobs(const ObjectStore& store, const Detector& detector, const BlobScanOptions& options);

}  // namespace assay::source::git
