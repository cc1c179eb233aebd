#include "net/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/domain.h"
#include "base/text.h"
#include "net/dns/transport.h"
#include "net/held_hosts.h"
#include "net/host_state.h"
#include "net/request_log.h"
#include "net/request_signer.h"
#include "net/resolver.h"
#include "net/tcp.h"

namespace assay::net {

namespace {

constexpr Duration kLongestRetryAfter = std::chrono::hours(1);
constexpr std::size_t kAddressesBeforeTidying = 4096;

using Lease = Slots::Lease;

struct AddressState {
  TokenBucket bucket;
  TokenBucket dns_bucket;
  std::shared_ptr<Slots> slots;
};

// A connection that books what passes on the scan and gives its slot back.
class GateStream final : public Stream {
 public:
  GateStream(std::unique_ptr<Stream> inner, std::unique_ptr<Lease> lease, ScanContext& scan)
      : inner_(std::move(inner)), lease_(std::move(lease)), scan_(&scan) {
    lease_->on_evict([this] { close(CloseMode::graceful); });
  }

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, Deadline deadline) override {
    const InUse use(*this);
    auto n = co_await inner_->read_some(into, deadline);
    if (!n) co_return n;
    scan_->statistics.bytes_received += *n;
    if (auto booked = scan_->budget.spend_bytes(*n); !booked) co_return std::unexpected(booked.error());
    co_return n;
  }

  Task<Result<void>> write_all(ByteView data, Deadline deadline) override {
    const InUse use(*this);
    scan_->statistics.bytes_sent += data.size();
    auto written = co_await inner_->write_all(data, deadline);
    co_return written;
  }

  void close(CloseMode mode) override {
    inner_->close(mode);
    lease_.reset();
  }

  std::string peer() const override { return inner_->peer(); }

 private:
  // While a read or write is under way.
  class InUse {
   public:
    explicit InUse(GateStream& stream) : stream_(&stream) {
      if (stream_->lease_) stream_->lease_->begin_use();
    }
    ~InUse() {
      if (stream_->lease_) stream_->lease_->end_use();
    }
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;

   private:
    GateStream* stream_;
  };

  std::unique_ptr<Stream> inner_;
  std::unique_ptr<Lease> lease_;
  ScanContext* scan_;
};

bool is_tls(Activity activity) {
  return activity == Activity::tls_probe || activity == Activity::tls_handshake;
}

bool stays_inside(std::string_view host) {
  constexpr std::string_view kNames[] = {"localhost", "internal", "local", "home.arpa", "onion"};
  return std::ranges::any_of(kNames, [&](std::string_view name) { return is_under(host, name); });
}

// The URL as the request log shows it. Callers redact what they know to be secret; this is the second lock on that
// door.
std::string loggable(const Url& url) {
  constexpr std::string_view kSecrets[] = {"jwt", "token", "access_token", "id_token", "secret", "password"};
  if (!url.query) return url.to_string();
  std::vector<std::string> parts;
  for (const auto part : split(*url.query, '&')) {
    const auto name = part.substr(0, part.find('='));
    const bool secret = std::ranges::any_of(kSecrets, [&](std::string_view s) { return iequals(name, s); });
    parts.push_back(secret ? fmt::format("{}=REDACTED", name) : std::string(part));
  }
  Url shown = url;
  shown.query = join(parts, "&");
  return shown.to_string();
}

RequestLogEntry entry_for(const ScanContext& scan, std::string_view activity, std::string host, std::string address) {
  RequestLogEntry entry;
  entry.time = now();
  entry.scan = scan.scan_id;
  entry.app = scan.app_key;
  entry.activity = activity;
  entry.host = std::move(host);
  entry.address = std::move(address);
  return entry;
}

}  // namespace

std::string_view to_string(Activity a) {
  switch (a) {
    case Activity::http:
      return "http";
    case Activity::tls_probe:
      return "tls-probe";
    case Activity::tls_handshake:
      return "tls-handshake";
    case Activity::dns:
      return "dns";
    case Activity::registration:
      return "registration";
  }
  return "http";
}

std::set<std::uint16_t> default_refused_ports() {
  return {1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,   42,   43,   53,
          69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,  111,  113,  115,  117,  119,  123,
          135,  137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,  526,  530,  531,  532,
          540,  548,  554,  556,  563,  587,  601,  636,  989,  990,  993,  995,  0,    1719, 1720, 1723, 2049,
          3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};
}

