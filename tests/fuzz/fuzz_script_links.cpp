// Any bytes as a script and as a source map: links that keep their promises.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/script_links.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_web(const assay::Url& url) {
  return (url.scheme == "https" || url.scheme == "http") && !url.has_userinfo &&
         assay::parse_url(url.to_string()).has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const assay::Url kBase = assay::parse_url("https://app.example.com/js/main.js").value();
  const auto links = assay::source::links_of_script(text, kBase);
  require(links.modules.size() <= assay::source::kMaxScriptLinks);
  for (const auto& url : links.modules) require(is_web(url));
  if (links.source_map) require(is_web(*links.source_map));
  if (const auto sources = assay::source::sources_of_map(text, "map"))
    for (const auto& one : *sources) require(!one.name.empty());
  return 0;
}
