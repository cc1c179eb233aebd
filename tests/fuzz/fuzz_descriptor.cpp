// Any bytes as a descriptor: an error or a surface that keeps its promises.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/domain.h"
#include "source/descriptor.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const assay::Surface& surface) {
  require(!surface.app_key.empty());
  require(surface.endpoints.empty() || !surface.base_url.empty());
  if (surface.base_url.empty()) return;
  const auto base = assay::parse_url(surface.base_url);
  require(base.has_value());
  for (const auto& endpoint : surface.endpoints) {
    const auto url = assay::parse_url(endpoint.url);
    require(url && url->origin() == endpoint.origin && (url->scheme == "http" || url->scheme == "https"));
    require(endpoint.own == assay::same_site(base->host, url->host));
    require(!endpoint.methods.empty());
  }
  require(!assay::dump_json(assay::Json(surface)).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const assay::Url kFrom = assay::parse_url("https://app.example.com/atlassian-connect.json").value();
  const auto surface = assay::source::read_descriptor(text, "fuzz", &kFrom);
  if (surface) check(*surface);
  if (!surface) require(!surface.error().reason.empty());
  return 0;
}