struct Gate::Impl {
  Loop& loop;
  Resolver& resolver;
  RequestLog& log;
  GateSettings settings;
  const RequestSigner* signer;
  HeldHostsView held{settings.held_hosts};
  Pauses pauses{settings.host_failures_to_pause};
  std::map<IpAddress, AddressState> addresses;
  std::shared_ptr<Slots> dns_places = std::make_shared<Slots>(loop, settings.dns_questions);
  // Look-ups under way, so that a scan's probes that start together ask once.
  std::map<std::pair<const ScanContext*, std::string>, std::shared_ptr<Event>> lookups;

  // Why `a` may not be connected to, or nullopt.
  std::optional<std::string> refusal(const IpAddress& a) const {
    const auto holds = [&](const Cidr& c) { return c.contains(a); };
    if (std::ranges::any_of(settings.refused_networks, holds))
      return "in a network that the operator keeps scans out of";
    auto reason = refusal_reason(a);
    if (reason && std::ranges::any_of(settings.allowed_networks, holds)) return std::nullopt;
    return reason;
  }

  std::unexpected<Error> refuse(const ScanContext& scan, const std::string& host, const std::string& address,
                                const std::string& reason, std::string remedy) {
    auto entry = entry_for(scan, "refused", host, address);
    entry.purpose = reason;
    log.write(entry);
    auto thing = host.empty() || address.starts_with(host) ? address : fmt::format("{} ({})", host, address);
    if (address.empty()) thing = host;
    return fail(ErrorCode::egress_refused, std::move(thing), "refused by the egress guard: " + reason,
                std::move(remedy));
  }

  AddressState& state(const IpAddress& a) {
    const auto at = std::chrono::steady_clock::now();
    if (addresses.size() >= kAddressesBeforeTidying)
      std::erase_if(addresses, [&](const auto& s) {
        return s.second.slots->unused() && s.second.bucket.full(at) && s.second.dns_bucket.full(at);
      });
    const auto it = addresses.find(a);
    if (it != addresses.end()) return it->second;
    AddressState fresh{TokenBucket(settings.host_requests_per_second, settings.host_burst),
                       TokenBucket(settings.dns_queries_per_second, settings.dns_queries_per_second),
                       std::make_shared<Slots>(loop, settings.host_connections)};
    return addresses.emplace(a, std::move(fresh)).first->second;
  }

  Result<void> check_pauses(const IpAddress& address, const std::string& host, std::uint16_t port) {
    if (auto free = held.check(host); !free) return free;
    for (const auto& key :
         {Pauses::Key{address, host, port}, Pauses::Key{address, host, 0}, Pauses::Key{address, "", port}}) {
      if (auto free = pauses.check(key); !free) return free;
    }
    return {};
  }

  Result<void> check_name_server(const std::string& name, const Pauses::Key& key) {
    if (auto free = held.check(name); !free) return free;
    return pauses.check(key);
  }

  Task<Result<void>> wait_for_token(IpAddress address, TokenBucket AddressState::* bucket, std::string thing,
                                    Deadline deadline) {
    const auto at = std::chrono::steady_clock::now();
    const auto usable = (state(address).*bucket).reserve(at, deadline);
    if (!usable)
      co_return fail(ErrorCode::timeout, std::move(thing),
                     "the rate allowed towards this address leaves no room before the deadline",
                     "scan again when fewer apps of the same address are being scanned");
    if (*usable <= at) co_return Result<void>{};
    auto slept = co_await loop.sleep_until(*usable);
    co_return slept;
  }

  Gate::Addresses separate(const ScanContext& scan, const std::string& host, const std::vector<IpAddress>& all,
                           bool say) {
    Gate::Addresses split;
    for (const auto& address : all) {
      const auto reason = refusal(address);
      (reason ? split.refused : split.allowed).push_back(address);
      if (!reason || !say) continue;
      auto entry = entry_for(scan, "refused", host, address.to_string());
      entry.purpose = *reason;
      log.write(entry);
    }
    return split;
  }
};

Gate::Gate(Loop& loop, Resolver& resolver, RequestLog& log, GateSettings settings, const RequestSigner* signer)
    : impl_(new Impl{.loop = loop,
                     .resolver = resolver,
                     .log = log,
                     .settings = std::move(settings),
                     .signer = signer,
                     .addresses = {},
                     .lookups = {}}) {}
Gate::~Gate() = default;

const GateSettings& Gate::settings() const {
  return impl_->settings;
}
const RequestSigner* Gate::signer() const {
  return impl_->signer;
}
Loop& Gate::loop() const {
  return impl_->loop;
}

