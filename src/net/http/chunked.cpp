#include "net/http/chunked.h"

#include <algorithm>
#include <charconv>

namespace assay::net::http {

std::size_t ChunkedDecoder::feed(std::string_view in, std::string& out, std::size_t max_out) {
  std::size_t used = 0;
  while (used < in.size()) {
    switch (state_) {
      case State::size:
        size_byte(in[used++]);
        break;
      case State::data: {
        const auto room = max_out > out.size() ? max_out - out.size() : 0;
        const auto n =
            std::min({static_cast<std::uint64_t>(in.size() - used), left_, static_cast<std::uint64_t>(room)});
        if (n == 0) return used;
        out.append(in.substr(used, n));
        used += n;
        left_ -= n;
        if (left_ == 0) state_ = State::data_end;
        break;
      }
      case State::data_end:
        if (data_end_byte(in[used])) ++used;
        break;
      case State::trailer:
        trailer_byte(in[used++]);
        break;
      case State::done:
      case State::broken:
        return used;
    }
  }
  return used;
}

void ChunkedDecoder::size_byte(char c) {
  line_ += c;
  if (c == '\n') {
    size_line();
  } else if (line_.size() > kMaxLine) {
    anomalies_->note(anomaly::kChunkExtensionLimit);
    state_ = State::broken;
  }
}

void ChunkedDecoder::size_line() {
  std::string_view line(line_);
  line.remove_suffix(1);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  } else {
    anomalies_->note(anomaly::kChunkBareLf);
  }
  const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
  std::uint64_t size = 0;
  constexpr std::size_t kMaxDigits = 15;
  const auto digits = line.substr(begin);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  auto rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
  const auto blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
  const bool spaced = begin > 0 || blanks > 0;
  rest.remove_prefix(blanks);
  if (error != std::errc{} || digits.size() - rest.size() - blanks > kMaxDigits || digits.starts_with('-') ||
      (!rest.empty() && rest.front() != ';')) {
    anomalies_->note(anomaly::kChunkSizeInvalid);
    state_ = State::broken;
    return;
  }
  if (spaced) anomalies_->note(anomaly::kChunkSizeSpacing);
  extensions_ += rest.size();
  if (extensions_ > kMaxExtensions) {
    anomalies_->note(anomaly::kChunkExtensionLimit);
    state_ = State::broken;
    return;
  }
  any_chunk_ = true;
  line_.clear();
  left_ = size;
  state_ = size == 0 ? State::trailer : State::data;
}

bool ChunkedDecoder::data_end_byte(char c) {
  if (c == '\r' && !after_cr_) {
    after_cr_ = true;
    return true;
  }
  if (c == '\n') {
    if (!after_cr_) anomalies_->note(anomaly::kChunkBareLf);
  } else {
    anomalies_->note(anomaly::kChunkEndMissing);
  }
  after_cr_ = false;
  state_ = State::size;
  return c == '\n';
}

// Trailer fields are counted and dropped: RFC 9110 §6.5 does not let them change what the head said.
void ChunkedDecoder::trailer_byte(char c) {
  if (++trailer_ > kMaxTrailer) {
    anomalies_->note(anomaly::kTrailerLimit);
    state_ = State::done;
    return;
  }
  if (c == '\n') {
    if (!after_cr_) anomalies_->note(anomaly::kChunkBareLf);
    if (trailer_line_ == 0) state_ = State::done;
    trailer_line_ = 0;
  } else if (c != '\r') {
    ++trailer_line_;
  }
  after_cr_ = c == '\r';
}

}  // namespace assay::net::http
