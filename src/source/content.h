#pragma once

// What kind of bytes a file holds, by its first ones; names lie.

#include <cstddef>
#include <string_view>

namespace assay::source {

enum class Content {
  text,            // no NUL in the first kSniffed bytes, or UTF-16 and UTF-32 by their mark
  binary,          // anything else
  media,           // pictures, sound, films, fonts: by their format without text
  archive,         // opened by ArchiveReader
  closed_archive,  // an archive of a format that is not opened (7z, RAR, CAB)
};

enum class ArchiveKind {
  none,
  zip,
  tar,
  compressed,  // by gzip, bzip2, xz or zstd: one file, which may be a tar
};

struct Sniffed {
  Content content = Content::text;
  ArchiveKind archive = ArchiveKind::none;
};

// How many bytes decide, as in git and ripgrep.
inline constexpr std::size_t kSniffed = 8192;

// `head`: the first kSniffed bytes, or all there are. Pure.
Sniffed sniff(std::string_view head);

}  // namespace assay::source
