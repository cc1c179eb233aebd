#include "scan/runner.h"

#include <algorithm>
#include <functional>
#include <string>
#include <thread>

#include "net/loop.h"

namespace assay::scan {

// One network thread with everything that belongs to it alone.
struct Runner::Thread {
  net::Loop loop;
  std::unique_ptr<net::Resolver> resolver;
  std::unique_ptr<net::Gate> gate;
  std::unique_ptr<net::tls::ClientContext> tls;
  std::unique_ptr<net::dns::Client> dns;
  std::unique_ptr<net::registration::Registry> registry;
  net::dns::TakeoverControls controls;
  std::map<std::string, Result<std::vector<Requirement>>> selections;
  std::vector<std::size_t> targets;  // indices
};

namespace {

// What the threads of one run share.
struct Run {
  const std::vector<Target>& targets;
  const std::function<void(std::size_t, ScanOutcome)>& done;
  std::mutex done_mutex;
};

net::Task<void> scan_one(const Worker& worker, Run& run, std::size_t index) {
  ScanOutcome outcome = co_await run_scan(worker, run.targets[index]);
  const std::scoped_lock lock(run.done_mutex);  // not held across a suspension
  run.done(index, std::move(outcome));
}

}  // namespace

Runner::Runner(const catalog::Catalog& catalog, Settings settings, net::RequestLog& log,
               const net::RequestSigner* signer)
    : catalog_(catalog), settings_(std::move(settings)), log_(log), signer_(signer) {}

Runner::~Runner() = default;

Result<void> Runner::run(const std::vector<Target>& targets,
                         const std::function<void(std::size_t, ScanOutcome)>& done) {
  const std::size_t count =
      std::clamp<std::size_t>(static_cast<std::size_t>(settings_.threads), 1, std::max<std::size_t>(targets.size(), 1));
  progress_.targets_total += targets.size();
  const auto dns_settings = net::dns::client_settings(settings_.resolver);
  if (!dns_settings) return std::unexpected(dns_settings.error());
  {
    const std::scoped_lock lock(mutex_);
    threads_.clear();
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
      threads_.push_back(std::move(thread));
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const std::size_t at = count == 1 ? 0 : std::hash<std::string>{}(target_host(targets[i])) % count;
      threads_[at]->targets.push_back(i);
    }
    if (cancelled_)
      for (auto& thread : threads_) thread->loop.cancel();
  }

  Run run{targets, done, {}};
  const auto work = [&](Thread& thread) {
    const Worker worker{catalog_,    settings_,        thread.loop,     *thread.gate, *thread.tls,
                        *thread.dns, *thread.registry, thread.controls, progress_,    thread.selections};
    const auto one = [&](std::size_t k) { return scan_one(worker, run, thread.targets[k]); };
    std::function<net::Task<void>(std::size_t)> make = one;
    thread.loop.spawn(net::for_each_limited(thread.loop, thread.targets.size(),
                                            static_cast<std::size_t>(std::max(settings_.scans_at_once, 1)),
                                            std::move(make)));
    thread.loop.run();
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < count; ++i) others.emplace_back([&, i] { work(*threads_[i]); });
  work(*threads_[0]);
  others.clear();  // joins
  return {};
}

void Runner::cancel() {
  cancelled_ = true;
  const std::scoped_lock lock(mutex_);
  for (auto& thread : threads_) thread->loop.cancel();
}

}  // namespace assay::scan
