#include "net/http/response_reader.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace assay::net::http {
namespace {

constexpr std::string_view kThing = "response";
// The first bytes of a line tell whether it can be a status line; looking again at longer ones would cost the square.
constexpr std::size_t kTellingPrefix = 64;
constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

std::string_view cut_code(EndOfBytes how, std::string_view when_closed) {
  switch (how) {
    case EndOfBytes::closed:
      return when_closed;
    case EndOfBytes::reset:
      return anomaly::kBodyReset;
    case EndOfBytes::timeout:
      return anomaly::kBodyTimeout;
    case EndOfBytes::stopped:
      break;
  }
  return anomaly::kBodyStopped;
}

}  // namespace

ResponseReader::ResponseReader(bool head_request, const ReaderLimits& limits)
    : head_request_(head_request), limits_(limits), head_(anomalies_, limits.fields), chunks_(anomalies_) {}

void ResponseReader::feed(std::string_view bytes) {
  any_byte_ = any_byte_ || !bytes.empty();
  while (!bytes.empty() && state_ != State::done) {
    if (state_ == State::head) {
      read_head(bytes);
    } else {
      read_body(bytes);
    }
  }
  if (bytes.empty() || error_ || truncated_) return;
  anomalies_.note(anomaly::kBytesAfterEnd);
  framing_.reusable = false;
}

void ResponseReader::read_head(std::string_view& bytes) {
  const auto lf = bytes.find('\n');
  const auto room = limits_.head_bytes - head_bytes_;
  const bool line_is_new = line_.size() < kTellingPrefix;
  const auto n = std::min({lf == std::string_view::npos ? bytes.size() : lf + 1, room, bytes.size()});
  line_.append(bytes.substr(0, n));
  head_bytes_ += n;
  bytes.remove_prefix(n);
  if (line_is_new && !head_.status_line_seen() && !HeadParser::may_be_status_line(line_)) {
    const auto start = ellipsis(printable(line_ + std::string(bytes.substr(0, 80))), 80);
    return fail_with(ErrorCode::protocol,
                     "no HTTP/1.x status line (HTTP/0.9 or another protocol); it begins \"" + start + "\"");
  }
  if (line_.ends_with('\n')) {
    line_.pop_back();
    const auto progress = head_.take(line_);
    line_.clear();
    if (progress == HeadParser::Progress::end) return end_of_head();
    if (progress == HeadParser::Progress::not_http) {
      return fail_with(ErrorCode::protocol, "its status line cannot be read");
    }
  }
  if (head_bytes_ < limits_.head_bytes) return;
  if (!head_.status_line_seen()) return fail_with(ErrorCode::protocol, "no status line within the limit of the head");
  anomalies_.note(anomaly::kHeadLimit);
  truncated_ = true;
  end(false);
}

void ResponseReader::end_of_head() {
  const int status = head_.head().status;
  if (status >= 100 && status < 200 && status != 101) {
    if (++interim_ <= limits_.interim_responses) {
      head_ = HeadParser(anomalies_, limits_.fields);
      return;
    }
    anomalies_.note(anomaly::kInterimLimit);
    head_complete_ = true;
    return end(false);
  }
  if (status == 101) anomalies_.note(anomaly::kSwitchingProtocols);
  head_complete_ = true;
  framing_ = decide_framing(head_.head(), head_request_, anomalies_);
  state_ = State::body;
  const bool empty = framing_.body == Framing::Body::length && framing_.length == 0;
  if (framing_.body == Framing::Body::none || empty) end(true);
}

void ResponseReader::read_body(std::string_view& bytes) {
  switch (framing_.body) {
    case Framing::Body::chunked:
      return read_chunked(bytes);
    case Framing::Body::length:
      return read_plain(bytes, framing_.length);
    case Framing::Body::until_close:
    case Framing::Body::none:
      return read_plain(bytes, kNoEnd);
  }
}

// Takes up to `expected` bytes of content in all.
void ResponseReader::read_plain(std::string_view& bytes, std::uint64_t expected) {
  const auto wanted = std::min<std::uint64_t>(expected, limits_.body_bytes) - body_.size();
  const auto n = std::min<std::uint64_t>(wanted, bytes.size());
  body_.append(bytes.substr(0, n));
  bytes.remove_prefix(n);
  if (body_.size() == expected) return end(true);
  if (body_.size() < limits_.body_bytes || bytes.empty()) return;
  anomalies_.note(anomaly::kBodyLimit);
  truncated_ = true;
  end(false);
}

