#pragma once

// Remembers, from one run to the next, in which bytes the same engine found nothing, so that they are not searched
// again. It says "nothing was found here" and no more: what holds anything is searched anew.
//
// A file of names; a name is a keyed hash of the bytes, of all else that the result depends on, and of the engine's
// version. So a wrong file can make a search slower, never blind: nobody makes a name without the key, and what
// changed has another name.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace assay::source {

class SearchCache {
 public:
  using Name = std::array<std::uint8_t, 16>;
  // Of names in one generation; there are two of 16 bytes each, so that the file has 64 MB at most.
  static constexpr std::size_t kMostNames = 2'000'000;

  // In `directory`/searched, which need not be there. `key`: of hash_key(). `version`: of the engine; with another one
  // the cache is empty. Reads nothing yet.
  SearchCache(std::string directory, ByteView key, std::string_view version, std::size_t most_names = kMostNames);

  // Reads the file. Errors, after which the cache is empty and can be used, and save() makes the file anew: it cannot
  // be read, is not the user's own, or is broken. A file that is not there, or that was written for another key or
  // engine or by a program that keeps it in another form, is none.
  Result<void> load();

  // The name of `content`, where `context` is all else that decides what is found in it. Thread-safe.
  Name name(std::string_view context, ByteView content) const;
  // Whether an earlier run found nothing in it. Thread-safe.
  bool knows(const Name& name);
  // This run found nothing in it. Thread-safe.
  void learn(const Name& name);

  // Writes what was learned, with what other processes have written meanwhile, in one step: a reader sees the old file
  // or the new one. Does nothing when nothing was learned and the file is whole. Without any guarantee that it outlives
  // a power failure. Names that no run has met for long are left out when there are too many. Errors: the directory or
  // the file cannot be written; another process has held it for two seconds.
  Result<void> save();

  // The names of a file, sorted; those that were met of late, and older ones.
  struct Generations {
    std::vector<Name> young, old;
  };
  // Of the bytes of a file. `mark` tells files of the same key and engine; without it, or in the format of another
  // version of the program, the generations are empty.
  // Errors: the bytes break the format.
  static Result<Generations> parse(ByteView file, const Sha256& mark, std::size_t most_names);

 private:
  Result<Generations> read() const;
  Result<void> write(const Generations& names) const;
  Generations joined(Generations disk);

  std::string directory_, path_;
  Sha256 key_{}, mark_{};
  std::size_t most_names_;
  Generations known_;
  bool broken_ = false;  // the file, when it was loaded
  std::mutex mutex_;     // guards met_
  std::vector<Name> met_;
};

}  // namespace assay::source
