#pragma once

// Archives: zip (jar, vsix, docx, …), tar, and anything compressed by gzip, bzip2, xz or zstd (an archive of one file,
// which may be a tar), read as streams, so that memory does not grow with what is inside. Limits hold for an archive
// with all archives inside it.

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "source/byte_stream.h"
#include "source/content.h"

namespace assay::source {

struct ArchiveLimits {
  std::uint64_t bytes = 4ULL << 30U;  // unpacked
  std::uint64_t entries = 500'000;
  std::size_t depth = 12;                   // of archives inside archives
  std::uint64_t ratio = 250;                // unpacked to packed bytes; plain text stays below 50
  std::uint64_t total_ratio = 500;          // with all archives inside, each level counted, to the outermost's bytes
  std::uint64_t ratio_from = 32ULL << 20U;  // unpacked bytes from which the ratios count
};

// What is left of the limits. One serves an archive and all that are inside it; not thread-safe.
struct ArchiveBudget {
  explicit ArchiveBudget(const ArchiveLimits& l) : limits(l) {}
  ArchiveLimits limits;
  std::uint64_t bytes = 0;   // unpacked, at all levels
  std::uint64_t packed = 0;  // read of the outermost archive
  std::uint64_t entries = 0;
  std::size_t depth = 0;
};

// Reads the files of one archive in their order. Not thread-safe.
class ArchiveReader {
 public:
  // `in` and `budget` must outlive it. `name`: of the archive, for what a compressed single file is called inside.
  // Obstacles: limit (of depth), corrupt.
  static Look<std::unique_ptr<ArchiveReader>> open(ByteStream& in, ArchiveKind kind, const std::string& name,
                                                   ArchiveBudget& budget, std::stop_token stop);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // The path of the next regular file as the archive spells it, in valid UTF-8; nullopt at the end. After an obstacle
  // there is no next one.
  Look<std::optional<std::string>> next();
  // The file that next() named, until the next call. Obstacles: encrypted, and as next(). After `encrypted` next() may
  // be called.
  ByteStream& content();

 private:
  struct Parts;
  explicit ArchiveReader(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace assay::source
