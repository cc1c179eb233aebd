#include "net/dns/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "net/loop.h"

namespace assay::net::dns {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kShortestMemory{1};
constexpr seconds kLongestMemory{3600};
constexpr seconds kFailureMemory{30};

constexpr std::string_view kServfail = "SERVFAIL";
constexpr std::string_view kRefused = "REFUSED";

struct Question {
  std::string name;  // canonical
  Type type = Type::a;
  bool checking_disabled = false;
  std::optional<Server> server;  // none: the operator's resolvers
};

std::string key_of(const Question& q) {
  return fmt::format("{}|{}|{}|{}|{}", q.server ? q.server->name : "", q.server ? q.server->address.to_string() : "",
                     static_cast<unsigned>(q.type), q.checking_disabled ? 1 : 0, q.name);
}

// How one try goes out.
struct Manner {
  bool tcp = false;
  bool edns = true;
  bool mixed_case = false;
  Duration wait{};
};

Query make_query(const Question& q, const Manner& manner) {
  const auto random = random_bytes(2 + std::tuple_size_v<Cookie> + 32);
  const auto bits = ByteView(random);
  Query query;
  query.id = static_cast<std::uint16_t>(random[0] << 8 | random[1]);
  query.name = manner.mixed_case ? mixed_case(q.name, bits.subspan(2 + std::tuple_size_v<Cookie>)) : q.name;
  query.type = q.type;
  query.recursion = !q.server;
  query.checking_disabled = q.checking_disabled;
  query.edns = manner.edns;
  if (manner.edns) {
    query.cookie.emplace();
    std::ranges::copy(bits.subspan(2, query.cookie->size()), query.cookie->begin());
  }
  return query;
}

DnsAnswer answer_without_records(const Question& q) {
  DnsAnswer answer;
  answer.name = q.name;
  answer.type = to_string(q.type);
  answer.server = q.server ? q.server->name : "resolver";
  answer.recursion = !q.server;
  answer.checking_disabled = q.checking_disabled;
  return answer;
}

void set_failure(DnsAnswer& answer, const Error& error) {
  answer.failure.emplace();
  answer.failure->code = to_string(error.code);
  answer.failure->detail = error.reason;
}

void set_response(DnsAnswer& answer, Response response) {
  answer.rcode = rcode_name(response.rcode);
  answer.authoritative = response.authoritative;
  answer.authenticated = response.authenticated;
  answer.extended_errors = std::move(response.extended_errors);
  answer.answer = std::move(response.answer);
  answer.authority = std::move(response.authority);
  answer.additional = std::move(response.additional);
  answer.left_out = response.left_out;
}

// Another try, or another server, may still give an answer.
bool worth_another_try(ErrorCode code) {
  return code == ErrorCode::timeout || code == ErrorCode::connection || code == ErrorCode::protocol;
}

bool knows_no_edns(const Response& response) {
  const auto rcode = rcode_name(response.rcode);
  return rcode == "FORMERR" || rcode == "NOTIMP" || rcode == "BADVERS";
}

// How long an answer holds: the shortest life of its records; for a negative one, RFC 2308 §5.
seconds memory_of(const DnsAnswer& a) {
  if (a.failure || (a.rcode != "NOERROR" && a.rcode != "NXDOMAIN")) return kFailureMemory;
  std::uint32_t ttl = static_cast<std::uint32_t>(kLongestMemory.count());
  for (const auto* section : {&a.answer, &a.authority})
    for (const auto& record : *section) {
      ttl = std::min(ttl, record.ttl);
      std::uint32_t minimum = 0;
      const auto last = record.data.rfind(' ');
      if (record.type == "SOA" && last != std::string::npos &&
          std::from_chars(record.data.data() + last + 1, record.data.data() + record.data.size(), minimum).ec ==
              std::errc())
        ttl = std::min(ttl, minimum);
    }
  if (a.answer.empty() && a.authority.empty()) return kFailureMemory;
  return std::max(kShortestMemory, seconds(ttl));
}

}  // namespace

struct Client::Impl {
  Impl(Gate& g, ClientSettings s) : gate(g), settings(std::move(s)), label("assay-" + to_hex(random_bytes(8))) {
    for (const auto& endpoint : settings.resolvers) resolvers.push_back({.endpoint = endpoint});
  }

