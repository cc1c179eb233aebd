#include "fleet/worker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "fleet/plan.h"

namespace assay::fleet {

namespace {

using std::chrono::steady_clock;

constexpr int kRenewals = 3;  // within one lease
constexpr int kRecordingAttempts = 5;
// Scans of one transaction: enough that the disk's confirmation weighs little, few enough that other writers of a
// SQLite file do not notice.
constexpr std::size_t kRecordedTogether = 32;
constexpr Duration kProgressEvery{500};  // events of one scan, unless its phase changes
// A scan that runs so many times its time-out hangs: its lease is no longer renewed.
constexpr int kHanging = 2;
// What registries said is kept for other scans: of a registered name for some hours, of any other shorter than it takes
// to the second look, which must see for itself.
constexpr Duration kKeepRegistered = std::chrono::hours(6);
constexpr Duration kKeepUnsettled = std::chrono::minutes(5);
constexpr const char* kStopping = "the worker stops";

bool is_worth_a_retry(const Error& error) {
  return error.code == ErrorCode::io || error.code == ErrorCode::connection || error.code == ErrorCode::timeout;
}

}  // namespace

Worker::Worker(const catalog::Catalog& catalog, ledger::Ledger& ledger, Events& events, WorkerSettings settings,
               FollowUp follow_up, LogHook log, const net::RequestSigner* signer)
    : catalog_(catalog),
      ledger_(ledger),
      events_(events),
      settings_(std::move(settings)),
      log_(std::move(log)),
      recorder_(catalog, ledger, std::move(follow_up)) {
  request_log_.tap(
      [this](const net::RequestLogEntry& entry, std::string_view line) { scan_logs_.add(entry.scan, line); });
  auto& registration = settings_.scan.registration;
  registration.keep_answers = std::min(registration.keep_answers, kKeepRegistered);
  registration.keep_unsettled = std::min(registration.keep_unsettled, kKeepUnsettled);
  settings_.scan.gate.held_hosts = held_;
  // More would wait on one thread while another idles.
  settings_.scan.scans_at_once = std::max(settings_.scan.scans_at_once, settings_.jobs_at_once);
  runner_ = std::make_unique<scan::Runner>(catalog_, settings_.scan, request_log_, signer);
}

Worker::~Worker() {
  stop(Duration::zero());
}

Result<void> Worker::start() {
  if (auto started = runner_->start(); !started) return started;
  {
    const std::scoped_lock lock(mutex_);
    counts_.places = static_cast<std::size_t>(settings_.jobs_at_once);
  }
  claimer_ = std::jthread([this] { claim_and_renew(); });
  recorder_thread_ = std::jthread([this] { record_outcomes(); });
  return {};
}

void Worker::stop(Duration grace) {
  {
    std::unique_lock lock(mutex_);
    claiming_ = false;
    changed_.notify_all();
    changed_.wait_for(lock, grace, [this] { return is_idle(); });
    interrupted_ = true;
    changed_.notify_all();
  }
  runner_->cancel();
  {
    std::unique_lock lock(mutex_);
    if (recorder_thread_.joinable()) changed_.wait(lock, [this] { return is_idle(); });
    ending_ = true;
    changed_.notify_all();
  }
  for (auto* thread : {&claimer_, &recorder_thread_})
    if (thread->joinable()) thread->join();
  runner_->finish();
}

void Worker::wake() {
  const std::scoped_lock lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

WorkerStatistics Worker::statistics() const {
  const std::scoped_lock lock(mutex_);
  auto counts = counts_;
  counts.in_flight = in_flight_.size();
  counts.requests = runner_->progress().http_requests + runner_->progress().tls_connections;
  return counts;
}

void Worker::claim_and_renew() {
  const auto every = settings_.lease / kRenewals;
  auto renewal = steady_clock::now() + every;
  while (true) {
    claim();
    if (steady_clock::now() >= renewal) {
      renew();
      renewal = steady_clock::now() + every;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, std::min(renewal, steady_clock::now() + settings_.poll),
                        [this] { return woken_ || ending_; });
    woken_ = false;
    if (ending_) return;
  }
}

void Worker::claim() {
  ledger::Claim claim{.worker = settings_.name,
                      .count = 0,
                      .scheduled_at_once = catalog_.schedule().scheduled_at_once,
                      .lease = settings_.lease};
  {
    const std::scoped_lock lock(mutex_);
    claim.count = claiming_ ? settings_.jobs_at_once - static_cast<int>(in_flight_.size()) : 0;
    if (claim.count <= 0) return;
    claim_under_way_ = true;
  }
  auto claimed = ledger_.write([&](ledger::Work& work) { return ledger::claim_jobs(work, claim); });
  if (claimed) {
    for (auto& one : *claimed) begin(std::move(one));
  } else {
    log(LogLevel::error, "fleet.claim-failed", {{"error", claimed.error().message()}});
  }
  const std::scoped_lock lock(mutex_);
  claim_under_way_ = false;
  changed_.notify_all();
}

void Worker::begin(ledger::ClaimedJob claimed) {
  auto order = order_of(catalog_, settings_.scan, claimed, settings_.files);
  if (!order) return fail(claimed.job, claimed.org_id, order.error());
  order->progress = progress_of(claimed);
  const std::string id = claimed.job.id;
  events_.publish(event_of(claimed.job, claimed.org_id, JobState::running));
  const std::scoped_lock lock(mutex_);
  counts_.lateness.add(claimed.job.started.value_or(now()) - claimed.job.ready);
  auto& job = in_flight_[id];
  job.claimed = std::move(claimed);
  job.started = steady_clock::now();
  // The outcome comes on another thread, and waits for the lock.
  job.number = runner_->submit(std::move(*order), [this, id](scan::ScanOutcome outcome) {
    const std::scoped_lock inner(mutex_);
    outcomes_.push_back({id, std::move(outcome)});
    changed_.notify_all();
  });
}

void Worker::renew() {
  std::vector<JobLease> held;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, job] : in_flight_) {
      const bool hangs = steady_clock::now() - job.started > kHanging * settings_.scan.scan_timeout + settings_.lease;
      if (!job.lost && !hangs) held.push_back({id, job.claimed.job.attempt});
      if (hangs) log(LogLevel::error, "fleet.scan-hangs", {{"job", id}, {"app", job.claimed.job.app_key}});
    }
  }
  if (held.empty()) return;
  const auto lost =
      ledger_.write([&](ledger::Work& work) { return ledger::renew_leases(work, held, work.now() + settings_.lease); });
  if (!lost) return log(LogLevel::error, "fleet.renew-failed", {{"error", lost.error().message()}});
  const std::scoped_lock lock(mutex_);
  for (const auto& lease : *lost) {
    const auto job = in_flight_.find(lease.job_id);
    if (job == in_flight_.end() || job->second.claimed.job.attempt != lease.attempt) continue;
    job->second.lost = true;
    runner_->stop_scan(job->second.number, "its job was cancelled");
  }
}

