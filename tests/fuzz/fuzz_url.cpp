// URLs: an http(s) URL that parses must parse again to itself, and a host that looks like an address must be one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/url.h"
#include "net/address.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_url(const assay::Url& url) {
  if (url.scheme != "http" && url.scheme != "https") return;  // recognised only to be refused
  check(!url.host.empty() && url.path.starts_with('/'));
  const auto again = assay::parse_url(url.to_string());
  // Percent-encoding may push a long URL over the limit; nothing else may fail.
  if (!again) {
    check(again.error().code == assay::ErrorCode::limit_exceeded);
    return;
  }
  check(again->to_string() == url.to_string());
  check(again->host == url.host && again->port == url.port);
  if (url.host_is_ip()) {
    const auto address = assay::net::parse_address(url.host);
    check(address.has_value());
    static_cast<void>(assay::net::refusal_reason(*address));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = assay::parse_url(text)) check_url(*url);
  const auto base = assay::parse_url("https://app.example.com/a/b?c");
  if (const auto url = assay::resolve_url(*base, text)) check_url(*url);
  static_cast<void>(assay::net::parse_cidr(text));
  return 0;
}