  struct OwnResolver {
    Endpoint endpoint;
    bool keeps_case = true;  // gives names back as they were asked for
  };
  struct Remembered {
    Answer answer;
    Deadline until;
  };
  // Marks a question as under way and wakes those that wait for it, however the asking ends.
  class UnderWay {
   public:
    UnderWay(Impl& impl, const std::string& key)
        : impl_(&impl), key_(key), done_(std::make_shared<Event>(impl.gate.loop())) {
      impl_->under_way.emplace(key_, done_);
    }
    ~UnderWay() {
      impl_->under_way.erase(key_);
      done_->notify();
    }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

   private:
    Impl* impl_;
    std::string key_;
    std::shared_ptr<Event> done_;
  };

  Task<Answer> ask(ScanContext& scan, Question question);
  Task<DnsAnswer> ask_afresh(ScanContext& scan, const Question& question);
  Task<DnsAnswer> ask_resolvers(ScanContext& scan, const Question& question);
  Task<DnsAnswer> ask_endpoint(ScanContext& scan, const Question& question, Endpoint endpoint, bool& keeps_case);
  Task<Result<Response>> exchange(ScanContext& scan, const Question& question, Endpoint endpoint, Manner manner);
  Answer recall(const std::string& key);
  void remember(const std::string& key, const Answer& answer);

  Gate& gate;
  ClientSettings settings;
  std::string label;
  std::vector<OwnResolver> resolvers;
  std::size_t preferred = 0;  // of the resolvers, the one that last answered
  std::unordered_map<std::string, Remembered> remembered;
  std::unordered_map<std::string, std::shared_ptr<Event>> under_way;
};

Answer Client::Impl::recall(const std::string& key) {
  const auto it = remembered.find(key);
  if (it == remembered.end() || it->second.until <= steady_clock::now()) return nullptr;
  return it->second.answer;
}

void Client::Impl::remember(const std::string& key, const Answer& answer) {
  const auto at = steady_clock::now();
  if (remembered.size() >= settings.remembered)
    std::erase_if(remembered, [&](const auto& entry) { return entry.second.until <= at; });
  if (remembered.size() >= settings.remembered) remembered.clear();
  remembered.insert_or_assign(key, Remembered{answer, at + memory_of(*answer)});
}

Task<Answer> Client::Impl::ask(ScanContext& scan, Question question) {
  auto canonical = canonical_name(question.name);
  if (!canonical || !gate.may_look_up(*canonical)) {
    auto answer = answer_without_records(question);
    set_failure(answer, canonical ? Error{ErrorCode::egress_refused, question.name,
                                          "the name stands for something inside a network", ""}
                                  : canonical.error());
    co_return std::make_shared<const DnsAnswer>(std::move(answer));
  }
  question.name = std::move(*canonical);
  const auto key = key_of(question);
  for (;;) {
    if (auto known = recall(key)) co_return known;
    const auto running = under_way.find(key);
    if (running == under_way.end()) {
      const UnderWay mark(*this, key);
      auto answer = co_await ask_afresh(scan, question);
      const auto shared = std::make_shared<const DnsAnswer>(std::move(answer));
      // What only this scan could not do is no answer to the others.
      const auto code = shared->failure ? shared->failure->code : std::string();
      const bool of_scan =
          !code.empty() && (code == to_string(ErrorCode::cancelled) || code == to_string(ErrorCode::budget_spent) ||
                            steady_clock::now() >= scan.deadline);
      if (!of_scan) remember(key, shared);
      co_return shared;
    }
    const auto done = running->second;
    auto woken = co_await done->wait(scan.deadline);
    if (woken) continue;
    auto answer = answer_without_records(question);
    set_failure(answer, woken.error());
    co_return std::make_shared<const DnsAnswer>(std::move(answer));
  }
}

Task<DnsAnswer> Client::Impl::ask_afresh(ScanContext& scan, const Question& question) {
  if (!question.server) co_return co_await ask_resolvers(scan, question);
  const Endpoint endpoint{question.server->address, settings.server_port};
  bool keeps_case = true;
  auto answer = co_await ask_endpoint(scan, question, endpoint, keeps_case);
  if (answer.rcode != kServfail) co_return answer;
  auto slept = co_await gate.loop().sleep_until(std::min(deadline_in(settings.servfail_pause), scan.deadline));
  if (!slept) co_return answer;
  auto second = co_await ask_endpoint(scan, question, endpoint, keeps_case);
  co_return second.failure ? answer : second;
}

