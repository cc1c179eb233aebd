// Which resolvers the operator has. c-ares reads the settings here as it does for net/resolver.h, so that both ask the
// same ones.

#include <ares.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "net/dns/client.h"

namespace assay::net::dns {

namespace {

struct DestroyChannel {
  void operator()(ares_channel channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<std::remove_pointer_t<ares_channel>, DestroyChannel>;

Endpoint endpoint_of(const ares_addr_port_node& node) {
  Endpoint endpoint;
  endpoint.address.v6 = node.family == AF_INET6;
  std::memcpy(endpoint.address.bytes.data(), &node.addr, endpoint.address.v6 ? sizeof(in6_addr) : sizeof(in_addr));
  if (node.udp_port != 0) endpoint.port = static_cast<std::uint16_t>(node.udp_port);
  return endpoint;
}

}  // namespace

Result<ClientSettings> client_settings(const ResolverSettings& settings) {
  ares_channel made = nullptr;
  if (const int status = ares_init(&made); status != ARES_SUCCESS)
    return fail(ErrorCode::io, "resolver", ares_strerror(status),
                "check /etc/resolv.conf or name a server with --resolver");
  const Channel channel(made);
  const auto list = join(settings.servers, ",");
  if (!list.empty()) {
    if (const int status = ares_set_servers_ports_csv(channel.get(), list.c_str()); status != ARES_SUCCESS)
      return fail(ErrorCode::invalid_input, list, ares_strerror(status),
                  "write a name server as ADDR, ADDR:PORT or [ADDR]:PORT");
  }
  ares_addr_port_node* nodes = nullptr;
  if (const int status = ares_get_servers_ports(channel.get(), &nodes); status != ARES_SUCCESS)
    return fail(ErrorCode::io, "resolver", ares_strerror(status));
  ClientSettings out;
  for (const auto* node = nodes; node != nullptr; node = node->next) out.resolvers.push_back(endpoint_of(*node));
  ares_free_data(nodes);
  return out;
}

}  // namespace assay::net::dns
