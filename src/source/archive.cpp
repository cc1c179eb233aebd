#include "source/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "model/secret.h"

namespace assay::source {

namespace {

constexpr std::size_t kBlock = 64U << 10U;

// The end of a zip (APPNOTE 4.3.16): a record of 22 bytes and a comment of up to 65,535.
constexpr std::size_t kZipEnd = 22;
constexpr std::size_t kZipTail = kZipEnd + 65'535;

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) number = number << 8U | static_cast<unsigned char>(bytes[i - 1]);
  return number;
}

// Whether `tail`, the last bytes of a zip of `size` bytes, holds the record that ends it: behind the directory that it
// names, so that the end of a zip inside does not count. Sizes that do not fit are those of zip64 records before it.
bool has_zip_end(std::string_view tail, std::uint64_t size) {
  constexpr std::uint32_t kInZip64 = 0xFFFFFFFF;
  const std::uint64_t begin = size - tail.size();
  for (auto at = tail.rfind("PK\x05\x06"); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : tail.rfind("PK\x05\x06", at - 1)) {
    const auto record = tail.substr(at, kZipEnd);
    if (record.size() < kZipEnd || tail.size() - at < kZipEnd + little_endian(record.substr(20, 2))) continue;
    const auto directory_size = little_endian(record.substr(12, 4));
    const auto directory_begin = little_endian(record.substr(16, 4));
    if (directory_size == kInZip64 || directory_begin == kInZip64) return true;
    if (directory_begin + directory_size == static_cast<std::uint32_t>(begin + at)) return true;
  }
  return false;
}

std::string named_inside(const std::string& archive) {
  auto name = std::filesystem::path(archive).filename();
  return name.has_extension() ? name.stem().string() : name.string();
}

// libarchive reads names by the locale of the thread; the program's own is "C", which knows no letters beyond ASCII.
class Utf8Names {
 public:
  Utf8Names() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(locale_)) {}
  ~Utf8Names() {
    ::uselocale(before_);
    if (locale_ != nullptr) ::freelocale(locale_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t locale_;
  locale_t before_;
};

}  // namespace

struct ArchiveReader::Parts {
  // The file that is being read.
  class Content final : public ByteStream {
   public:
    explicit Content(Parts& parts) : parts_(parts) {}
    Look<std::size_t> read(std::span<char> to) override { return parts_.read(to); }

   private:
    Parts& parts_;
  };

