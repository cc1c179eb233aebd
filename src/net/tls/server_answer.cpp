#include "net/tls/server_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/text.h"

namespace assay::net::tls {

namespace {

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMaxFragment = (1U << 14U) + 2048;
constexpr std::size_t kMessageHeader = 4;

// The random of a HelloRetryRequest: RFC 8446 §4.1.3.
constexpr Sha256 kHelloRetryRandom{0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C,
                                   0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB,
                                   0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

// Takes values off the front; once something is missing, everything after it is missing too.
class Cursor {
 public:
  explicit Cursor(ByteView data) : data_(data) {}

  bool ok() const { return ok_; }
  bool empty() const { return data_.empty(); }
  std::size_t number(std::size_t width) {
    std::size_t v = 0;
    for (const auto byte : bytes(width)) v = (v << 8U) | byte;
    return v;
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  ByteView bytes(std::size_t n) {
    if (!ok_ || n > data_.size()) {
      ok_ = false;
      data_ = {};
      return {};
    }
    const auto taken = data_.first(n);
    data_ = data_.subspan(n);
    return taken;
  }
  ByteView sized(std::size_t width) {
    const std::size_t n = number(width);
    return bytes(n);
  }

 private:
  ByteView data_;
  bool ok_ = true;
};

bool looks_like_http(std::string_view text) {
  return text.starts_with("HTTP/") || istarts_with(text, "<html") || istarts_with(text, "<!doc");
}

// Two versions and a group may be in the extensions of a ServerHello.
void read_hello_extensions(ByteView extensions, bool retry, Answer& answer) {
  Cursor all(extensions);
  while (all.ok() && !all.empty()) {
    const auto type = all.u16();
    Cursor body(all.sized(2));
    if (!all.ok()) return;
    if (type == 43) {
      const auto version = body.u16();
      if (body.ok()) answer.version = version;
    } else if (type == 51) {
      const auto group = body.u16();
      if (body.ok() && (retry || !body.empty())) answer.group = group;
    }
  }
}

}  // namespace

std::string Answer::describe() const {
  switch (kind) {
    case AnswerKind::server_hello: {
      const auto known = version_from_code(version);
      return fmt::format("{} with {}", known ? std::string(version_name(*known)) : unnamed_code(version),
                         suite_name(suite));
    }
    case AnswerKind::alert:
      return alert_name(alert).starts_with("alert") ? alert_name(alert) : "alert " + alert_name(alert);
    case AnswerKind::plain_http:
      return "answered in plain HTTP";
    case AnswerKind::not_tls:
      return "answered something that is not TLS: " + detail;
    case AnswerKind::closed:
      return "connection closed without an answer";
    case AnswerKind::failed:
    case AnswerKind::unreachable:
      return error.reason.empty() ? std::string(to_string(error.code)) : error.reason;
  }
  return {};
}

bool AnswerReader::finish(AnswerKind kind, std::string detail) {
  answer_.kind = kind;
  answer_.detail = std::move(detail);
  done_ = true;
  return true;
}

bool AnswerReader::feed(ByteView data) {
  if (done_) return true;
  seen_ += data.size();
  records_.insert(records_.end(), data.begin(), data.end());
  std::size_t at = 0;
  while (!done_ && records_.size() - at >= kRecordHeader) {
    const ByteView rest = ByteView(records_).subspan(at);
    if (rest[0] < 20 || rest[0] > 23 || rest[1] != 3) {
      const auto text = as_text(rest);
      if (hello_seen_) return finish(AnswerKind::server_hello);
      if (looks_like_http(text)) return finish(AnswerKind::plain_http);
      return finish(AnswerKind::not_tls, fmt::format("starts with {}", to_hex(rest.first(kRecordHeader))));
    }
    const std::size_t length = (static_cast<std::size_t>(rest[3]) << 8U) | rest[4];
    if (length > kMaxFragment) return finish(AnswerKind::not_tls, fmt::format("a record of {} bytes", length));
    if (rest.size() < kRecordHeader + length) break;
    take_record(rest[0], rest.subspan(kRecordHeader, length));
    at += kRecordHeader + length;
  }
  records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(at));
  if (!done_ && seen_ > kMaxBytes) {
    if (hello_seen_) return finish(AnswerKind::server_hello);
    return finish(AnswerKind::not_tls, fmt::format("more than {} bytes and no ServerHello", kMaxBytes));
  }
  return done_;
}

void AnswerReader::end() {
  if (done_) return;
  if (hello_seen_) {
    finish(AnswerKind::server_hello);
  } else if (warned_) {
    finish(AnswerKind::alert);
  } else if (looks_like_http(as_text(records_))) {
    finish(AnswerKind::plain_http);
  } else if (seen_ > 0) {
    finish(AnswerKind::not_tls, "the answer ends too early");
  } else {
    finish(AnswerKind::closed);
  }
}

void AnswerReader::end(Error error) {
  if (done_) return;
  // A warning and then silence is not a refusal; a warning and then a closed connection is.
  if (hello_seen_ || (warned_ && error.code == ErrorCode::connection)) {
    end();
    return;
  }
  answer_.error = std::move(error);
  finish(AnswerKind::failed);
}

bool AnswerReader::take_record(std::uint8_t type, ByteView fragment) {
  switch (type) {
    case 21:
      return take_alert(fragment);
    case 22:
      messages_.insert(messages_.end(), fragment.begin(), fragment.end());
      return take_messages();
    case 23:
      return hello_seen_ ? finish(AnswerKind::server_hello)
                         : finish(AnswerKind::not_tls, "application data before a ServerHello");
    default:
      return false;  // change_cipher_spec: sent by TLS 1.3 servers for middleboxes
  }
}

bool AnswerReader::take_alert(ByteView fragment) {
  if (hello_seen_) return finish(AnswerKind::server_hello);
  if (fragment.size() < 2) return finish(AnswerKind::not_tls, "an alert without a description");
  constexpr std::uint8_t kWarning = 1;
  answer_.alert = fragment[1];
  // Some servers warn that they do not know the name and go on.
  if (fragment[0] == kWarning && fragment[1] != 0) {
    warned_ = true;
    return false;
  }
  return finish(AnswerKind::alert);
}

bool AnswerReader::take_messages() {
  std::size_t at = 0;
  while (!done_ && messages_.size() - at >= kMessageHeader) {
    Cursor cursor(ByteView(messages_).subspan(at));
    const auto type = static_cast<std::uint8_t>(cursor.number(1));
    const auto length = cursor.number(3);
    if (length > kMaxBytes) {
      return hello_seen_ ? finish(AnswerKind::server_hello)
                         : finish(AnswerKind::not_tls, fmt::format("a handshake message of {} bytes", length));
    }
    const auto body = cursor.bytes(length);
    if (!cursor.ok()) break;
    take_message(type, body);
    at += kMessageHeader + length;
  }
  messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(at));
  return done_;
}

bool AnswerReader::take_message(std::uint8_t type, ByteView body) {
  constexpr std::uint8_t kServerHello = 2;
  constexpr std::uint8_t kServerKeyExchange = 12;
  constexpr std::uint8_t kServerHelloDone = 14;
  if (!hello_seen_) {
    if (type == 0) return false;  // HelloRequest: ignored
    if (type != kServerHello) return finish(AnswerKind::not_tls, fmt::format("handshake message {} first", type));
    return take_server_hello(body);
  }
  if (type == kServerKeyExchange) take_server_key_exchange(body);
  return type == kServerKeyExchange || type == kServerHelloDone ? finish(AnswerKind::server_hello) : false;
}

bool AnswerReader::take_server_hello(ByteView body) {
  Cursor cursor(body);
  answer_.version = cursor.u16();
  const auto random = cursor.bytes(kHelloRetryRandom.size());
  const auto session = cursor.sized(1);
  answer_.suite = cursor.u16();
  cursor.number(1);  // compression
  if (!cursor.ok() || session.size() > 32) return finish(AnswerKind::not_tls, "a broken ServerHello");
  answer_.hello_retry = std::ranges::equal(random, kHelloRetryRandom);
  if (!cursor.empty()) read_hello_extensions(cursor.sized(2), answer_.hello_retry, answer_);
  hello_seen_ = true;
  // TLS 1.3 encrypts the rest; before it, the key exchange tells the group.
  if (answer_.version >= 0x0304 || key_exchange(answer_.suite) == KeyExchange::other) {
    return finish(AnswerKind::server_hello);
  }
  return false;
}

void AnswerReader::take_server_key_exchange(ByteView body) {
  Cursor cursor(body);
  if (key_exchange(answer_.suite) == KeyExchange::ecdhe) {
    constexpr std::size_t kNamedCurve = 3;
    const auto type = cursor.number(1);
    const auto group = cursor.u16();
    if (cursor.ok() && type == kNamedCurve) answer_.group = group;
    return;
  }
  auto prime = cursor.sized(2);
  if (!cursor.ok()) return;
  while (!prime.empty() && prime.front() == 0) prime = prime.subspan(1);
  if (!prime.empty()) {
    answer_.dh_bits =
        static_cast<int>(((prime.size() - 1) * 8) + static_cast<std::size_t>(std::bit_width(prime.front())));
  }
}

}  // namespace assay::net::tls