void ResponseReader::read_chunked(std::string_view& bytes) {
  bytes.remove_prefix(chunks_.feed(bytes, body_, limits_.body_bytes));
  if (chunks_.state() == ChunkedDecoder::State::done) {
    if (anomalies_.has(anomaly::kTrailerLimit)) framing_.reusable = false;
    return end(true);
  }
  if (chunks_.state() == ChunkedDecoder::State::broken) {
    framing_.reusable = false;
    if (chunks_.any_chunk()) {
      truncated_ = true;
      return end(false);
    }
    // Declared as chunked, and plain: the bytes taken for a size line are content.
    framing_.body = Framing::Body::until_close;
    body_ = chunks_.unread();
    return;
  }
  if (bytes.empty()) return;
  anomalies_.note(anomaly::kBodyLimit);
  truncated_ = true;
  end(false);
}

void ResponseReader::finish(EndOfBytes how) {
  if (state_ == State::done) return;
  if (state_ == State::body) return finish_body(how);
  const bool cut = how == EndOfBytes::closed || how == EndOfBytes::reset;
  if (head_.status_line_seen() && cut) {
    anomalies_.note(anomaly::kHeadCut);
    truncated_ = true;
    return end(false);
  }
  const std::string got = any_byte_ ? "after " + format_bytes(head_bytes_) + " of its head" : "before its first byte";
  switch (how) {
    case EndOfBytes::closed:
      return fail_with(ErrorCode::connection, "the connection was closed " + got);
    case EndOfBytes::reset:
      return fail_with(ErrorCode::connection, "the connection was reset " + got);
    case EndOfBytes::timeout:
      return fail_with(ErrorCode::timeout, "the deadline passed " + got);
    case EndOfBytes::stopped:
      return fail_with(ErrorCode::cancelled, "reading was stopped " + got);
  }
}

void ResponseReader::finish_body(EndOfBytes how) {
  const bool closed = how == EndOfBytes::closed;
  framing_.reusable = false;
  if (framing_.body == Framing::Body::until_close && closed) return end(true);
  if (framing_.body == Framing::Body::chunked && chunks_.state() == ChunkedDecoder::State::trailer) {
    anomalies_.note(anomaly::kTrailerCut);
    return end(true);
  }
  anomalies_.note(cut_code(how, anomaly::kBodyShort));
  truncated_ = true;
  end(false);
}

void ResponseReader::end(bool complete) {
  complete_ = complete;
  state_ = State::done;
}

void ResponseReader::fail_with(ErrorCode code, std::string reason) {
  error_ = Error{code, std::string(kThing), std::move(reason), {}};
  state_ = State::done;
}

Result<Response> ResponseReader::take() {
  if (error_) return std::unexpected(*error_);
  Response response;
  auto head = head_.release();
  auto codings = list_elements(head.fields, "Content-Encoding");
  std::erase(codings, "identity");
  if (!codings.empty()) anomalies_.note(anomaly::kContentCodingUnrequested);
  codings.insert(codings.end(), framing_.transfer_codings.begin(), framing_.transfer_codings.end());
  response.status = head.status;
  response.version = std::move(head.version);
  response.reason = std::move(head.reason);
  response.fields = std::move(head.fields);
  response.body = std::move(body_);
  response.truncated = truncated_;
  decode(std::move(codings), response);
  response.head_complete = head_complete_;
  response.complete = complete_;
  response.reusable = complete_ && !response.truncated && framing_.reusable;
  response.anomalies = anomalies_.codes();
  return response;
}

// Undoes `codings`, last applied first, as far as we know them.
void ResponseReader::decode(std::vector<std::string> codings, Response& response) {
  constexpr std::size_t kMaxCodings = 2;
  if (response.body.empty()) return;
  DecodeLimits limits;
  limits.max_bytes = limits_.body_bytes;
  for (std::size_t done = 0; !codings.empty(); ++done) {
    if (!can_decode(codings.back()) || done == kMaxCodings) {
      return anomalies_.note(anomaly::kContentCodingUnknown);
    }
    auto decoded = decode_content(codings.back(), response.body, limits);
    codings.pop_back();
    response.body = std::move(decoded.body);
    if (decoded.mismatch) anomalies_.note(anomaly::kContentCodingMismatch);
    if (decoded.broken) anomalies_.note(anomaly::kContentCodingBroken);
    if (decoded.trailing) anomalies_.note(anomaly::kContentCodingTrailing);
    if (decoded.limited) anomalies_.note(anomaly::kDecodeLimit);
    response.truncated = response.truncated || decoded.broken || decoded.limited;
    if (decoded.mismatch || decoded.broken || decoded.limited) return;
  }
}

}  // namespace assay::net::http
