#include "net/connect/lifecycle.h"

#include "base/bytes.h"

namespace assay::net::connect {

namespace {

constexpr std::size_t kClientKeyRandomBytes = 12;

}  // namespace

std::string forged_client_key() {
  return "assay-forged-tenant-" + to_hex(random_bytes(kClientKeyRandomBytes)) + "-ignore";
}

Json lifecycle_body(const Surface& surface, std::string_view event, std::string_view client_key) {
  return {{"key", surface.app_key},
          {"clientKey", client_key},
          {"sharedSecret", "assay-forged-secret-ignore"},
          {"baseUrl", "https://assay-scanner.invalid"},
          {"displayUrl", "https://assay-scanner.invalid"},
          {"productType", "jira"},
          {"serverVersion", "assay"},
          {"pluginsVersion", "assay"},
          {"description", "Forged by the Assay security scanner: ignore"},
          {"eventType", event}};
}

}  // namespace assay::net::connect
