#pragma once

// The data of one record in presentation form. For message.cpp.

#include <string>

#include "net/dns/message.h"
#include "net/dns/name.h"

namespace assay::net::dns {

// Reads what is left of `data`: the presentation form of each type in dns::Type ("10 mx.example", "\"v=spf1 -all\""; of
// an RRSIG only the type that it covers), RFC 3597 §5 for the others. Sets data.failed() when it is not what the type
// says, or goes on after it.
std::string record_text(Type type, Reader& data);

}  // namespace assay::net::dns