void Worker::record_outcomes() {
  while (true) {
    std::vector<Finished> finished;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !outcomes_.empty(); });
      if (outcomes_.empty()) return;
      while (!outcomes_.empty() && finished.size() < kRecordedTogether) {
        auto& next = outcomes_.front();
        finished.push_back({in_flight_.at(next.job_id), std::move(next.outcome), {}});
        outcomes_.pop_front();
      }
    }
    std::vector<Finished*> to_record;
    for (auto& scan : finished) {
      scan.requests = scan_logs_.take(scan.outcome.record.id);
      if (!settle_unrecorded(scan)) to_record.push_back(&scan);
    }
    record(std::move(to_record));
    const std::scoped_lock lock(mutex_);
    for (const auto& scan : finished) in_flight_.erase(scan.job.claimed.job.id);
    woken_ = true;  // there is room
    changed_.notify_all();
  }
}

bool Worker::settle_unrecorded(Finished& scan) {
  const auto& [claimed, number, started, lost] = scan.job;
  const ScanRecord& record = scan.outcome.record;
  bool hand_over = false;
  {
    const std::scoped_lock lock(mutex_);
    hand_over = interrupted_ && !record.complete;
  }
  if (hand_over && !lost) {
    hand_back(scan.job);
  } else if (scan.outcome.bad_input && record.verdicts.empty()) {
    fail(claimed.job, claimed.org_id, *scan.outcome.no_surface);
  } else if (lost) {
    tell_refused(scan, Error{ErrorCode::conflict, "job " + claimed.job.id, "was cancelled", {}});
  } else {
    return false;
  }
  return true;
}

// Those that the ledger fails to take are tried again.
void Worker::record(std::vector<Finished*> scans) {
  for (int attempt = 1; !scans.empty(); ++attempt) {
    std::vector<Recorder::Recording> recordings;
    recordings.reserve(scans.size());
    for (auto* scan : scans) recordings.push_back({scan->outcome.record, scan->job.claimed.job, scan->requests});
    const auto results = recorder_.record_all(recordings);
    std::vector<std::pair<Finished*, Error>> failed;
    for (std::size_t i = 0; i < scans.size(); ++i) {
      if (results[i]) {
        tell_recorded(*scans[i], *results[i]);
      } else if (!is_worth_a_retry(results[i].error()) || attempt == kRecordingAttempts) {
        tell_refused(*scans[i], results[i].error());
      } else {
        failed.emplace_back(scans[i], results[i].error());
      }
    }
    scans.clear();
    const bool stopped = !failed.empty() && !pause(attempt * settings_.retry_recording);
    for (auto& [scan, error] : failed) {
      if (stopped) {
        tell_refused(*scan, error);
        continue;
      }
      log(LogLevel::warning, "fleet.record-again", {{"job", scan->job.claimed.job.id}, {"error", error.message()}});
      scans.push_back(scan);
    }
    const std::scoped_lock lock(mutex_);
    counts_.record_retries += scans.size();
  }
}