Task<Result<Gate::Addresses>> Gate::resolve(ScanContext& scan, std::string host) {
  if (const auto literal = parse_address(host)) {
    const std::vector<IpAddress> one{*literal};
    co_return impl_->separate(scan, host, one, true);
  }
  if (!may_look_up(host))
    co_return impl_->refuse(scan, host, "", "the name stands for something inside a network",
                            "allow its network with --allow-network");
  for (;;) {
    if (const auto known = scan.resolutions.find(host); known != scan.resolutions.end()) {
      if (!known->second) co_return std::unexpected(known->second.error());
      co_return impl_->separate(scan, host, *known->second, false);
    }
    const auto key = std::pair<const ScanContext*, std::string>(&scan, host);
    const auto running = impl_->lookups.find(key);
    if (running == impl_->lookups.end()) {
      const auto done = std::make_shared<Event>(impl_->loop);
      impl_->lookups.emplace(key, done);
      scan.statistics.dns_queries += 2;
      auto answer = co_await impl_->resolver.lookup(host, scan.deadline);
      impl_->lookups.erase(key);
      done->notify();
      if (!answer && answer.error().code == ErrorCode::cancelled) co_return std::unexpected(answer.error());
      if (answer) impl_->separate(scan, host, *answer, true);
      scan.resolutions.emplace(host, std::move(answer));
    } else {
      const auto done = running->second;
      auto woken = co_await done->wait(scan.deadline);
      if (!woken) co_return std::unexpected(woken.error());
    }
  }
}

Task<Result<std::vector<IpAddress>>> Gate::resolve_allowed(ScanContext& scan, std::string host) {
  auto found = co_await resolve(scan, host);
  if (!found) co_return std::unexpected(std::move(found.error()));
  if (found->allowed.empty() && !found->refused.empty()) {
    co_return fail(ErrorCode::egress_refused, host,
                   "the egress guard refuses its address " + found->refused.front().to_string(),
                   "allow its network with --allow-network if it is yours");
  }
  co_return std::move(found->allowed);
}

bool Gate::may_look_up(std::string_view host) const {
  return !stays_inside(host) || !impl_->settings.allowed_networks.empty();
}

Task<Result<Bytes>> Gate::exchange_dns(ScanContext& scan, DnsRequest request) {
  auto& gate = *impl_;
  const auto endpoint = format_endpoint(request.address, request.port);
  const Pauses::Key key{request.address, "", request.port};
  std::unique_ptr<Lease> connection;
  if (!request.operators_own) {
    if (const auto reason = gate.refusal(request.address))
      co_return gate.refuse(scan, request.server, endpoint, *reason, "allow its network with --allow-network");
    if (auto free = gate.check_name_server(request.server, key); !free) co_return std::unexpected(free.error());
    if (auto token = co_await gate.wait_for_token(request.address, &AddressState::dns_bucket, endpoint, scan.deadline);
        !token)
      co_return std::unexpected(token.error());
    if (request.tcp) {
      const auto slots = gate.state(request.address).slots;
      auto lease = co_await slots->acquire(scan.deadline);
      if (!lease) co_return fail(lease.error().code, endpoint, lease.error().reason);
      connection = std::move(*lease);
    }
    if (auto free = gate.check_name_server(request.server, key); !free) co_return std::unexpected(free.error());
  }
  auto place = co_await gate.dns_places->acquire(scan.deadline);
  if (!place) co_return fail(place.error().code, endpoint, place.error().reason);
  ++scan.statistics.dns_queries;
  auto entry = entry_for(scan, to_string(Activity::dns), request.server, endpoint);
  entry.purpose = std::move(request.question);
  gate.log.write(entry);
  scan.statistics.bytes_sent += request.message.size();
  const auto by = std::min(scan.deadline, deadline_in(request.wait));
  auto exchange = request.tcp ? dns::exchange_tcp : dns::exchange_udp;
  auto answer = co_await exchange(gate.loop, request.address, request.port, request.message, request.is_answer, by);
  if (answer) {
    scan.statistics.bytes_received += answer->size();
    if (auto booked = scan.budget.spend_bytes(answer->size()); !booked) co_return std::unexpected(booked.error());
  }
  if (request.operators_own) co_return answer;
  // Not the server's doing: the end of the scan, and a machine without IPv6.
  const bool ours =
      !answer && (answer.error().code == ErrorCode::cancelled || answer.error().code == ErrorCode::unsupported ||
                  std::chrono::steady_clock::now() >= scan.deadline);
  if (answer) {
    gate.pauses.succeeded(key);
  } else if (!ours && request.tcp) {
    gate.pauses.failed(key, answer.error().reason);
  }
  co_return answer;
}

