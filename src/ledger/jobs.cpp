#include "ledger/jobs.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "base/url.h"
#include "ledger/dialect.h"
#include "ledger/job_row.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

// PostgreSQL's advisory lock for claims; any number that is ours. SQLite has one writer at a time as it is.
constexpr long long kClaimLock = 0x61737379'6A6F6273;
constexpr int kPriorities = 4;
constexpr std::string_view kLapsed = "its worker was lost: the lease ended without being renewed";

constexpr std::array kJobColumns = {Column{"job_id", ColumnType::text},
                                    Column{"app_key", ColumnType::text},
                                    Column{"host", ColumnType::text},
                                    Column{"scan_group", ColumnType::text},
                                    Column{"origin", ColumnType::text},
                                    Column{"priority", ColumnType::integer},
                                    Column{"only_requirements", ColumnType::text},
                                    Column{"requested_by", ColumnType::text},
                                    Column{"state", ColumnType::text},
                                    Column{"created_ms", ColumnType::integer},
                                    Column{"ready_ms", ColumnType::integer}};
constexpr std::array kKeyColumn = {Column{"app_key", ColumnType::text}};
constexpr std::array kLeaseColumns = {Column{"job_id", ColumnType::text}, Column{"attempt", ColumnType::integer}};

// What was created by a clock that has stepped back since waits no longer.
constexpr std::string_view kMayRun =
    "where j.state = 'waiting' and j.priority = :priority and (j.ready_ms <= :now or j.created_ms > :now) "
    "and a.state = 'active' "
    "and not exists (select 1 from jobs r where r.app_key = j.app_key and r.state = 'running') "
    "and not exists (select 1 from pauses p where p.ended_ms is null and p.from_ms <= :now and p.until_ms > :now "
    "and (p.host = j.host or (length(j.host) > length(p.host) "
    "and substr(j.host, length(j.host) - length(p.host)) = '.' || p.host))) "
    "order by j.ready_ms, j.created_ms, j.job_id limit :most";

// A row read with what its worker needs.
struct ClaimedRow {
  JobRow row;
  void bind(soci::statement& statement) { row.bind(statement); }
  Result<ClaimedJob> take() const { return row.claimed(); }
};

template <class... Uses>
Result<std::vector<ClaimedJob>> select_jobs(Work& work, std::string_view condition, const Uses&... uses) {
  return read_rows<ClaimedJob, ClaimedRow>(
      work.sql(), fmt::format("select {} from {} {}", kJobRowColumns, kJobRowFrom, condition), uses...);
}

struct AppRow {
  std::string target, state;
};

std::map<std::string, AppRow> select_targets(Work& work, const std::vector<NewJob>& jobs) {
  Json keys = Json::array();
  for (const auto& job : jobs) keys.push_back({{"app_key", storable(job.app_key)}});
  const std::string batch = dump_json(keys);
  std::string key;
  AppRow row;
  std::map<std::string, AppRow> apps;
  soci::statement rows =
      (work.sql().prepare << fmt::format("select app_key, target, state from apps where app_key in ({})",
                                         work.dialect().rows(kKeyColumn)),
       soci::use(batch, "rows"), soci::into(key), soci::into(row.target), soci::into(row.state));
  rows.execute();
  while (rows.fetch()) apps.emplace(key, row);
  return apps;
}

std::string host_of(const std::string& target) {
  const auto url = parse_url(target);
  return url ? url->host : "";
}

std::string requirements_of(NewJob& job) {
  std::ranges::sort(job.only);
  const auto repeated = std::ranges::unique(job.only);
  job.only.erase(repeated.begin(), repeated.end());
  return dump_json(Json(job.only));
}

// Inserts those that are not waiting already; the apps must exist.
std::size_t insert_jobs(Work& work, std::vector<NewJob>& jobs, const std::map<std::string, AppRow>& apps) {
  Json rows = Json::array();
  for (auto& job : jobs)
    rows.push_back({{"job_id", random_uuid()},
                    {"app_key", storable(job.app_key)},
                    {"host", host_of(apps.at(storable(job.app_key)).target)},
                    {"scan_group", storable(job.group)},
                    {"origin", to_string(job.origin)},
                    {"priority", priority_of(job.origin)},
                    {"only_requirements", requirements_of(job)},
                    {"requested_by", storable(job.requested_by)},
                    {"state", "waiting"},
                    {"created_ms", milliseconds_of(work.now())},
                    {"ready_ms", milliseconds_of(job.ready.value_or(work.now()))}});
  const auto statement = work.dialect().insert_rows("jobs", kJobColumns) + " on conflict do nothing";
  return static_cast<std::size_t>(run_rows_counted(work.sql(), statement, rows));
}