void Worker::tell_recorded(const Finished& scan, const std::vector<ChangedFinding>& changed) {
  const auto& claimed = scan.job.claimed;
  const ScanRecord& record = scan.outcome.record;
  auto event = event_of(claimed.job, claimed.org_id, JobState::done);
  event.scan_id = record.id;
  for (const auto& finding : changed) {
    Event told = event;
    told.kind = Event::Kind::finding;
    told.fingerprint = finding.fingerprint;
    told.state = ledger::to_string(finding.status);
    events_.publish(told);
  }
  events_.publish(event);
  std::optional<Json> alarm;
  if (claimed.job.only.empty() && record.complete) alarm = footprints_.look_at(record, claimed.job.group);
  if (alarm) log(LogLevel::warning, "fleet.scan-degraded", *alarm);
  const std::scoped_lock lock(mutex_);
  ++counts_.done;
  ++counts_.done_by[claimed.job.origin];
  counts_.scan_times.add(record.finished - record.started);
  if (alarm) ++counts_.degraded;
}

void Worker::tell_refused(const Finished& scan, const Error& error) {
  const Job& job = scan.job.claimed.job;
  const bool refused = error.code == ErrorCode::conflict;
  log(refused ? LogLevel::info : LogLevel::error, refused ? "fleet.job-lost" : "fleet.record-failed",
      {{"job", job.id}, {"app", job.app_key}, {"error", error.message()}});
  if (!refused) return hand_back(scan.job);
  const std::scoped_lock lock(mutex_);
  ++counts_.lost;
}

void Worker::fail(const Job& job, const std::string& org_id, const Error& error) {
  const auto stored =
      ledger_.write([&](ledger::Work& work) { return ledger::fail_job(work, {job.id, job.attempt}, error.message()); });
  if (!stored) log(LogLevel::error, "fleet.fail-failed", {{"job", job.id}, {"error", stored.error().message()}});
  log(LogLevel::warning, "fleet.job-failed", {{"job", job.id}, {"app", job.app_key}, {"error", error.message()}});
  events_.publish(event_of(job, org_id, JobState::failed));
  const std::scoped_lock lock(mutex_);
  ++counts_.failed;
  ++counts_.failed_by[job.origin];
}

void Worker::hand_back(const InFlight& job) {
  const Job& held = job.claimed.job;
  const auto stored = ledger_.write(
      [&](ledger::Work& work) { return ledger::hand_back_job(work, {held.id, held.attempt}, kStopping); });
  if (!stored)  // the lease will end
    log(LogLevel::warning, "fleet.hand-back-failed", {{"job", held.id}, {"error", stored.error().message()}});
  events_.publish(event_of(held, job.claimed.org_id, JobState::waiting));
  const std::scoped_lock lock(mutex_);
  ++counts_.handed_back;
}

bool Worker::pause(Duration time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return interrupted_; });
}

std::function<void(const scan::ScanStep&)> Worker::progress_of(const ledger::ClaimedJob& claimed) {
  struct Last {
    std::string_view phase;
    steady_clock::time_point at;
  };
  Event event = event_of(claimed.job, claimed.org_id, JobState::running);
  event.kind = Event::Kind::progress;
  return [this, event, last = Last{}](const scan::ScanStep& step) mutable {
    const auto at = steady_clock::now();
    if (step.phase == last.phase && at - last.at < kProgressEvery) return;
    last = {step.phase, at};
    event.at = now();
    event.phase = step.phase;
    event.requests = step.requests;
    event.done = step.done;
    event.total = step.total;
    events_.publish(event);
  };
}

Event Worker::event_of(const Job& job, const std::string& org_id, JobState state) const {
  Event event;
  event.kind = Event::Kind::job;
  event.at = now();
  event.app_key = job.app_key;
  event.org_id = org_id;
  event.job_id = job.id;
  event.state = to_string(state);
  return event;
}

void Worker::log(LogLevel level, std::string_view type, Json fields) const {
  if (log_) log_(level, type, std::move(fields));
}

}  // namespace assay::fleet
