#pragma once

// The chunked transfer coding (RFC 9112 §7.1), incrementally and leniently.

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http/anomaly.h"

namespace assay::net::http {

class ChunkedDecoder {
 public:
  enum class State {
    size,      // in a chunk-size line
    data,      // inside a chunk
    data_end,  // before the line end that closes a chunk
    trailer,   // after the last chunk
    done,
    broken,  // what came is no chunk; the bytes from there on are not consumed
  };

  explicit ChunkedDecoder(Anomalies& anomalies) : anomalies_(&anomalies) {}

  // Appends what `in` holds of the content to `out`, which may grow to `max_out` bytes (then it returns early). Returns
  // how many bytes it consumed: fewer than given only when done, broken, or `out` is full.
  std::size_t feed(std::string_view in, std::string& out, std::size_t max_out);

  State state() const { return state_; }
  // Whether a chunk was read; if none was, the body is probably not chunked at all and unread() is its start.
  bool any_chunk() const { return any_chunk_; }
  // The bytes of the unfinished or refused size line.
  const std::string& unread() const { return line_; }

  // Limits in bytes: of one size line, of all extensions together, of the trailer.
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxExtensions = 64U << 10U;
  static constexpr std::size_t kMaxTrailer = 16U << 10U;

 private:
  void size_byte(char c);
  void size_line();
  // Returns whether `c` was consumed.
  bool data_end_byte(char c);
  void trailer_byte(char c);

  Anomalies* anomalies_;
  State state_ = State::size;
  bool any_chunk_ = false;
  std::string line_;
  std::uint64_t left_ = 0;  // of the chunk being read
  std::size_t extensions_ = 0;
  std::size_t trailer_ = 0;
  std::size_t trailer_line_ = 0;  // bytes of the trailer line being read, without CR
  bool after_cr_ = false;
};

}  // namespace assay::net::http