// Only one claim at a time, so that two of them never choose jobs of one app, nor exceed the cap together.
void serialise_claims(Work& work) {
  if (work.dialect().engine() == Engine::sqlite) return;
  soci::indicator nothing = soci::i_ok;
  std::string result;
  work.sql() << "select cast(pg_advisory_xact_lock(:lock) as text)", soci::use(kClaimLock, "lock"),
      soci::into(result, nothing);
}

int running_scheduled(Work& work) {
  long long running = 0;
  work.sql() << "select count(*) from jobs where state = 'running' and origin = 'scheduled'", soci::into(running);
  return static_cast<int>(running);
}

Json lease_rows(std::span<const JobLease> leases) {
  Json rows = Json::array();
  for (const auto& lease : leases) rows.push_back({{"job_id", lease.job_id}, {"attempt", lease.attempt}});
  return rows;
}

void start(Work& work, const Claim& claim, std::vector<ClaimedJob>& taken) {
  const Time until = work.now() + std::min(claim.lease, kLongestLease);
  Json rows = Json::array();
  for (auto& one : taken) {
    Job& job = one.job;
    rows.push_back({{"job_id", job.id}, {"attempt", job.attempt}});
    job.state = JobState::running;
    ++job.attempt;
    job.worker = claim.worker;
    job.started = work.now();
    job.lease = until;
    job.error.clear();
  }
  const std::string batch = dump_json(rows), worker = storable(claim.worker);
  const long long now = milliseconds_of(work.now()), lease = milliseconds_of(until);
  run_counted(
      work.sql(),
      fmt::format("update jobs set state = 'running', attempt = attempt + 1, worker = :worker, started_ms = :now, "
                  "lease_ms = :lease, error = '' where job_id in (select job_id from ({}) as taken)",
                  work.dialect().rows(kLeaseColumns)),
      soci::use(worker, "worker"), soci::use(now, "now"), soci::use(lease, "lease"), soci::use(batch, "rows"));
}

std::unexpected<Error> lost(const JobLease& lease) {
  return fail(ErrorCode::conflict, "job " + lease.job_id,
              fmt::format("attempt {} does not hold it any more: its lease ended or it was cancelled", lease.attempt),
              "its result is dropped; the job's later attempt counts");
}

Result<void> end_job(Work& work, const JobLease& lease, JobState state, const std::string& scan_id,
                     const std::string& error) {
  const std::string word(to_string(state)), scan = storable(scan_id), text = storable(error);
  const long long now = milliseconds_of(work.now()), attempt = lease.attempt;
  const auto changed = run_counted(
      work.sql(),
      "update jobs set state = :state, finished_ms = :now, scan_id = nullif(:scan, ''), error = :error, lease_ms = 0 "
      "where job_id = :id and attempt = :attempt and state = 'running'",
      soci::use(word, "state"), soci::use(now, "now"), soci::use(scan, "scan"), soci::use(text, "error"),
      soci::use(lease.job_id, "id"), soci::use(attempt, "attempt"));
  if (changed == 0) return lost(lease);
  return {};
}

// Lets running jobs that meet `condition` wait again; where the same job is waiting already, one is enough.
template <class... Uses>
long long put_back(Work& work, const std::string& why, const std::string& condition, const Uses&... uses) {
  const long long now = milliseconds_of(work.now());
  const std::string text = storable(why);
  const long long superseded = run_counted(
      work.sql(),
      "update jobs set state = 'cancelled', finished_ms = :now, lease_ms = 0, error = :why where "
      "state = 'running' and exists (select 1 from jobs w where w.state = 'waiting' and w.app_key = jobs.app_key "
      "and w.scan_group = jobs.scan_group and w.origin = jobs.origin "
      "and w.only_requirements = jobs.only_requirements) and " +
          condition,
      soci::use(now, "now"), soci::use(text, "why"), uses...);
  return superseded +
         run_counted(work.sql(),
                     "update jobs set state = 'waiting', lease_ms = 0, error = :why where state = 'running' "
                     "and " +
                         condition,
                     soci::use(text, "why"), uses...);
}

Job without_target(ClaimedJob&& claimed) {
  return std::move(claimed.job);
}

}  // namespace

