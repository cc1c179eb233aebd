#pragma once

// TCP connections on a loop. Only gate.cpp may call connect_tcp(): everything else goes through the gate, which decides
// whether, when and how often an address is connected to.

#include <cstdint>
#include <memory>

#include "base/error.h"
#include "base/time.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/task.h"

namespace assay::net {

// Connects to exactly `address`; the peer's address is compared with it afterwards. Errors: timeout, cancelled,
// connection (its reason is the system's). The stream is destroyed before the loop.
Task<Result<std::unique_ptr<Stream>>> connect_tcp(Loop& loop, IpAddress address, std::uint16_t port, Deadline deadline);

}  // namespace assay::net
