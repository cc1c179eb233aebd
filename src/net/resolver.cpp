#include "net/resolver.h"

#include <ares.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "base/text.h"
#include "base/url.h"
#include "net/host_state.h"

namespace assay::net {

namespace {

// c-ares doubles its time-out with every try: 1 + 2 + 4 shares of the whole time.
constexpr int kTries = 3;
constexpr int kShares = 7;
// Two questions each; more at once overflow the socket buffers of the name server and ours, and wait for the next try.
constexpr int kLookupsAtOnce = 64;

std::unexpected<Error> ares_failure(ErrorCode code, std::string thing, int status, std::string remedy = {}) {
  return fail(code, std::move(thing), ares_strerror(status), std::move(remedy));
}

std::unexpected<Error> lookup_failure(const std::string& host, int status) {
  const auto no = [&](std::string reason) { return fail(ErrorCode::name_resolution, host, std::move(reason)); };
  switch (status) {
    case ARES_ENOTFOUND:
      return no("the name does not exist (NXDOMAIN)");
    case ARES_ENODATA:
      return no("the name has no address");
    case ARES_ESERVFAIL:
      return no("the name server failed (SERVFAIL)");
    case ARES_EREFUSED:
      return no("the name server refused the question (REFUSED)");
    case ARES_EBADNAME:
      return no("is no name that can be looked up");
    case ARES_EBADRESP:
    case ARES_EFORMERR:
      return no("the name server's answer cannot be read");
    case ARES_ECONNREFUSED:
      return fail(ErrorCode::name_resolution, host, "no name server could be reached",
                  "check --resolver or /etc/resolv.conf");
    case ARES_ETIMEOUT:
      return fail(ErrorCode::timeout, host, "the name servers did not answer in time");
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
      return fail(ErrorCode::cancelled, host, "the look-up was stopped");
    default:
      return no(ares_strerror(status));
  }
}

// One question under way; shared by the coroutine that asks and the call-back that answers, whichever lives longer.
struct Question {
  explicit Question(Loop& loop) : answered(loop) {}
  Event answered;
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<IpAddress> addresses;
};

void collect(const ares_addrinfo& answer, std::vector<IpAddress>& into) {
  for (const auto* node = answer.nodes; node != nullptr; node = node->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, node->ai_addr, std::min<std::size_t>(node->ai_addrlen, sizeof storage));
    if (const auto endpoint = from_sockaddr(storage)) into.push_back(endpoint->first);
  }
  std::ranges::sort(into);  // IPv4 first, and the same order whatever the server's rotation
  const auto repeats = std::ranges::unique(into);
  into.erase(repeats.begin(), repeats.end());
}

// What happens when a server answers SERVFAIL or REFUSED.
enum class OnFailure {
  ask_next,    // another one is asked; when none has an answer, c-ares only says that it reached no server
  take_as_is,  // the failure is the answer
};

struct Answer {
  int status = ARES_SUCCESS;
  std::vector<IpAddress> addresses;
};

// A c-ares channel on the loop.
class Channel {
 public:
  explicit Channel(Loop& loop) : loop_(&loop), idle_(loop) {}
  ~Channel() {
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Result<void> open(const ResolverSettings& settings, OnFailure on_failure);
  // `host` must outlive the task.
  Task<Answer> ask(const std::string& host, Deadline deadline);
  bool has_several_servers() const;

 private:
  // One socket of c-ares, watched through a duplicate: c-ares closes its own.
  struct Watch {
    Watch(Loop& loop, int duplicate, ares_socket_t own) : descriptor(loop, duplicate), socket(own) {}
    Descriptor descriptor;
    ares_socket_t socket;
    bool wants_read = false, wants_write = false;  // as c-ares says
    bool reading = false, writing = false;         // a coroutine waits for it
  };

  Result<void> name_servers(const std::vector<std::string>& servers);
  static void on_socket(void* self, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* question, int status, int timeouts, ares_addrinfo* answer);
  Task<void> pump(std::shared_ptr<Watch> watch, Readiness readiness);
  Task<void> keep_time();

  Loop* loop_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  int lookups_ = 0;  // coroutines that wait for an answer
  bool keeping_time_ = false;
  Event idle_;  // the last look-up has ended
};

Result<void> Channel::open(const ResolverSettings& settings, OnFailure on_failure) {
  static std::once_flag once;
  static int library = ARES_SUCCESS;
  std::call_once(once, [] { library = ares_library_init(ARES_LIB_INIT_ALL); });
  if (library != ARES_SUCCESS) return ares_failure(ErrorCode::internal, "c-ares", library);

  ares_options options{};
  std::string lookups = settings.use_hosts_file ? "bf" : "b";
  options.flags = ARES_FLAG_NOSEARCH | (on_failure == OnFailure::take_as_is ? ARES_FLAG_NOCHECKRESP : 0);
  options.timeout = std::max<int>(1, static_cast<int>(settings.timeout.count() / kShares));
  options.tries = kTries;
  options.lookups = lookups.data();
  options.sock_state_cb = &Channel::on_socket;
  options.sock_state_cb_data = this;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (const int status = ares_init_options(&channel_, &options, mask); status != ARES_SUCCESS)
    return ares_failure(ErrorCode::io, "resolver", status, "check /etc/resolv.conf or name a server with --resolver");
  return settings.servers.empty() ? Result<void>{} : name_servers(settings.servers);
}

Result<void> Channel::name_servers(const std::vector<std::string>& servers) {
  const auto list = join(servers, ",");
  if (const int status = ares_set_servers_ports_csv(channel_, list.c_str()); status != ARES_SUCCESS)
    return ares_failure(ErrorCode::invalid_input, list, status,
                        "write a name server as ADDR, ADDR:PORT or [ADDR]:PORT");
  return {};
}

bool Channel::has_several_servers() const {
  ares_addr_port_node* list = nullptr;
  if (ares_get_servers_ports(channel_, &list) != ARES_SUCCESS) return false;
  const bool several = list != nullptr && list->next != nullptr;
  ares_free_data(list);
  return several;
}

void Channel::on_socket(void* self_pointer, ares_socket_t socket, int readable, int writable) {
  auto& self = *static_cast<Channel*>(self_pointer);
  if (readable == 0 && writable == 0) {
    // Dropping the descriptor ends the waits on it; a coroutine that is not waiting sees that nothing is wanted.
    if (const auto it = self.watches_.find(socket); it != self.watches_.end()) {
      it->second->wants_read = it->second->wants_write = false;
      const Descriptor closing = std::move(it->second->descriptor);
      self.watches_.erase(it);
    }
    return;
  }
  auto& watch = self.watches_[socket];
  if (!watch) watch = std::make_shared<Watch>(*self.loop_, ::fcntl(socket, F_DUPFD_CLOEXEC, 0), socket);
  watch->wants_read = readable != 0;
  watch->wants_write = writable != 0;
  if (watch->wants_read && !watch->reading) {
    watch->reading = true;
    self.loop_->spawn(self.pump(watch, Readiness::readable));
  }
  if (watch->wants_write && !watch->writing) {
    watch->writing = true;
    self.loop_->spawn(self.pump(watch, Readiness::writable));
  }
}

Task<void> Channel::pump(std::shared_ptr<Watch> watch, Readiness readiness) {
  const bool reads = readiness == Readiness::readable;
  while (reads ? watch->wants_read : watch->wants_write) {
    auto ready = co_await watch->descriptor.wait(readiness, Deadline::max());
    if (!ready) break;
    ares_process_fd(channel_, reads ? watch->socket : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : watch->socket);
  }
  (reads ? watch->reading : watch->writing) = false;
}

// Tells c-ares when time has passed, as long as somebody waits for an answer.
Task<void> Channel::keep_time() {
  while (lookups_ > 0 && !loop_->cancelled()) {
    timeval next{};
    const auto* wanted = ares_timeout(channel_, nullptr, &next);
    const auto by =
        wanted == nullptr ? Deadline::max() : deadline_in(Duration(wanted->tv_sec * 1000 + wanted->tv_usec / 1000 + 1));
    auto ended = co_await idle_.wait(by);
    if (!ended && ended.error().code == ErrorCode::timeout) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
  keeping_time_ = false;
}

void Channel::on_answer(void* pointer, int status, int /*timeouts*/, ares_addrinfo* answer) {
  const std::unique_ptr<std::shared_ptr<Question>> held(static_cast<std::shared_ptr<Question>*>(pointer));
  auto& question = **held;
  question.done = true;
  question.status = status;
  if (answer != nullptr) {
    if (status == ARES_SUCCESS) collect(*answer, question.addresses);
    ares_freeaddrinfo(answer);
  }
  question.answered.notify();
}

Task<Answer> Channel::ask(const std::string& host, Deadline deadline) {
  const auto question = std::make_shared<Question>(*loop_);
  ares_addrinfo_hints hints{};
  hints.ai_flags = ARES_AI_NOSORT;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ++lookups_;
  auto held = std::make_unique<std::shared_ptr<Question>>(question);
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Channel::on_answer, held.release());
  if (!question->done && !keeping_time_) {
    keeping_time_ = true;
    loop_->spawn(keep_time());
  } else if (!question->done) {
    idle_.notify();  // the new question may be due earlier than the others
  }
  Result<void> waited;
  if (!question->done) waited = co_await question->answered.wait(deadline);
  const bool answered = question->done;
  if (--lookups_ == 0) {
    // Questions that nobody waits for any more end here, and with them the sockets.
    ares_cancel(channel_);
    idle_.notify();
  }
  Answer answer;
  if (!answered) {
    answer.status = waited.error().code == ErrorCode::cancelled ? ARES_ECANCELLED : ARES_ETIMEOUT;
  } else if (question->status != ARES_SUCCESS) {
    answer.status = question->status;
  } else {
    answer.status = question->addresses.empty() ? ARES_ENODATA : ARES_SUCCESS;
    answer.addresses = std::move(question->addresses);
  }
  co_return answer;
}

class AresResolver final : public Resolver {
 public:
  AresResolver(Loop& loop, Duration timeout)
      : timeout_(timeout), places_(std::make_shared<Slots>(loop, kLookupsAtOnce)), first_(loop), last_(loop) {}

