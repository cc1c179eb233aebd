#include "ledger/job_row.h"

#include <array>
#include <utility>

#include "base/json.h"
#include "ledger/lists.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::array kOrigins = {ListWord{.word = "requested"}, ListWord{.word = "verify"},
                                 ListWord{.word = "second-look"}, ListWord{.word = "release"},
                                 ListWord{.word = "scheduled"}};
constexpr std::array kStates = {ListWord{.word = "waiting"}, ListWord{.word = "running"}, ListWord{.word = "done"},
                                ListWord{.word = "failed"}, ListWord{.word = "cancelled"}};
constexpr std::array kFields = {
    ListField{.name = "app", .column = "j.app_key"},
    ListField{.name = "organisation", .column = "a.org_id", .type = FieldType::organisation},
    ListField{.name = "group", .column = "j.scan_group"},
    ListField{.name = "origin", .column = "j.origin", .type = FieldType::word, .words = kOrigins},
    ListField{.name = "state", .column = "j.state", .type = FieldType::word, .words = kStates},
    ListField{.name = "created", .column = "j.created_ms", .type = FieldType::time},
    ListField{.name = "ready", .column = "j.ready_ms", .type = FieldType::time}};
constexpr std::array kSorts = {ListSort{.name = "created", .column = "j.created_ms", .integer = true},
                               ListSort{.name = "ready", .column = "j.ready_ms", .integer = true}};
constexpr std::array kKey = {ListSort{.name = "id", .column = "j.job_id"}};
constexpr ListSpec kJobs = {.name = "jobs",
                            .columns = kJobRowColumns,
                            .from = kJobRowFrom,
                            .org = "a.org_id",
                            .fields = kFields,
                            .sorts = kSorts,
                            .descending = true,
                            .key = kKey,
                            .search = {.app_key = "j.app_key", .prefix = ""}};

std::optional<Time> time_if(long long ms) {
  return ms < 0 ? std::nullopt : std::optional(time_of(ms));
}

}  // namespace

void JobRow::bind(soci::statement& rows) {
  for (auto* text : {&id, &app_key, &group, &origin, &only, &requested_by, &state}) rows.exchange(soci::into(*text));
  for (auto* number : {&created, &ready, &started, &finished, &attempt}) rows.exchange(soci::into(*number));
  rows.exchange(soci::into(worker));
  rows.exchange(soci::into(lease));
  for (auto* text : {&scan_id, &error, &kind, &target, &org_id}) rows.exchange(soci::into(*text));
}

Result<Job> JobRow::take() const {
  const auto known_origin = job_origin_from_string(origin);
  const auto known_state = job_state_from_string(state);
  const auto requirements = parse_json(only, "requirements of job " + id);
  if (!known_origin || !known_state || !requirements || !requirements->is_array())
    return fail(ErrorCode::internal, "job " + id, "is stored in a form that this build does not know");
  Job job;
  job.id = id;
  job.app_key = app_key;
  job.group = group;
  job.origin = *known_origin;
  for (const auto& requirement : *requirements)
    if (requirement.is_string()) job.only.push_back(requirement.get<std::string>());
  job.requested_by = requested_by;
  job.state = *known_state;
  job.created = time_of(created);
  job.ready = time_of(ready);
  job.started = time_if(started);
  job.finished = time_if(finished);
  job.attempt = static_cast<int>(attempt);
  job.worker = worker;
  job.lease = time_of(lease);
  job.scan_id = scan_id;
  job.error = error;
  return job;
}

Result<ClaimedJob> JobRow::claimed() const {
  auto job = take();
  if (!job) return std::unexpected(job.error());
  return ClaimedJob{std::move(*job), kind, target, org_id};
}

Result<Page<Job>> list_jobs(Work& work, const ListQuery& query, const FilterScope& scope) {
  return read_page<Job>(work, kJobs, query, scope, JobRow());
}

}  // namespace assay::ledger
