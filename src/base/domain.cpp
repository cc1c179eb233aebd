#include "base/domain.h"

#include <arpa/inet.h>
#include <libpsl.h>

#include <cstdio>

#include "base/public_suffix_list.h"

namespace assay {

namespace {

const psl_ctx_t* list() {
  static const psl_ctx_t* const kList = [] {
    const auto text = public_suffix_list();
    std::FILE* file = fmemopen(const_cast<char*>(text.data()), text.size(), "r");  // reading leaves it as it is
    const psl_ctx_t* carried = file != nullptr ? psl_load_fp(file) : nullptr;
    if (file != nullptr) std::fclose(file);
    return carried != nullptr ? carried : psl_builtin();
  }();
  return kList;
}

bool is_address(const std::string& host) {
  in_addr v4{};
  return host.starts_with('[') || inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

// Names under which something can be listed: more than one label, and not an address.
bool has_parts(const std::string& host) {
  return host.find('.') != std::string::npos && !is_address(host);
}

}  // namespace

DomainParts split_domain(std::string_view host_view) {
  const std::string host(host_view);
  DomainParts parts;
  if (!has_parts(host)) return parts;
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

bool is_under(std::string_view name, std::string_view domain) {
  if (domain.empty() || !name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

bool same_site(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto left = split_domain(a), right = split_domain(b);
  return !left.registrable_domain.empty() && left.registrable_domain == right.registrable_domain;
}

std::string registered_domain(std::string_view host) {
  std::string name(host);
  if (!has_parts(name)) return {};
  // libpsl's own function counts both sections: walk up until the rest is a registry's suffix.
  for (;;) {
    const auto dot = name.find('.');
    if (dot == std::string::npos) return {};
    const auto parent = name.substr(dot + 1);
    if (psl_is_public_suffix2(list(), name.c_str(), PSL_TYPE_ICANN) != 0) return {};
    if (psl_is_public_suffix2(list(), parent.c_str(), PSL_TYPE_ICANN) != 0) return name;
    name = parent;
  }
}

}  // namespace assay
