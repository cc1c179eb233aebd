#include "net/http/decode.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace assay::net::http {
namespace {

// zlib's windowBits: 15 with 32 added reads gzip and zlib headers, -15 raw deflate.
constexpr int kAnyHeader = 15 + 32;
constexpr int kRaw = -15;

class Inflater {
 public:
  explicit Inflater(int window_bits) : ready_(inflateInit2(&stream_, window_bits) == Z_OK) {}
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }

  Decoded run(std::string_view data, const DecodeLimits& limits);

 private:
  // Moves the output of one inflate() into `out`; false when a limit is reached.
  static bool keep(std::string_view piece, std::size_t used, Decoded& out, const DecodeLimits& limits);
  // Whether another gzip member follows the one that ended.
  bool next_member() const { return stream_.avail_in >= 2 && stream_.next_in[0] == 0x1F && stream_.next_in[1] == 0x8B; }

  z_stream stream_{};
  bool ready_;
};

bool Inflater::keep(std::string_view piece, std::size_t used, Decoded& out, const DecodeLimits& limits) {
  const auto room = limits.max_bytes - std::min(limits.max_bytes, out.body.size());
  out.body.append(piece.substr(0, std::min(room, piece.size())));
  const bool too_dense =
      out.body.size() > limits.ratio_from && out.body.size() / std::max<std::size_t>(used, 1) > limits.max_ratio;
  out.limited = piece.size() > room || too_dense;
  return !out.limited;
}

Decoded Inflater::run(std::string_view data, const DecodeLimits& limits) {
  Decoded out;
  if (!ready_ || data.size() > std::numeric_limits<uInt>::max()) {
    out.mismatch = true;
    return out;
  }
  const auto input = as_bytes(data);
  stream_.next_in =
      const_cast<Bytef*>(input.data());  // zlib does not write to it; its type says so only with ZLIB_CONST
  stream_.avail_in = static_cast<uInt>(input.size());
  std::array<std::uint8_t, 16384> piece{};
  while (true) {
    stream_.next_out = piece.data();
    stream_.avail_out = static_cast<uInt>(piece.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    const auto made = piece.size() - stream_.avail_out;
    const auto used = input.size() - stream_.avail_in;
    if (!keep(as_text({piece.data(), made}), used, out, limits)) return out;
    if (result == Z_STREAM_END) {
      if (stream_.avail_in == 0) return out;
      if (!next_member() || inflateReset(&stream_) != Z_OK) {
        out.trailing = true;
        return out;
      }
    } else if (result != Z_OK) {  // damaged, or (Z_BUF_ERROR) nothing left to read
      out.broken = true;
      out.mismatch = out.body.empty();
      return out;
    }
  }
}

}  // namespace

bool can_decode(std::string_view coding) {
  return coding == "gzip" || coding == "x-gzip" || coding == "deflate";
}

Decoded decode_content(std::string_view coding, std::string_view data, const DecodeLimits& limits) {
  if (data.empty()) return {};
  auto out = Inflater(kAnyHeader).run(data, limits);
  if (out.mismatch && coding == "deflate") out = Inflater(kRaw).run(data, limits);
  if (out.mismatch) {
    out.broken = false;
    out.body = data;
  }
  return out;
}

}  // namespace assay::net::http
