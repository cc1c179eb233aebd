#include "net/tls/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "net/tls/enumerate.h"
#include "net/tls/revocation.h"

namespace assay::net::tls {

namespace {

constexpr std::string_view kProbe = "tls";
constexpr std::size_t kAddressesPerFamily = 4;
constexpr Duration kAnswerTimeout{8'000};  // for one hello, and for the whole handshake

// One connection through the gate for each hello, closed by a reset as soon as the choice is known.
class GateProber final : public Prober {
 public:
  GateProber(Gate& gate, ScanContext& scan, const SurfaceOrigin& origin, IpAddress address)
      : gate_(gate),
        scan_(scan),
        host_(origin.host),
        port_(static_cast<std::uint16_t>(origin.port)),
        address_(address) {}

  Task<Answer> ask(ClientHello hello) override {
    Answer answer;
    auto stream = co_await gate_.connect(scan_, host_, address_, port_, Activity::tls_probe, scan_.deadline);
    if (!stream) {
      answer.kind = AnswerKind::unreachable;
      answer.error = std::move(stream.error());
      co_return answer;
    }
    // Counted from here: waiting for a turn at the gate is no fault of the server's.
    const Deadline deadline = std::min(scan_.deadline, deadline_in(kAnswerTimeout));
    const Bytes bytes = build_client_hello(hello);
    AnswerReader reader;
    const auto sent = co_await (*stream)->write_all(bytes, deadline);
    if (!sent) reader.end(sent.error());
    std::array<std::uint8_t, 4096> buffer;
    for (bool done = !sent.has_value(); !done;) {
      const auto n = co_await (*stream)->read_some(buffer, deadline);
      if (n && *n > 0) {
        done = reader.feed(ByteView(buffer).first(*n));
        continue;
      }
      if (n) {
        reader.end();
      } else {
        reader.end(n.error());
      }
      done = true;
    }
    (*stream)->close(CloseMode::reset);
    co_return reader.answer();
  }

 private:
  Gate& gate_;
  ScanContext& scan_;
  std::string host_;
  std::uint16_t port_;
  IpAddress address_;
};

// SNI: the name without a trailing dot; nothing for addresses.
std::string server_name(const SurfaceOrigin& origin) {
  if (origin.host_is_ip) return {};
  std::string name = origin.host;
  if (name.ends_with('.')) name.pop_back();
  return name;
}

template <class Body>
void record(ScanContext& scan, std::string_view evidence_kind, const std::string& subject, const Body& body) {
  scan.record(make_evidence(evidence_kind, subject, now(), kProbe, Json(body)));
}

Failure failure_of(const Error& error) {
  return {std::string(to_string(error.code)), error.reason};
}

// Evidence that there is nothing to probe, and why.
void record_failure(ScanContext& scan, const SurfaceOrigin& origin, EnumerationMode mode, const Failure& failure,
                    bool want_enumeration, bool want_handshake) {
  if (want_enumeration) {
    TlsEnumeration nothing;
    nothing.host = origin.host;
    nothing.port = origin.port;
    nothing.mode = std::string(to_string(mode));
    nothing.failure = failure;
    record(scan, kind::kTlsEnumeration, origin.origin, nothing);
  }
  if (want_handshake) {
    TlsHandshake nothing;
    nothing.host = origin.host;
    nothing.port = origin.port;
    nothing.server_name = server_name(origin);
    nothing.failure = failure;
    record(scan, kind::kTlsHandshake, origin.origin, nothing);
  }
}

// At most kAddressesPerFamily of each family; the others are named in `left_out`.
std::vector<IpAddress> choose_addresses(const std::vector<IpAddress>& all, std::vector<std::string>& left_out) {
  std::vector<IpAddress> chosen;
  std::array<std::size_t, 2> taken{};
  for (const IpAddress& a : all) {
    if (taken.at(a.v6 ? 1 : 0)++ < kAddressesPerFamily) {
      chosen.push_back(a);
    } else {
      left_out.push_back(a.to_string());
    }
  }
  return chosen;
}

struct Handshake {
  TlsHandshake record;
  Time time;
};

// The HTTP client's handshake with this address was a whole one, too: it is the evidence, and the server is spared
// another.
Task<Handshake> shake_hands(Gate& gate, ScanContext& scan, ClientContext& tls, const SurfaceOrigin& origin,
                            IpAddress address) {
  Handshake result;
  if (auto seen = scan.handshakes.extract(std::pair(origin.origin, address))) {
    result.time = seen.mapped().first;
    result.record = std::move(seen.mapped().second);
    co_return result;
  }
  Session session;
  auto stream = co_await gate.connect(scan, origin.host, address, static_cast<std::uint16_t>(origin.port),
                                      Activity::tls_handshake, scan.deadline);
  if (stream) {
    const Deadline deadline = std::min(scan.deadline, deadline_in(kAnswerTimeout));
    std::vector<std::string> alpn{"http/1.1"};
    session = co_await handshake(tls, std::move(*stream), origin.host, origin.port, address.to_string(),
                                 std::move(alpn), deadline);
    if (session.stream) session.stream->close(CloseMode::reset);
  } else {
    session.record.host = origin.host;
    session.record.port = origin.port;
    session.record.address = address.to_string();
    session.record.server_name = server_name(origin);
    session.record.failure = failure_of(stream.error());
  }
  result.time = now();
  result.record = std::move(session.record);
  co_return result;
}

// `asked`: the certificates of this origin whose revocation was looked at.
Task<void> probe_handshake(Gate& gate, ScanContext& scan, ClientContext& tls, const SurfaceOrigin& origin,
                           IpAddress address, bool want_revocation, std::set<std::string>& asked) {
  auto seen = co_await shake_hands(gate, scan, tls, origin, address);
  TlsHandshake whole = co_await complete_chain(gate, scan, tls, std::move(seen.record), seen.time);
  scan.record(make_evidence(kind::kTlsHandshake, origin.origin, seen.time, kProbe, Json(whole)));
  if (!want_revocation || whole.chain.empty() || asked.contains(whole.chain.front().sha256)) co_return;
  const auto results = co_await check_revocation(gate, scan, tls, std::move(whole), seen.time);
  for (const auto& result : results)
    if (asked.insert(result.certificate).second) record(scan, kind::kTlsRevocation, origin.origin, result);
}

// Looks the name up and records what it found: the addresses to probe, or none and the reason.
Task<Result<std::vector<IpAddress>>> find_addresses(Gate& gate, ScanContext& scan, std::string host) {
  const auto found = co_await gate.resolve(scan, host);
  Resolution resolution;
  resolution.host = host;
  Result<std::vector<IpAddress>> addresses;
  if (!found) {
    resolution.failure = failure_of(found.error());
    addresses = std::unexpected(found.error());
  } else {
    for (const IpAddress& a : found->allowed) resolution.addresses.push_back(a.to_string());
    for (const IpAddress& a : found->refused) {
      resolution.addresses.push_back(a.to_string());
      resolution.refused.push_back(a.to_string());
    }
    addresses = found->allowed;
    if (found->allowed.empty()) {
      const std::string why =
          found->refused.empty() ? "no address" : refusal_reason(found->refused.front()).value_or("");
      Error error{
          ErrorCode::egress_refused, host,
          fmt::format("no address of the name may be connected to: {} is {}", join(resolution.refused, ", "), why),
          "allow its network with --allow-network"};
      resolution.failure = failure_of(error);
      addresses = std::unexpected(std::move(error));
    }
  }
  record(scan, kind::kResolution, host, resolution);
  co_return addresses;
}

}  // namespace

Task<void> probe_origin(Gate& gate, ScanContext& scan, ClientContext& tls, SurfaceOrigin origin, EnumerationMode mode,
                        bool want_enumeration, bool want_handshake, bool want_revocation) {
  if (origin.scheme != "https") co_return;
  const auto found = co_await find_addresses(gate, scan, origin.host);
  if (!found) {
    const Failure failure = failure_of(found.error());
    record_failure(scan, origin, mode, failure, want_enumeration, want_handshake);
    co_return;
  }
  std::vector<std::string> left_out;
  const auto addresses = choose_addresses(*found, left_out);
  std::set<std::string> asked;
  for (const IpAddress& address : addresses) {
    if (want_enumeration) {
      GateProber prober(gate, scan, origin, address);
      TlsEnumeration result = co_await enumerate(prober, server_name(origin), mode);
      result.host = origin.host;
      result.port = origin.port;
      result.address = address.to_string();
      if (!left_out.empty()) result.notes.push_back("addresses not probed: " + join(left_out, ", "));
      record(scan, kind::kTlsEnumeration, origin.origin, result);
    }
    if (want_handshake) co_await probe_handshake(gate, scan, tls, origin, address, want_revocation, asked);
  }
}

}  // namespace assay::net::tls
