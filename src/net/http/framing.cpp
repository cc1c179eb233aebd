#include "net/http/framing.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace assay::net::http {
namespace {

// Digits only; more than fit are no length at all.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

// The length that the Content-Length fields agree on, or the smallest of them.
std::optional<std::uint64_t> content_length(const Head& head, Anomalies& anomalies) {
  std::optional<std::uint64_t> length;
  int seen = 0;
  for (const auto& value : field_values(head.fields, "Content-Length")) {
    for (const auto part : split(value, ',')) {
      ++seen;
      const auto n = parse_length(trim(part));
      if (!n) {
        anomalies.note(anomaly::kLengthInvalid);
        continue;
      }
      if (length && *length != *n) anomalies.note(anomaly::kLengthConflict);
      length = std::min(length.value_or(*n), *n);
    }
  }
  if (seen > 1 && !anomalies.has(anomaly::kLengthConflict)) anomalies.note(anomaly::kLengthRepeated);
  return length;
}

struct TransferCoding {
  bool present = false;
  bool chunked = false;
  std::vector<std::string> others;
};

TransferCoding transfer_coding(const Head& head, Anomalies& anomalies) {
  TransferCoding coding;
  auto elements = list_elements(head.fields, "Transfer-Encoding");
  coding.present = !elements.empty();
  const auto chunked = std::ranges::count(elements, "chunked");
  coding.chunked = chunked > 0;
  if (chunked > 1) anomalies.note(anomaly::kChunkedRepeated);
  if (chunked > 0 && elements.back() != "chunked") anomalies.note(anomaly::kChunkedNotLast);
  if (chunked > 0 && iequals(head.version, "HTTP/1.0")) anomalies.note(anomaly::kChunkedInHttp10);
  for (auto& element : elements) {
    if (element == "chunked") continue;
    const bool known = element == "gzip" || element == "x-gzip" || element == "deflate";
    anomalies.note(known ? anomaly::kTransferCodingUnrequested : anomaly::kTransferCodingUnknown);
    if (known) coding.others.push_back(std::move(element));
  }
  return coding;
}

bool keeps_alive(const Head& head) {
  const auto options = list_elements(head.fields, "Connection");
  if (std::ranges::count(options, "close") > 0) return false;
  return head.version == "HTTP/1.1" || (head.version == "HTTP/1.0" && std::ranges::count(options, "keep-alive") > 0);
}

}  // namespace

std::vector<std::string> list_elements(const std::vector<HttpField>& fields, std::string_view name) {
  std::vector<std::string> elements;
  for (const auto& value : field_values(fields, name)) {
    for (const auto part : split(value, ',')) {
      auto element = ascii_lower(trim(part.substr(0, part.find(';'))));
      if (!element.empty()) elements.push_back(std::move(element));
    }
  }
  return elements;
}

Framing decide_framing(const Head& head, bool head_request, Anomalies& anomalies) {
  Anomalies doubts;
  Framing framing;
  auto coding = transfer_coding(head, doubts);
  const auto length = content_length(head, doubts);
  const bool length_given = field_value(head.fields, "Content-Length").has_value();
  const bool informational = head.status >= 100 && head.status < 200;
  if (head_request || informational || head.status == 204 || head.status == 304) {
    framing.body = Framing::Body::none;
    if ((informational || head.status == 204) && (length_given || coding.present)) {
      doubts.note(anomaly::kLengthOnBodiless);
    }
  } else {
    if (length_given && coding.present) doubts.note(anomaly::kLengthWithTransferCoding);
    if (coding.chunked) {
      framing.body = Framing::Body::chunked;
    } else if (length) {
      framing.body = Framing::Body::length;
      framing.length = *length;
    }
    framing.transfer_codings = std::move(coding.others);
  }
  framing.reusable =
      framing.body != Framing::Body::until_close && !informational && doubts.codes().empty() && keeps_alive(head);
  for (const auto& code : doubts.codes()) anomalies.note(code);
  return framing;
}

}  // namespace assay::net::http
