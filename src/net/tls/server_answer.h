#pragma once

// Reads what a server answers to a ClientHello, up to the point where its choice is known. Foreign bytes: no length is
// trusted, sizes are limited, nothing is kept beyond the answer.

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "net/tls/code_points.h"

namespace assay::net::tls {

enum class AnswerKind {
  server_hello,  // ServerHello or HelloRetryRequest: `version`, `suite`, and `group` when it was said
  alert,         // the server refuses: `alert`
  plain_http,    // an HTTP response or an HTML page in the clear
  not_tls,       // bytes that are no TLS record, or a broken flight
  closed,        // the end of the stream before an answer
  failed,        // reset, timeout, cancelled: `error`
  unreachable,   // no connection, so nothing was asked: `error`
};

struct Answer {
  AnswerKind kind = AnswerKind::failed;
  std::uint16_t version = 0;  // as the server chose; may be a value we do not know
  std::uint16_t suite = 0;
  std::optional<std::uint16_t> group;  // of a HelloRetryRequest, a key share, or a named-curve ServerKeyExchange
  int dh_bits = 0;                     // size of the prime of a finite-field ServerKeyExchange; 0 otherwise
  bool hello_retry = false;
  std::uint8_t alert = 0;
  std::string detail;  // of `not_tls`: what is wrong
  Error error;         // of `failed` and `unreachable`

  // "alert protocol_version", "connection closed", "TLSv1.2 with …": for people.
  std::string describe() const;
};

// Feed the bytes as they come until feed() says that the answer is known, or call end() when no more come.
class AnswerReader {
 public:
  // The most bytes that are looked at; a flight with a large certificate chain fits several times.
  static constexpr std::size_t kMaxBytes = 128U << 10U;

  // True once answer() is final. Bytes after that are ignored.
  bool feed(ByteView data);
  // The stream ended: orderly, or by `error`. What was read before counts.
  void end();
  void end(Error error);

  const Answer& answer() const { return answer_; }

 private:
  bool finish(AnswerKind kind, std::string detail = {});
  bool take_record(std::uint8_t type, ByteView fragment);
  bool take_alert(ByteView fragment);
  bool take_messages();
  bool take_message(std::uint8_t type, ByteView body);
  bool take_server_hello(ByteView body);
  void take_server_key_exchange(ByteView body);

  Answer answer_;
  Bytes records_;   // not yet read as records
  Bytes messages_;  // handshake bytes not yet read as messages
  std::size_t seen_ = 0;
  bool done_ = false;
  bool hello_seen_ = false;
  bool warned_ = false;  // a warning alert came; it counts when nothing follows
};

}  // namespace assay::net::tls
