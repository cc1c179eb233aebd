#include "base/domain.h"

#include <arpa/inet.h>
#include <libpsl.h>

namespace assay {

namespace {

const psl_ctx_t* list() {
  static const psl_ctx_t* const kList = [] {
    const psl_ctx_t* latest = psl_latest(nullptr);
    return latest != nullptr ? latest : psl_builtin();
  }();
  return kList;
}

bool is_address(const std::string& host) {
  in_addr v4{};
  return host.starts_with('[') || inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

}  // namespace

DomainParts split_domain(std::string_view host_view) {
  const std::string host(host_view);
  DomainParts parts;
  if (host.empty() || is_address(host) || host.find('.') == std::string::npos) return parts;
  const char* suffix = psl_unregistrable_domain(list(), host.c_str());
  const char* registrable = psl_registrable_domain(list(), host.c_str());
  if (suffix != nullptr) {
    parts.public_suffix = suffix;
    // A suffix of the private section is one only when that section counts.
    parts.suffix_is_private = psl_is_public_suffix2(list(), suffix, PSL_TYPE_ICANN) == 0;
  }
  if (registrable != nullptr) parts.registrable_domain = registrable;
  return parts;
}

bool same_site(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto left = split_domain(a), right = split_domain(b);
  return !left.registrable_domain.empty() && left.registrable_domain == right.registrable_domain;
}

}  // namespace assay