Result<Job> enqueue_job(Work& work, NewJob job) {
  const auto apps = select_targets(work, {job});
  const auto app = apps.find(storable(job.app_key));
  if (app == apps.end())
    return fail(ErrorCode::not_found, "app " + job.app_key, "is not in the ledger",
                "list the known ones with: assay apps list");
  if (app->second.state != "active")
    return fail(ErrorCode::conflict, "app " + job.app_key, "is " + app->second.state + " and is not scanned",
                "make it active first");
  const Time wanted = job.ready.value_or(work.now());
  std::vector<NewJob> one{std::move(job)};
  insert_jobs(work, one, apps);
  const std::string key = storable(one[0].app_key), group = storable(one[0].group), only = requirements_of(one[0]);
  const std::string origin(to_string(one[0].origin));
  auto waiting = select_jobs(work,
                             "where j.state = 'waiting' and j.app_key = :app and j.scan_group = :group and "
                             "j.origin = :origin and j.only_requirements = :only",
                             soci::use(key, "app"), soci::use(group, "group"), soci::use(origin, "origin"),
                             soci::use(only, "only"));
  if (!waiting) return std::unexpected(waiting.error());
  if (waiting->empty())
    return fail(ErrorCode::conflict, "job of app " + one[0].app_key, "was taken by a worker in the same moment",
                "try again");
  Job stored = without_target(std::move(waiting->front()));
  if (stored.ready > wanted) {
    stored.ready = wanted;
    const long long ready = milliseconds_of(wanted);
    run_counted(work.sql(), "update jobs set ready_ms = :ready where job_id = :id and state = 'waiting'",
                soci::use(ready, "ready"), soci::use(stored.id, "id"));
  }
  return stored;
}

Result<std::size_t> enqueue_jobs(Work& work, std::vector<NewJob> jobs) {
  const auto apps = select_targets(work, jobs);
  std::erase_if(jobs, [&](const NewJob& job) {
    const auto app = apps.find(storable(job.app_key));
    return app == apps.end() || app->second.state != "active";
  });
  return insert_jobs(work, jobs, apps);
}

Result<std::vector<ClaimedJob>> claim_jobs(Work& work, const Claim& claim) {
  serialise_claims(work);
  const long long now = milliseconds_of(work.now());
  std::vector<ClaimedJob> taken;
  std::set<std::string> apps;
  for (int priority = 0; priority < kPriorities; ++priority) {
    int room = claim.count - static_cast<int>(taken.size());
    if (priority == priority_of(JobOrigin::scheduled))
      room = std::min(room, claim.scheduled_at_once - running_scheduled(work));
    if (room <= 0) continue;
    auto candidates =
        select_jobs(work, kMayRun, soci::use(priority, "priority"), soci::use(now, "now"), soci::use(room, "most"));
    if (!candidates) return candidates;
    for (auto& candidate : *candidates)
      if (apps.insert(candidate.job.app_key).second) taken.push_back(std::move(candidate));
  }
  if (!taken.empty()) start(work, claim, taken);
  return taken;
}

Result<std::vector<JobLease>> renew_leases(Work& work, std::span<const JobLease> held, Time until) {
  const std::string batch = dump_json(lease_rows(held));
  const long long lease = milliseconds_of(until);
  const std::string mine =
      fmt::format("state = 'running' and (job_id, attempt) in (select job_id, attempt from ({}) as held)",
                  work.dialect().rows(kLeaseColumns));
  run_counted(work.sql(), "update jobs set lease_ms = :lease where " + mine, soci::use(lease, "lease"),
              soci::use(batch, "rows"));
  std::set<std::string> still;
  std::string id;
  soci::statement rows =
      (work.sql().prepare << "select job_id from jobs where " + mine, soci::use(batch, "rows"), soci::into(id));
  rows.execute();
  while (rows.fetch()) still.insert(id);
  std::vector<JobLease> gone;
  std::ranges::copy_if(held, std::back_inserter(gone), [&](const JobLease& l) { return !still.contains(l.job_id); });
  return gone;
}

Result<void> finish_job(Work& work, const JobLease& lease, const std::string& scan_id) {
  return end_job(work, lease, JobState::done, scan_id, "");
}

Result<void> fail_job(Work& work, const JobLease& lease, const std::string& error) {
  return end_job(work, lease, JobState::failed, "", error);
}

