#include "source/git/loose.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string_view>
#include <system_error>

namespace assay::source::git {
namespace {

constexpr std::size_t kMostHead = 64;  // "commit 18446744073709551615" and NUL are less

ObjectType type_named(std::string_view name) {
  if (name == "commit") return ObjectType::commit;
  if (name == "tree") return ObjectType::tree;
  if (name == "blob") return ObjectType::blob;
  if (name == "tag") return ObjectType::tag;
  return ObjectType::none;
}

// The first bytes of a stream, up to kMostHead.
std::string_view inflate_start(ByteView file, std::array<char, kMostHead>& out) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {};
  // zlib reads through this pointer, and does not write.
  stream.next_in = const_cast<Bytef*>(file.data());
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(file.size(), std::numeric_limits<uInt>::max()));
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_SYNC_FLUSH);
  const std::size_t size = out.size() - stream.avail_out;
  inflateEnd(&stream);
  if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return {};
  return {out.data(), size};
}

}  // namespace

std::optional<LooseHead> read_loose_head(ByteView file) {
  std::array<char, kMostHead> out{};
  const std::string_view start = inflate_start(file, out);
  const std::size_t nul = start.find('\0'), space = start.find(' ');
  if (nul == std::string_view::npos || space == std::string_view::npos || space > nul) return std::nullopt;
  LooseHead head;
  head.type = type_named(start.substr(0, space));
  head.length = nul + 1;
  const char* const end = start.data() + nul;
  const auto [at, error] = std::from_chars(start.data() + space + 1, end, head.size);
  if (head.type == ObjectType::none || error != std::errc() || at != end) return std::nullopt;
  return head;
}

bool read_loose(ByteView file, const LooseHead& head, Inflater& inflater, Buffer& object) {
  // Deflate makes of one byte 1032 at most, so that a stated size that no stream can have costs no memory.
  if (head.size / 1032 > file.size()) return false;
  object.reset(head.length + head.size);
  return inflater.inflate(file, object.span());
}

std::vector<ObjectId> list_loose(const std::string& objects, std::size_t most) {
  std::vector<ObjectId> ids;
  for (unsigned first = 0; first < 256; ++first) {
    const auto folder = fmt::format("{:02x}", first);
    const auto path = fmt::format("{}/{}", objects, folder);
    std::error_code error;
    for (std::filesystem::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (name.size() != 2 * ObjectId::kSize - 2) continue;  // a temporary file
      if (const auto id = parse_object_id(folder + name)) ids.push_back(*id);
      if (ids.size() >= most) break;
    }
  }
  std::ranges::sort(ids);
  return ids;
}

std::string loose_path(const std::string& objects, const ObjectId& id) {
  const std::string hex = to_hex(id);
  return fmt::format("{}/{}/{}", objects, hex.substr(0, 2), hex.substr(2));
}

}  // namespace assay::source::git