Task<Result<std::unique_ptr<Stream>>> Gate::connect(ScanContext& scan, std::string host, IpAddress address,
                                                    std::uint16_t port, Activity activity, Deadline deadline) {
  auto& gate = *impl_;
  const auto endpoint = format_endpoint(address, port);
  deadline = std::min(deadline, scan.deadline);
  if (const auto reason = gate.refusal(address))
    co_return gate.refuse(scan, host, endpoint, *reason, "allow its network with --allow-network if it is yours");
  // The list is for HTTP's sake; WHOIS is at home on one of its ports.
  const bool at_home = activity == Activity::registration && port == 43;
  if (gate.settings.refused_ports.contains(port) && !at_home)
    co_return gate.refuse(scan, host, endpoint, "a port of another protocol", "use a port that is meant for HTTP");
  if (auto free = gate.check_pauses(address, host, port); !free) co_return std::unexpected(free.error());
  const auto slots = gate.state(address).slots;
  auto lease = co_await slots->acquire(deadline);
  if (!lease)
    co_return fail(lease.error().code, endpoint, lease.error().reason,
                   "scan again when fewer apps of the same address are being scanned");
  if (auto token = co_await gate.wait_for_token(address, &AddressState::bucket, endpoint, deadline); !token)
    co_return std::unexpected(token.error());
  // What others learnt while this one waited.
  if (auto free = gate.check_pauses(address, host, port); !free) co_return std::unexpected(free.error());
  if (is_tls(activity)) ++scan.statistics.tls_connections;
  if (activity != Activity::http) gate.log.write(entry_for(scan, to_string(activity), host, endpoint));
  const auto by = std::min(deadline, deadline_in(gate.settings.connect_timeout));
  auto stream = co_await connect_tcp(gate.loop, address, port, by);
  const Pauses::Key key{address, "", port};
  if (!stream) {
    if (stream.error().code != ErrorCode::cancelled) gate.pauses.failed(key, stream.error().reason);
    co_return std::unexpected(stream.error());
  }
  gate.pauses.succeeded(key);
  co_return std::make_unique<GateStream>(std::move(*stream), std::move(*lease), scan);
}

Task<Result<Gate::Connected>> Gate::connect_first(ScanContext& scan, std::string host, std::vector<IpAddress> addresses,
                                                  std::uint16_t port, Activity activity, Deadline deadline) {
  Error last{ErrorCode::name_resolution, host, "has no address", "check the name's A and AAAA records"};
  for (const auto& address : addresses) {
    auto stream = co_await connect(scan, host, address, port, activity, deadline);
    if (stream) {
      Connected connected{.stream = std::move(*stream), .address = address};
      co_return connected;
    }
    last = std::move(stream.error());
    if (last.code == ErrorCode::cancelled || std::chrono::steady_clock::now() >= std::min(deadline, scan.deadline))
      break;
  }
  co_return std::unexpected(std::move(last));
}

Task<Result<void>> Gate::admit_request(ScanContext& scan, std::string link, const Url& url, std::string method,
                                       std::string purpose, IpAddress address, bool fresh_connection) {
  auto& gate = *impl_;
  const auto port = url.effective_port();
  const auto endpoint = format_endpoint(address, port);
  auto entry = entry_for(scan, to_string(scan.requests), url.host, endpoint);
  entry.link = link;
  entry.method = std::move(method);
  entry.url = loggable(url);
  entry.purpose = std::move(purpose);
  if (url.scheme != "http" && url.scheme != "https")
    co_return gate.refuse(scan, url.host, endpoint, "the scheme is not http or https", "");
  if (url.has_userinfo) co_return gate.refuse(scan, url.host, endpoint, "the URL carries user information", "");
  if (auto free = gate.check_pauses(address, entry.host, port); !free) co_return free;
  if (scan.budget.requests_left(link) <= 0) co_return scan.budget.spend_request(link);
  if (!fresh_connection) {
    if (auto token = co_await gate.wait_for_token(address, &AddressState::bucket, endpoint, scan.deadline); !token)
      co_return token;
    if (auto free = gate.check_pauses(address, entry.host, port); !free) co_return free;
  }
  if (auto spent = scan.budget.spend_request(link); !spent) co_return spent;
  ++scan.statistics.http_requests;
  entry.time = now();
  gate.log.write(entry);
  co_return Result<void>{};
}

void Gate::report(const IpAddress& address, const std::string& host, std::optional<int> status,
                  std::optional<Duration> retry_after, std::uint16_t port) {
  auto& pauses = impl_->pauses;
  const Pauses::Key key{address, host, port};
  const bool asks = status == 429 || status == 503;
  if (asks && retry_after && *retry_after > Duration::zero()) {
    const auto by = std::min(*retry_after, kLongestRetryAfter);
    pauses.pause(key, deadline_in(by), fmt::format("answered {} with Retry-After", *status));
  } else if (!status) {
    pauses.failed(key, "no answer");
  } else if (*status == 429 || *status >= 500) {
    pauses.failed(key, fmt::format("status {}", *status));
  } else {
    pauses.succeeded(key);
  }
}

}  // namespace assay::net
