// WHOIS answers to every server that the catalogue carries: the first byte chooses the server.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/text.h"
#include "catalog/catalog.h"
#include "net/registration/whois.h"

namespace {

const assay::Registries& registries() {
  static const auto kCatalog = assay::catalog::Catalog::embedded();
  if (!kCatalog || !kCatalog->registries()) std::abort();
  return *kCatalog->registries();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto& servers = registries().whois_servers();
  const auto& server = servers[data[0] % servers.size()];
  const std::string_view answer(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto r = assay::net::registration::read_whois(server, registries().commons(), "example.io", answer);
  using namespace assay;
  if ((r.state == registration_state::kUnknown) != r.failure.has_value()) std::abort();
  if (r.state == registration_state::kFree && !server.states.contains(registration_state::kFree)) std::abort();
  if (r.excerpt.size() > 2003 || !is_valid_utf8(r.excerpt) || !is_valid_utf8(r.registrar)) std::abort();
  for (const auto& status : r.statuses)
    if (!is_valid_utf8(status)) std::abort();
  return 0;
}