  Parts(ByteStream& input, ArchiveKind k, std::string n, ArchiveBudget& b, std::stop_token s)
      : in(input), kind(k), name(std::move(n)), budget(b), stop(std::move(s)) {
    ++budget.depth;
  }
  ~Parts() {
    --budget.depth;
    OPENSSL_cleanse(block.data(), block.size());
    OPENSSL_cleanse(tail.data(), tail.size());
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  // libarchive asks for packed bytes. The limits are looked at here, too, because it unpacks what it skips.
  static la_ssize_t more(archive* a, void* self, const void** out) {
    auto& parts = *static_cast<Parts*>(self);
    if (parts.trouble = parts.over_limit(); parts.trouble) return give_up(a);
    auto got = parts.in.read(parts.block);
    if (!got) {
      parts.trouble = std::move(got.error());
      return give_up(a);
    }
    parts.count_packed(*got);
    *out = parts.block.data();
    return static_cast<la_ssize_t>(*got);
  }
  static la_ssize_t give_up(archive* a) {
    archive_set_error(a, EIO, "given up");
    return ARCHIVE_FATAL;
  }

  std::optional<Obstacle> over_limit() const {
    const auto limit = [](std::string detail) { return Obstacle{std::string(gap::kLimit), std::move(detail)}; };
    if (stop.stop_requested()) return Obstacle{std::string(gap::kInterrupted), "the search was ended"};
    if (budget.bytes > budget.limits.bytes)
      return limit(fmt::format("holds more than {} unpacked", format_bytes(budget.limits.bytes)));
    if (budget.entries > budget.limits.entries)
      return limit(fmt::format("holds more than {} files", budget.limits.entries));
    // What the filters gave counts even where no file of it was read yet.
    const auto filtered = reader == nullptr ? 0 : archive_filter_bytes(reader.get(), 0);
    const auto out = std::max(unpacked, filtered < 0 ? 0 : static_cast<std::uint64_t>(filtered));
    if (out > budget.limits.bytes)
      return limit(fmt::format("holds more than {} unpacked", format_bytes(budget.limits.bytes)));
    if (out > budget.limits.ratio_from && out / budget.limits.ratio > packed)
      return limit(fmt::format("unpacks to more than {} times its size", budget.limits.ratio));
    if (budget.bytes > budget.limits.ratio_from && budget.bytes / budget.limits.total_ratio > budget.packed)
      return limit(fmt::format("unpacks, with the archives inside it, to more than {} times the size of the outermost",
                               budget.limits.total_ratio));
    return std::nullopt;
  }

  void count_packed(std::size_t got) {
    packed += got;
    if (outermost) budget.packed += got;
    if (kind != ArchiveKind::zip) return;
    tail.append(block.data(), got);
    if (tail.size() > 2 * kZipTail) tail.erase(0, tail.size() - kZipTail);
  }

  // libarchive takes a zip for complete when no further file follows, as it is when the rest was cut off. Reads on to
  // the end, which it does not.
  std::optional<Obstacle> cut_off() {
    if (kind != ArchiveKind::zip) return std::nullopt;
    while (true) {
      if (auto limit = over_limit(); limit) return limit;
      const auto got = in.read(block);
      if (!got) return got.error();
      count_packed(*got);
      if (*got < block.size()) break;
    }
    if (has_zip_end(tail, packed)) return std::nullopt;
    return Obstacle{std::string(gap::kCorrupt), "it ends before the directory of its files: the rest was cut off"};
  }

  std::unexpected<Obstacle> broken() {
    if (trouble) return std::unexpected(*trouble);
    // What follows an encrypted file of unknown length cannot be found.
    if (saw_encrypted)
      return std::unexpected(Obstacle{std::string(gap::kEncrypted), "a password protects a part of it"});
    const char* why = archive_error_string(reader.get());
    return std::unexpected(
        Obstacle{std::string(gap::kCorrupt), why == nullptr ? "cannot be unpacked" : printable(why)});
  }

  std::string path_of(archive_entry* entry) const {
    if (archive_format(reader.get()) == ARCHIVE_FORMAT_RAW) return named_inside(name);
    const char* path = archive_entry_pathname_utf8(entry);
    if (path == nullptr) path = archive_entry_pathname(entry);
    return path == nullptr ? fmt::format("entry-{}", budget.entries) : valid_utf8(path);
  }

  Look<std::size_t> read(std::span<char> to) {
    if (encrypted) return std::unexpected(Obstacle{std::string(gap::kEncrypted), "it takes a password to open it"});
    std::size_t got = 0;
    while (got < to.size()) {
      const auto n = archive_read_data(reader.get(), to.data() + got, std::min(to.size() - got, kBlock));
      if (n == 0) break;
      if (n == ARCHIVE_RETRY) continue;
      if (n < 0) return broken();
      got += static_cast<std::size_t>(n);
      unpacked += static_cast<std::uint64_t>(n);
      budget.bytes += static_cast<std::uint64_t>(n);
      if (trouble = over_limit(); trouble) return broken();
    }
    return got;
  }

  ByteStream& in;
  ArchiveKind kind;
  std::string name;
  ArchiveBudget& budget;
  std::stop_token stop;
  std::unique_ptr<archive, decltype(&archive_read_free)> reader{archive_read_new(), &archive_read_free};
  std::array<char, kBlock> block{};
  std::string tail;                        // of a zip: its last bytes so far
  std::uint64_t packed = 0, unpacked = 0;  // bytes of this archive so far
  std::optional<Obstacle> trouble;         // why reading was given up
  bool outermost = budget.depth == 0;
  bool saw_encrypted = false;
  bool encrypted = false;  // the file that is being read
  Content content{*this};
};

ArchiveReader::ArchiveReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ArchiveReader::~ArchiveReader() = default;

Look<std::unique_ptr<ArchiveReader>> ArchiveReader::open(ByteStream& in, ArchiveKind kind, const std::string& name,
                                                         ArchiveBudget& budget, std::stop_token stop) {
  if (budget.depth >= budget.limits.depth)
    return std::unexpected(Obstacle{std::string(gap::kLimit),
                                    fmt::format("archives inside each other deeper than {}", budget.limits.depth)});
  auto parts = std::make_unique<Parts>(in, kind, name, budget, std::move(stop));
  archive* a = parts->reader.get();
  switch (kind) {
    case ArchiveKind::zip:
      archive_read_support_format_zip_streamable(a);
      break;
    case ArchiveKind::tar:
      archive_read_support_format_tar(a);
      break;
    case ArchiveKind::compressed:
      archive_read_support_filter_gzip(a);
      archive_read_support_filter_bzip2(a);
      archive_read_support_filter_xz(a);
      archive_read_support_filter_zstd(a);
      archive_read_support_format_raw(a);  // not tar beside it: to libarchive, a block of zeros is an empty tar
      break;
    case ArchiveKind::none:
      return std::unexpected(Obstacle{std::string(gap::kUnsupported), "it is no archive that can be opened"});
  }
  if (archive_read_open(a, parts.get(), nullptr, &Parts::more, nullptr) != ARCHIVE_OK) return parts->broken();
  return std::unique_ptr<ArchiveReader>(new ArchiveReader(std::move(parts)));
}

Look<std::optional<std::string>> ArchiveReader::next() {
  auto& p = *parts_;
  const Utf8Names utf8;
  while (true) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(p.reader.get(), &entry);
    if (status == ARCHIVE_EOF) {
      if (p.trouble = p.cut_off(); p.trouble) return p.broken();
      return std::nullopt;
    }
    if (status == ARCHIVE_RETRY) continue;
    // A warning leaves the entry readable: a name that no character set explains, a time out of range.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return p.broken();
    ++p.budget.entries;
    if (p.trouble = p.over_limit(); p.trouble) return p.broken();
    p.encrypted = archive_entry_is_encrypted(entry) != 0;
    p.saw_encrypted = p.saw_encrypted || p.encrypted;
    if (archive_entry_filetype(entry) == AE_IFREG) return p.path_of(entry);
  }
}

ByteStream& ArchiveReader::content() {
  return parts_->content;
}

}  // namespace assay::source
