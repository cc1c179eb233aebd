// The tolerant reader: any bytes, in portions that the input chooses, must give the same response as when fed at once,
// within the limits.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "net/http/response_reader.h"

using assay::net::http::EndOfBytes;
using assay::net::http::ReaderLimits;
using assay::net::http::ResponseReader;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kControlBytes = 2;
  if (size < kControlBytes) return 0;
  const std::size_t portion = (data[0] & 0x1FU) + 1;
  const bool head_request = (data[0] & 0x20U) != 0;
  const auto end = static_cast<EndOfBytes>(data[1] & 0x03U);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + kControlBytes, size - kControlBytes);
  ReaderLimits limits;  // small, so that inputs reach them
  limits.head_bytes = 4096;
  limits.fields = 32;
  limits.body_bytes = 4096;
  ResponseReader whole(head_request, limits);
  whole.feed(bytes);
  whole.finish(end);
  ResponseReader pieces(head_request, limits);
  for (std::size_t at = 0; at < bytes.size(); at += portion) pieces.feed(bytes.substr(at, portion));
  pieces.finish(end);
  require(whole.done() && pieces.done());
  const auto a = whole.take();
  const auto b = pieces.take();
  require(a.has_value() == b.has_value());
  if (!a) return 0;
  require(a->status == b->status && a->body == b->body && a->anomalies == b->anomalies);
  require(a->complete == b->complete && a->reusable == b->reusable && a->fields.size() == b->fields.size());
  require(a->status > 0 && a->body.size() <= limits.body_bytes && a->fields.size() <= limits.fields);
  for (const auto& field : a->fields) require(assay::is_valid_utf8(field.name) && assay::is_valid_utf8(field.value));
  return 0;
}
