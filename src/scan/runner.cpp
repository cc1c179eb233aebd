#include "scan/runner.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "net/loop.h"

namespace assay::scan {

namespace {

struct Submission {
  std::uint64_t number = 0;
  Order order;
  std::function<void(ScanOutcome)> done;
};

}  // namespace

// One network thread with everything that belongs to it alone, touched on that thread only but for the inbox.
struct Runner::Thread {
  net::Loop loop;
  std::unique_ptr<net::Resolver> resolver;
  std::unique_ptr<net::Gate> gate;
  std::unique_ptr<net::tls::ClientContext> tls;
  std::unique_ptr<net::dns::Client> dns;
  std::unique_ptr<net::registration::Registry> registry;
  net::dns::TakeoverControls controls;
  std::map<std::string, std::shared_ptr<const Result<std::vector<Requirement>>>> selections;
  std::optional<Worker> worker;
  std::size_t at_once = 1;
  std::deque<Submission> waiting;
  std::map<std::uint64_t, std::shared_ptr<ScanStop>> running;

  std::mutex mutex;  // guards what follows
  std::condition_variable arrived;
  std::deque<Submission> inbox;
  std::vector<std::pair<std::uint64_t, std::string>> stops;  // numbers and reasons
  bool finishing = false;

  std::jthread thread;

  static net::Task<void> scan(Thread& self, Submission submission);
  void serve();
  void take_inbox();
  void begin_waiting();
  void stop_scan(std::uint64_t number, const std::string& why);

  // Changes what the mutex guards, and lets the thread know, whether its loop runs or it waits for work.
  template <class Change>
  void tell(Change change) {
    const std::scoped_lock lock(mutex);
    change();
    arrived.notify_one();
    loop.post([this] { take_inbox(); });
  }
};

net::Task<void> Runner::Thread::scan(Thread& self, Submission submission) {
  ScanOutcome outcome = co_await run_scan(*self.worker, std::move(submission.order));
  self.running.erase(submission.number);
  submission.done(std::move(outcome));
  self.begin_waiting();
}

// The loop runs while there are scans; without any the thread sleeps.
void Runner::Thread::serve() {
  while (true) {
    {
      std::unique_lock lock(mutex);
      arrived.wait(lock, [this] { return finishing || !inbox.empty(); });
      if (inbox.empty()) return;
    }
    take_inbox();
    loop.run();
  }
}

void Runner::Thread::take_inbox() {
  {
    const std::scoped_lock lock(mutex);
    std::ranges::move(inbox, std::back_inserter(waiting));
    inbox.clear();
    for (const auto& [number, why] : stops) stop_scan(number, why);
    stops.clear();
  }
  begin_waiting();
}

void Runner::Thread::begin_waiting() {
  while (running.size() < at_once && !waiting.empty()) {
    Submission next = std::move(waiting.front());
    waiting.pop_front();
    if (!next.order.stop) next.order.stop = std::make_shared<ScanStop>();
    running.emplace(next.number, next.order.stop);
    loop.spawn(scan(*this, std::move(next)));
  }
}

void Runner::Thread::stop_scan(std::uint64_t number, const std::string& why) {
  if (const auto at = running.find(number); at != running.end()) at->second->request(why);
  const auto at = std::ranges::find(waiting, number, &Submission::number);
  if (at == waiting.end()) return;
  at->order.stop = std::make_shared<ScanStop>();
  at->order.stop->request(why);
}

Runner::Runner(const catalog::Catalog& catalog, Settings settings, net::RequestLog& log,
               const net::RequestSigner* signer)
    : catalog_(catalog),
      settings_(std::move(settings)),
      log_(log),
      signer_(signer),
      secrets_(catalog, settings_.secrets) {}

Runner::~Runner() {
  cancel();
  finish();
}

Result<void> Runner::start() {
  return start(static_cast<std::size_t>(std::max(settings_.threads, 1)));
}

Result<void> Runner::start(std::size_t count) {
  const auto dns_settings = net::dns::client_settings(settings_.resolver);
  if (!dns_settings) return std::unexpected(dns_settings.error());
  std::vector<std::unique_ptr<Thread>> threads;
  for (std::size_t i = 0; i < count; ++i) {
    auto thread = std::make_unique<Thread>();
    auto resolver = net::make_resolver(thread->loop, settings_.resolver);
    if (!resolver) return std::unexpected(resolver.error());
    thread->resolver = std::move(*resolver);
    thread->gate = std::make_unique<net::Gate>(thread->loop, *thread->resolver, log_, settings_.gate, signer_);
    thread->tls = std::make_unique<net::tls::ClientContext>(settings_.trust);
    thread->dns = std::make_unique<net::dns::Client>(*thread->gate, *dns_settings);
    thread->registry = std::make_unique<net::registration::Registry>(*thread->gate, *thread->tls,
                                                                     *catalog_.registries(), settings_.registration);
    thread->worker.emplace(catalog_, settings_, thread->loop, *thread->gate, *thread->tls, *thread->dns,
                           *thread->registry, thread->controls, progress_, thread->selections, secrets_);
    thread->at_once = static_cast<std::size_t>(std::max(settings_.scans_at_once, 1));
    threads.push_back(std::move(thread));
  }
  const std::scoped_lock lock(mutex_);
  threads_ = std::move(threads);
  for (auto& thread : threads_) {
    if (cancelled_) thread->loop.cancel();
    thread->thread = std::jthread([&self = *thread] { self.serve(); });
  }
  return {};
}

std::uint64_t Runner::submit(Order order, std::function<void(ScanOutcome)> done) {
  if (is_source(order.target.form)) ++progress_.sources_total;
  ++progress_.targets_total;
  const std::uint64_t number = ++submitted_;
  const std::scoped_lock lock(mutex_);
  const std::size_t at =
      threads_.size() == 1 ? 0 : std::hash<std::string>{}(target_host(order.target)) % threads_.size();
  Thread& thread = *threads_[at];
  thread.tell([&] { thread.inbox.push_back({number, std::move(order), std::move(done)}); });
  return number;
}

void Runner::stop_scan(std::uint64_t number, const std::string& why) {
  const std::scoped_lock lock(mutex_);
  for (auto& thread : threads_) thread->tell([&] { thread->stops.emplace_back(number, why); });
}

void Runner::finish() {
  {
    const std::scoped_lock lock(mutex_);
    for (auto& thread : threads_) thread->tell([&] { thread->finishing = true; });
  }
  for (auto& thread : threads_)
    if (thread->thread.joinable()) thread->thread.join();
  const std::scoped_lock lock(mutex_);
  threads_.clear();
}

Result<void> Runner::run(const std::vector<Target>& targets,
                         const std::function<void(std::size_t, ScanOutcome)>& done) {
  const auto wanted = static_cast<std::size_t>(std::max(settings_.threads, 1));
  if (auto started = start(std::clamp<std::size_t>(targets.size(), 1, wanted)); !started) return started;
  std::mutex one_at_a_time;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    Order order;
    order.target = targets[i];
    order.app_key = targets[i].key;
    submit(std::move(order), [&, i](ScanOutcome outcome) {
      const std::scoped_lock lock(one_at_a_time);
      done(i, std::move(outcome));
    });
  }
  finish();
  return {};
}

void Runner::cancel() {
  cancelled_ = true;
  const std::scoped_lock lock(mutex_);
  for (auto& thread : threads_) thread->loop.cancel();
}

}  // namespace assay::scan