  Result<void> open(const ResolverSettings& settings) {
    if (auto opened = first_.open(settings, OnFailure::ask_next); !opened) return opened;
    return last_.open(settings, OnFailure::take_as_is);
  }
  Task<Result<std::vector<IpAddress>>> lookup(std::string host, Deadline deadline) override;

 private:
  Duration timeout_;
  std::shared_ptr<Slots> places_;
  // With several servers, one that fails is passed over; when all did, the first one's failure says why. A single
  // server is only asked for its own word.
  Channel first_, last_;
};

Task<Result<std::vector<IpAddress>>> AresResolver::lookup(std::string host, Deadline deadline) {
  if (parse_address(host) || parse_ipv4_number(host) || host.find_first_of(":%[]") != std::string::npos)
    co_return fail(ErrorCode::name_resolution, host, "is an address, which is not looked up");
  auto place = co_await places_->acquire(deadline);
  if (!place)
    co_return lookup_failure(host, place.error().code == ErrorCode::cancelled ? ARES_ECANCELLED : ARES_ETIMEOUT);
  const auto by = std::min(deadline, deadline_in(timeout_));
  Answer answer{.status = ARES_ECONNREFUSED, .addresses = {}};
  if (first_.has_several_servers()) answer = co_await first_.ask(host, by);
  if (answer.status == ARES_ECONNREFUSED) answer = co_await last_.ask(host, by);
  if (answer.status != ARES_SUCCESS) co_return lookup_failure(host, answer.status);
  co_return std::move(answer.addresses);
}

}  // namespace

Result<std::unique_ptr<Resolver>> make_resolver(Loop& loop, const ResolverSettings& settings) {
  auto resolver = std::make_unique<AresResolver>(loop, settings.timeout);
  if (auto opened = resolver->open(settings); !opened) return std::unexpected(opened.error());
  return resolver;
}

}  // namespace assay::net
