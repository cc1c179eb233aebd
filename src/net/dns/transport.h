#pragma once

// One DNS message to one server and its answer (RFC 1035 §4.2). Only gate.cpp may call these: everything else goes
// through Gate::exchange_dns(), which decides whether and when a server is asked.

#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "base/error.h"
#include "base/time.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/task.h"

namespace assay::net::dns {

// Whether a message that came is the answer to what was sent.
using IsAnswer = std::function<bool(ByteView)>;

// A datagram from a fresh socket, whose port the system chooses at random; what comes from elsewhere never arrives,
// what `is_answer` does not take is dropped. `message` and `is_answer` must outlive the task. Errors: timeout,
// cancelled, connection (the peer's machine refuses), unsupported (this machine has no route to the address).
Task<Result<Bytes>> exchange_udp(Loop& loop, IpAddress address, std::uint16_t port, ByteView message,
                                 const IsAnswer& is_answer, Deadline deadline);

// The same over a TCP connection of its own. Errors: those above, protocol (an answer that `is_answer` does not take).
Task<Result<Bytes>> exchange_tcp(Loop& loop, IpAddress address, std::uint16_t port, ByteView message,
                                 const IsAnswer& is_answer, Deadline deadline);

}  // namespace assay::net::dns
