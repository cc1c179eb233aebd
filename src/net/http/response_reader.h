#pragma once

// Reads one HTTP/1.x response from bytes, as tolerantly as can be without guessing: what a strict reader refuses
// becomes an anomaly code. Pure: no I/O, no clock. The rules are in docs/http-reader.md (RFC 9112, RFC 9110).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "model/exchange.h"
#include "net/http/anomaly.h"
#include "net/http/chunked.h"
#include "net/http/decode.h"
#include "net/http/framing.h"
#include "net/http/head.h"

namespace assay::net::http {

struct ReaderLimits {
  std::size_t head_bytes = 256U << 10U;  // status line and fields, of all interim responses and the final one together
  std::size_t fields = 2048;             // kept; more are dropped
  std::size_t body_bytes = 2U << 20U;    // of content, before and after decoding
  int interim_responses = 8;             // 1xx before the final one
};

// Why no more bytes come.
enum class EndOfBytes {
  closed,   // in good order
  reset,    // the connection broke
  timeout,  // our deadline passed
  stopped,  // we stopped: cancelled, or the byte budget is spent
};

struct Response {
  int status = 0;
  std::string version;
  std::string reason;
  std::vector<HttpField> fields;
  std::string body;                    // decoded
  bool head_complete = true;           // false: fields may be missing
  bool complete = true;                // the message ended as its framing says
  bool truncated = false;              // content is missing in `body`
  bool reusable = false;               // the connection may carry another request
  std::vector<std::string> anomalies;  // anomaly.h
};

class ResponseReader {
 public:
  // `head_request`: the request was HEAD, so that no body follows.
  explicit ResponseReader(bool head_request = false, const ReaderLimits& limits = {});
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  // Bytes in any portions. Those after the end of the response are not kept, but told by an anomaly.
  void feed(std::string_view bytes);
  // No more bytes will come. Does nothing once done().
  void finish(EndOfBytes how);

  bool done() const { return state_ == State::done; }
  // Whether anything came at all.
  bool any_byte() const { return any_byte_; }

  // What was read; call once, when done(). Errors: connection (nothing or only part of a status line came before the
  // end), timeout or cancelled (the same, by `how` of finish()), protocol (it is no HTTP/1.x: HTTP/0.9, another
  // protocol).
  Result<Response> take();

 private:
  enum class State { head, body, done };

  void read_head(std::string_view& bytes);
  void end_of_head();
  void read_body(std::string_view& bytes);
  void read_plain(std::string_view& bytes, std::uint64_t expected);
  void read_chunked(std::string_view& bytes);
  void finish_body(EndOfBytes how);
  void end(bool complete);
  void fail_with(ErrorCode code, std::string reason);
  void decode(std::vector<std::string> codings, Response& response);

  bool head_request_;
  ReaderLimits limits_;
  Anomalies anomalies_;
  State state_ = State::head;
  HeadParser head_;
  ChunkedDecoder chunks_;
  Framing framing_;
  std::string line_;  // the unfinished line of the head
  std::size_t head_bytes_ = 0;
  int interim_ = 0;
  bool any_byte_ = false;
  bool head_complete_ = false;
  bool complete_ = false;
  bool truncated_ = false;
  std::string body_;  // as sent, transfer coding removed
  std::optional<Error> error_;
};

}  // namespace assay::net::http
