#include "source/git/pack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace assay::source::git {
namespace {

constexpr std::size_t kPackHead = 12, kTrailer = ObjectId::kSize;
constexpr std::size_t kIndexHead = 8, kFanOut = 256;
constexpr std::uint32_t kIndexMagic = 0xFF744F63;  // "\377tOc"
constexpr std::uint32_t kPackMagic = 0x5041434B;   // "PACK"

std::uint32_t big32(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24U | std::uint32_t{p[1]} << 16U | std::uint32_t{p[2]} << 8U | p[3];
}

std::unexpected<Error> broken(const std::string& name, std::string reason) {
  return fail(ErrorCode::invalid_input, name, std::move(reason), "see what `git fsck` says");
}

}  // namespace

Result<Mapping> Mapping::open(const std::string& path) {
  const auto failed = [&] { return fail(ErrorCode::io, path, std::strerror(errno), "see its permissions"); };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed();
  struct stat status{};
  Mapping mapping;
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return fail(ErrorCode::io, path, "is no regular file");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* at = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  const int reason = errno;
  ::close(fd);
  if (at == MAP_FAILED) {
    errno = reason;
    return failed();
  }
  mapping.bytes_ = {static_cast<const std::uint8_t*>(at), size};
  return mapping;
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

Mapping::~Mapping() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): munmap wants the address, not the bytes
  if (!bytes_.empty()) ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

Result<PackIndex> PackIndex::parse(ByteView bytes, const std::string& name) {
  constexpr std::size_t kFrame = kIndexHead + 4 * kFanOut + 2 * kTrailer;
  if (bytes.size() < kFrame) return broken(name, "is too short for the index of a pack");
  if (big32(bytes.data()) != kIndexMagic || big32(bytes.data() + 4) != 2) {
    return fail(ErrorCode::unsupported, name, "is no index of version 2", "`git index-pack` writes one");
  }
  PackIndex index;
  index.fan_out_ = bytes.data() + kIndexHead;
  for (std::size_t i = 0; i < kFanOut; ++i) {
    const std::uint32_t below = big32(index.fan_out_ + 4 * i);
    if (below < index.count_) return broken(name, "its fan-out table does not ascend");
    index.count_ = below;
  }
  const std::size_t body = bytes.size() - kFrame;
  constexpr std::size_t kEachObject = ObjectId::kSize + 4 + 4;  // id, CRC, offset
  if (body / kEachObject < index.count_) return broken(name, "holds fewer ids than it says");
  index.ids_ = index.fan_out_ + 4 * kFanOut;
  index.offsets_ = index.ids_ + std::size_t{index.count_} * (ObjectId::kSize + 4);
  index.large_offsets_ = index.offsets_ + std::size_t{index.count_} * 4;
  index.large_count_ = static_cast<std::uint32_t>((body - std::size_t{index.count_} * kEachObject) / 8);
  return index;
}

std::uint64_t PackIndex::offset(std::uint32_t position) const {
  const std::uint32_t small = big32(offsets_ + std::size_t{position} * 4);
  if ((small & 0x80000000U) == 0) return small;
  const std::uint32_t place = small & 0x7FFFFFFFU;
  if (place >= large_count_) return ~std::uint64_t{0};
  const std::uint8_t* at = large_offsets_ + std::size_t{place} * 8;
  return std::uint64_t{big32(at)} << 32U | big32(at + 4);
}

std::optional<std::uint32_t> PackIndex::find(const ObjectId& id) const {
  const std::uint8_t first = id.bytes[0];
  std::uint32_t low = first == 0 ? 0 : big32(fan_out_ + 4 * (std::size_t{first} - 1));
  std::uint32_t high = big32(fan_out_ + 4 * std::size_t{first});
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const int order = std::memcmp(ids_ + std::size_t{middle} * ObjectId::kSize, id.bytes.data(), ObjectId::kSize);
    if (order == 0) return middle;
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

std::optional<EntryHead> read_entry_head(ByteView bytes) {
  if (bytes.empty()) return std::nullopt;
  EntryHead head;
  std::uint8_t byte = bytes[head.length++];
  head.type = static_cast<ObjectType>((byte >> 4U) & 7U);
  head.size = byte & 0x0FU;
  for (unsigned shift = 4; byte & 0x80U; shift += 7) {
    if (head.length == bytes.size() || shift > 57) return std::nullopt;
    byte = bytes[head.length++];
    head.size |= std::uint64_t{byte & 0x7FU} << shift;
  }
  switch (head.type) {
    case ObjectType::commit:
    case ObjectType::tree:
    case ObjectType::blob:
    case ObjectType::tag:
      return head;
    case ObjectType::id_delta:
      if (bytes.size() - head.length < ObjectId::kSize) return std::nullopt;
      head.base = object_id_at(bytes.data() + head.length);
      head.length += ObjectId::kSize;
      return head;
    case ObjectType::offset_delta:
      // Each further byte adds one before it shifts, so that no number has two forms.
      for (std::uint64_t distance = 0; head.length < bytes.size() && distance < (1ULL << 56U); ++distance) {
        byte = bytes[head.length++];
        distance = distance << 7U | (byte & 0x7FU);
        if (byte & 0x80U) continue;
        head.distance = distance;
        return head;
      }
      return std::nullopt;
    case ObjectType::none:
    default:
      return std::nullopt;
  }
}

Result<Pack> Pack::open(const std::string& path) {
  Pack pack;
  pack.path = path;
  auto index_data = Mapping::open(path + ".idx");
  if (!index_data) return std::unexpected(index_data.error());
  auto data = Mapping::open(path + ".pack");
  if (!data) return std::unexpected(data.error());
  pack.index_data = std::move(*index_data);
  pack.data = std::move(*data);
  const ByteView bytes = pack.data.view();
  if (bytes.size() < kPackHead + kTrailer || big32(bytes.data()) != kPackMagic) {
    return broken(path + ".pack", "is no pack");
  }
  const std::uint32_t version = big32(bytes.data() + 4);
  if (version != 2 && version != 3) {
    return fail(ErrorCode::unsupported, path + ".pack", fmt::format("is of version {}", version),
                "`git repack -ad` writes version 2");
  }
  auto index = PackIndex::parse(pack.index_data.view(), path + ".idx");
  if (!index) return std::unexpected(index.error());
  pack.index = *index;
  return pack;
}

ByteView Pack::from(std::uint64_t offset) const {
  const ByteView bytes = data.view();
  const std::size_t end = bytes.size() - kTrailer;
  if (offset < kPackHead || offset >= end) return {};
  return bytes.subspan(offset, end - offset);
}

}  // namespace assay::source::git