Task<DnsAnswer> Client::Impl::ask_resolvers(ScanContext& scan, const Question& question) {
  std::optional<DnsAnswer> first;
  const std::size_t count = resolvers.size();
  const std::size_t start = preferred;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (start + i) % count;
    auto& resolver = resolvers[at];
    auto answer = co_await ask_endpoint(scan, question, resolver.endpoint, resolver.keeps_case);
    if (!answer.failure) preferred = at;
    if (!answer.failure && answer.rcode != kServfail && answer.rcode != kRefused) co_return answer;
    // A word, even a bad one, says more than silence.
    if (!first || (first->failure && !answer.failure)) first = std::move(answer);
  }
  if (first) co_return std::move(*first);
  auto answer = answer_without_records(question);
  const Error none{ErrorCode::name_resolution, question.name, "there is no resolver to ask", ""};
  set_failure(answer, none);
  co_return answer;
}

// Twice over UDP, then over TCP; over TCP at once when the answer is too long for a datagram. A few servers give the
// name back in lower case: the second datagram asks in no other, and `keeps_case` is what came of it.
Task<DnsAnswer> Client::Impl::ask_endpoint(ScanContext& scan, const Question& question, Endpoint endpoint,
                                           bool& keeps_case) {
  const auto wait = question.server ? settings.server_wait : settings.resolver_wait;
  const Manner plan[] = {{.tcp = false, .mixed_case = keeps_case, .wait = wait},
                         {.tcp = false, .mixed_case = false, .wait = wait * 2},
                         {.tcp = true, .mixed_case = false, .wait = settings.tcp_wait}};
  auto answer = answer_without_records(question);
  answer.address = format_endpoint(endpoint.address, endpoint.port);
  bool edns = true, only_tcp = false;
  for (Manner manner : plan) {
    if (only_tcp && !manner.tcp) continue;
    manner.edns = edns;
    answer.transport = manner.tcp ? "tcp" : "udp";
    auto response = co_await exchange(scan, question, endpoint, manner);
    // A server from before EDNS says so (RFC 6891 §7), and is asked again the old way.
    if (response && edns && knows_no_edns(*response)) {
      edns = manner.edns = false;
      response = co_await exchange(scan, question, endpoint, manner);
    }
    if (!response) {
      set_failure(answer, response.error());
      if (!worth_another_try(response.error().code) || steady_clock::now() >= scan.deadline) co_return answer;
      if (response.error().code == ErrorCode::connection) only_tcp = true;
      continue;
    }
    if (!manner.tcp && (response->truncated || rcode_name(response->rcode) == "BADCOOKIE")) {
      only_tcp = true;
      continue;
    }
    if (!manner.tcp && !manner.mixed_case && answer.failure) keeps_case = false;
    answer.failure.reset();
    set_response(answer, std::move(*response));
    co_return answer;
  }
  co_return answer;
}

Task<Result<Response>> Client::Impl::exchange(ScanContext& scan, const Question& question, Endpoint endpoint,
                                              Manner manner) {
  const auto query = make_query(question, manner);
  auto message = encode(query);
  if (!message) co_return std::unexpected(message.error());
  Result<Response> response = fail(ErrorCode::internal, question.name, "no answer was read");
  const auto is_answer = [&](ByteView came) {
    auto read = decode(came);
    if (!read || !answers(*read, query)) return false;
    response = std::move(read);
    return true;
  };
  DnsRequest request;
  request.server = question.server ? question.server->name : "resolver";
  request.address = endpoint.address;
  request.port = endpoint.port;
  request.operators_own = !question.server;
  request.tcp = manner.tcp;
  request.question = fmt::format("{} {}", to_string(question.type), printable(question.name));
  request.message = std::move(*message);
  request.is_answer = is_answer;
  request.wait = manner.wait;
  auto exchanged = co_await gate.exchange_dns(scan, std::move(request));
  if (!exchanged) co_return std::unexpected(exchanged.error());
  co_return response;
}

Client::Client(Gate& gate, ClientSettings settings) : impl_(std::make_unique<Impl>(gate, std::move(settings))) {}
Client::~Client() = default;

Task<Answer> Client::ask_resolver(ScanContext& scan, std::string name, Type type, bool checking_disabled) {
  Question question{.name = std::move(name), .type = type, .checking_disabled = checking_disabled, .server = {}};
  return impl_->ask(scan, std::move(question));
}

Task<Answer> Client::ask_server(ScanContext& scan, Server server, std::string name, Type type) {
  Question question{.name = std::move(name), .type = type, .server = std::move(server)};
  return impl_->ask(scan, std::move(question));
}

const std::string& Client::random_label() const {
  return impl_->label;
}

Gate& Client::gate() const {
  return impl_->gate;
}

}  // namespace assay::net::dns