Result<void> hand_back_job(Work& work, const JobLease& lease, const std::string& why) {
  const long long attempt = lease.attempt;
  const auto changed = put_back(work, why, "job_id = :id and attempt = :attempt", soci::use(lease.job_id, "id"),
                                soci::use(attempt, "attempt"));
  if (changed == 0) return lost(lease);
  return {};
}

Result<std::size_t> lapse_leases(Work& work) {
  const long long now = milliseconds_of(work.now()), most = kMaxJobAttempts;
  const long long far = milliseconds_of(work.now() + kLongestLease);
  static constexpr const char* kEnded = "(lease_ms < :at or lease_ms > :far)";
  const std::string given_up = fmt::format("given up after {} attempts: {}", kMaxJobAttempts, kLapsed);
  const auto failed =
      run_counted(work.sql(),
                  fmt::format("update jobs set state = 'failed', finished_ms = :now, lease_ms = 0, error = :why "
                              "where state = 'running' and {} and attempt >= :most",
                              kEnded),
                  soci::use(now, "now"), soci::use(given_up, "why"), soci::use(now, "at"), soci::use(far, "far"),
                  soci::use(most, "most"));
  const auto again = put_back(work, std::string(kLapsed), kEnded, soci::use(now, "at"), soci::use(far, "far"));
  return static_cast<std::size_t>(failed + again);
}

Result<Job> cancel_job(Work& work, const std::string& job_id, const std::string& why) {
  const auto known = find_job(work, job_id);
  if (!known) return std::unexpected(known.error());
  if (!*known) return fail(ErrorCode::not_found, "job " + job_id, "does not exist", "list the app's jobs");
  const long long now = milliseconds_of(work.now());
  const std::string text = storable(why);
  const auto changed =
      run_counted(work.sql(),
                  "update jobs set state = 'cancelled', finished_ms = :now, lease_ms = 0, error = :why "
                  "where job_id = :id and state in ('waiting', 'running')",
                  soci::use(now, "now"), soci::use(text, "why"), soci::use(job_id, "id"));
  if (changed == 0)
    return fail(ErrorCode::conflict, "job " + job_id, fmt::format("has ended: it is {}", to_string((*known)->state)),
                "look at its scan instead");
  auto job = find_job(work, job_id);
  if (!job) return std::unexpected(job.error());
  return std::move(**job);
}

Result<std::size_t> cancel_jobs_of(Work& work, const std::string& app_key, const std::string& why) {
  const long long now = milliseconds_of(work.now());
  const std::string key = storable(app_key), text = storable(why);
  return static_cast<std::size_t>(
      run_counted(work.sql(),
                  "update jobs set state = 'cancelled', finished_ms = :now, lease_ms = 0, error = :why "
                  "where app_key = :app and state in ('waiting', 'running')",
                  soci::use(now, "now"), soci::use(text, "why"), soci::use(key, "app")));
}

Result<std::optional<Job>> find_job(Work& work, const std::string& job_id, const FilterScope& scope) {
  const std::string id = storable(job_id);
  auto found = select_jobs(work, "where j.job_id = :id", soci::use(id, "id"));
  if (!found) return std::unexpected(found.error());
  if (found->empty() || (scope.org_id && found->front().org_id != *scope.org_id)) return std::nullopt;
  return without_target(std::move(found->front()));
}

Result<JobCounts> count_jobs(Work& work) {
  JobCounts counts;
  for (const auto origin :
       {JobOrigin::requested, JobOrigin::verify, JobOrigin::second_look, JobOrigin::release, JobOrigin::scheduled})
    counts.waiting[origin] = counts.running[origin] = 0;
  std::string state, origin;
  long long number = 0, oldest = -1;
  soci::statement rows = (work.sql().prepare << "select state, origin, count(*) from jobs where state in "
                                                "('waiting', 'running') group by state, origin",
                          soci::into(state), soci::into(origin), soci::into(number));
  rows.execute();
  while (rows.fetch()) {
    const auto known = job_origin_from_string(origin);
    if (known) (state == "waiting" ? counts.waiting : counts.running)[*known] = static_cast<std::size_t>(number);
  }
  const long long now = milliseconds_of(work.now());
  work.sql() << "select coalesce(min(ready_ms), -1) from jobs where state = 'waiting' and ready_ms <= :now",
      soci::use(now, "now"), soci::into(oldest);
  if (oldest >= 0) counts.oldest_ready = time_of(oldest);
  return counts;
}

}  // namespace assay::ledger
