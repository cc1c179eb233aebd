#pragma once

// What the certificates of a handshake name outside of it: the issuers that the server did not send, and the sources
// that say whether a certificate is revoked. All of it through the gate, booked on links of its own
// ("ca-issuers:<host>", "crl:<host>", "ocsp:<host>"), never on the app's.

#include <string>
#include <vector>

#include "base/time.h"
#include "model/tls.h"
#include "net/gate.h"
#include "net/task.h"
#include "net/tls/session.h"

namespace assay::net::tls {

// Fetches missing issuers by the caIssuers URLs (RFC 5280 §4.2.2.1) of a chain that lacks them, at most three steps,
// and records in `completion` what came and whether the chain then verifies. An error "unknown-issuer" is then told as
// what it is: "incomplete-chain". Does nothing for other chains.
Task<TlsHandshake> complete_chain(Gate& gate, ScanContext& scan, ClientContext& tls, TlsHandshake handshake, Time at);

// Whether each certificate below the anchor of the handshake's verified path is revoked: by its list (CRL) first, then
// the stapled answer (the leaf's only), then the responder it names (OCSP). One record for a certificate; none when the
// path does not end at an anchor. `at`: of the handshake.
Task<std::vector<Revocation>> check_revocation(Gate& gate, ScanContext& scan, ClientContext& tls,
                                               TlsHandshake handshake, Time at);

}  // namespace assay::net::tls
