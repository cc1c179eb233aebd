// Any bytes as a page and as a policy: URLs and hosts that keep their promises.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/page_links.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const assay::Url kBase = assay::parse_url("https://app.example.com/page").value();
  const auto links = assay::source::links_of_page(text, kBase);
  require(links.size() <= assay::source::kMaxPageLinks);
  for (const auto& link : links) {
    require(link.url.scheme == "https" || link.url.scheme == "http");
    require(assay::parse_url(link.url.to_string()).has_value());
  }
  for (const auto& host : assay::source::hosts_of_csp(text)) require(assay::normalise_host(host) == host);
  return 0;
}
