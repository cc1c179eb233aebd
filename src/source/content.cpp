#include "source/content.h"

#include <algorithm>
#include <array>

namespace assay::source {

namespace {

using namespace std::string_view_literals;

struct Mark {
  std::size_t at;
  std::string_view bytes;
  Sniffed means;
};

constexpr Sniffed kMedia{Content::media, ArchiveKind::none};
constexpr Sniffed kText{Content::text, ArchiveKind::none};
constexpr Sniffed kClosed{Content::closed_archive, ArchiveKind::none};
constexpr Sniffed kCompressed{Content::archive, ArchiveKind::compressed};

// Signatures from the formats' own documents (PKWARE APPNOTE 4.3, RFC 1952, RFC 8878, the XZ and POSIX tar formats,
// RFC 2083, WOFF, ISO/IEC 14496-12, …).
constexpr std::array kMarks = {
    Mark{0, "PK\x03\x04"sv, {Content::archive, ArchiveKind::zip}},
    Mark{0, "PK\x05\x06"sv, {Content::archive, ArchiveKind::zip}},
    Mark{0, "\x1f\x8b\x08"sv, kCompressed},
    Mark{0, "\xfd\x37zXZ\0"sv, kCompressed},
    Mark{0, "\x28\xb5\x2f\xfd"sv, kCompressed},
    Mark{257, "ustar"sv, {Content::archive, ArchiveKind::tar}},
    Mark{0, "7z\xbc\xaf\x27\x1c"sv, kClosed},
    Mark{0, "Rar!\x1a\x07"sv, kClosed},
    Mark{0, "MSCF\0\0\0\0"sv, kClosed},
    Mark{0, "\x89PNG\r\n"sv, kMedia},
    Mark{0, "\xff\xd8\xff"sv, kMedia},
    Mark{0, "GIF8"sv, kMedia},
    Mark{0, "RIFF"sv, kMedia},
    Mark{0, "wOFF"sv, kMedia},
    Mark{0, "wOF2"sv, kMedia},
    Mark{0, "OTTO\0"sv, kMedia},
    Mark{0, "\0\x01\0\0\0"sv, kMedia},
    Mark{0, "\0\0\x01\0"sv, kMedia},
    Mark{0, "OggS\0"sv, kMedia},
    Mark{0, "fLaC"sv, kMedia},
    Mark{0, "\x1a\x45\xdf\xa3"sv, kMedia},
    Mark{4, "ftyp"sv, kMedia},
    Mark{0, "\xff\xfe"sv, kText},
    Mark{0, "\xfe\xff"sv, kText},
};

// "BZh", the size of its blocks, and the mark of the first block: three letters alone would begin texts, too.
bool is_bzip2(std::string_view head) {
  return head.starts_with("BZh"sv) && head.size() >= 10 && head[3] >= '1' && head[3] <= '9' &&
         head.substr(4, 6) == "1AY&SY"sv;
}

}  // namespace

Sniffed sniff(std::string_view head) {
  head = head.substr(0, kSniffed);
  if (is_bzip2(head)) return kCompressed;
  for (const auto& mark : kMarks) {
    if (head.size() < mark.at + mark.bytes.size() || head.substr(mark.at, mark.bytes.size()) != mark.bytes) continue;
    // What begins like a picture's name is a text until it has a NUL.
    if (mark.means.content == Content::media && head.find('\0') == std::string_view::npos) return kText;
    return mark.means;
  }
  return {head.find('\0') == std::string_view::npos ? Content::text : Content::binary, ArchiveKind::none};
}

}  // namespace assay::source
