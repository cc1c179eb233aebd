#include "ledger/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "ledger/app_store.h"
#include "ledger/backup.h"
#include "ledger/database.h"
#include "ledger/evidence_vault.h"
#include "ledger/finding_store.h"
#include "ledger/migrations.h"
#include "ledger/roll_up.h"
#include "ledger/row_batch.h"
#include "ledger/scan_store.h"

namespace assay::ledger {

struct Ledger::Impl {
  Impl(std::unique_ptr<Database> opened, std::optional<Key> key)
      : database(std::move(opened)), vault(*database, std::move(key)) {}
  std::unique_ptr<Database> database;
  EvidenceVault vault;

  // `step` as Database runs it: with the time of now, also when it is run again.
  auto step(const Step& step) const {
    return [this, &step, time = now()](soci::session& sql) {
      Work work(sql, database->dialect(), time);
      return step(work);
    };
  }

  // The rows of its evidence: what needs no transaction. Errors: a scan without id or app.
  Result<RowBatch> pack(const ScanRecord& record) const;
  // Within a transaction: scans of as many apps. `evidence` and the comparisons are in their order.
  Result<std::vector<Comparison>> store(soci::session& sql, std::span<const Recording> scans,
                                        std::span<const RowBatch> evidence, Time time);
  // In one transaction: all or none.
  Result<std::vector<Comparison>> store_all(std::span<const Recording> scans);
};

namespace {

std::unexpected<Error> unknown_app(const std::string& key) {
  return fail(ErrorCode::not_found, "app " + key, "is not in the ledger", "list the known ones with: assay apps list");
}

// How many of the first scans are of as many apps and have as many ids: each of them knows nothing of the others.
std::size_t distinct(std::span<const Ledger::Recording> scans) {
  std::set<std::string> apps, ids;
  std::size_t count = 0;
  while (count < scans.size() && apps.insert(storable(scans[count].record.app.key)).second &&
         ids.insert(storable(scans[count].record.id)).second)
    ++count;
  return count;
}

bool is_failure_of_store(const Error& error) {
  return error.code == ErrorCode::io || error.code == ErrorCode::connection || error.code == ErrorCode::timeout;
}

}  // namespace

std::string_view to_string(FindingStatus s) {
  switch (s) {
    case FindingStatus::suspected:
      return "suspected";
    case FindingStatus::open:
      return "open";
    case FindingStatus::fixed:
      return "fixed";
    case FindingStatus::gone:
      return "gone";
    case FindingStatus::unconfirmed:
      return "unconfirmed";
  }
  return "open";
}

std::optional<FindingStatus> finding_status_from_string(std::string_view s) {
  for (const auto status : {FindingStatus::suspected, FindingStatus::open, FindingStatus::fixed, FindingStatus::gone,
                            FindingStatus::unconfirmed})
    if (to_string(status) == s) return status;
  return std::nullopt;
}

Result<void> Ledger::write_work(const Step& step, const std::stop_token& stop) {
  return impl_->database->transact(impl_->step(step), stop);
}

Result<void> Ledger::read_work(const Step& step, const std::stop_token& stop) {
  return impl_->database->run(impl_->step(step), stop);
}

Result<void> Ledger::snapshot_work(const Step& step, const std::stop_token& stop) {
  return impl_->database->snapshot(impl_->step(step), stop);
}

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& url, std::optional<Key> evidence_key, Access access) {
  auto database = Database::connect(url, access);
  if (!database) return std::unexpected(database.error());
  if (auto migrated = migrate(**database, migrations()); !migrated) return std::unexpected(migrated.error());
  auto impl = std::make_unique<Impl>(std::move(*database), std::move(evidence_key));
  if (auto checked = impl->vault.check_key(); !checked) return std::unexpected(checked.error());
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Result<void> Ledger::add_app(const App& app) {
  if (app.key.empty()) return fail(ErrorCode::invalid_input, "app", "has no key", "give it the key of its descriptor");
  return impl_->database->transact([&](soci::session& sql) -> Result<void> {
    if (insert_app(sql, impl_->database->dialect(), app)) return {};
    const auto known = select_app(sql, app.key);
    if (known && known->target != storable(app.target))
      return fail(ErrorCode::conflict, "app " + app.key, fmt::format("is known with another target, {}", known->target),
                  "remove it first with: assay apps remove");
    update_app(sql, impl_->database->dialect(), app);
    return {};
  });
}

Result<std::vector<App>> Ledger::apps() {
  return impl_->database->run([](soci::session& sql) -> Result<std::vector<App>> { return select_apps(sql); });
}

Result<std::optional<App>> Ledger::find_app(const std::string& key) {
  return impl_->database->run([&](soci::session& sql) -> Result<std::optional<App>> { return select_app(sql, key); });
}

Result<void> Ledger::remove_app(const std::string& key) {
  return impl_->database->transact([&](soci::session& sql) -> Result<void> {
    if (!select_app(sql, key)) return unknown_app(key);
    delete_app(sql, key);
    return {};
  });
}

Result<std::vector<ScanSummary>> Ledger::scans_of(const std::string& app_key, int limit) {
  return impl_->database->run([&](soci::session& sql) -> Result<std::vector<ScanSummary>> {
    if (!select_app(sql, app_key)) return unknown_app(app_key);
    return select_scans(sql, app_key, limit);
  });
}

Result<std::vector<KnownFinding>> Ledger::findings_of(const std::string& app_key) {
  return impl_->database->run([&](soci::session& sql) -> Result<std::vector<KnownFinding>> {
    if (!select_app(sql, app_key)) return unknown_app(app_key);
    auto known = select_findings(sql, app_key);
    if (!known) return std::unexpected(known.error());
    std::ranges::sort(*known, [](const KnownFinding& a, const KnownFinding& b) {
      const bool a_open = is_present(a.status), b_open = is_present(b.status);
      if (a_open != b_open) return a_open;
      return std::tie(a.finding.requirement, a.finding.subject, a.finding.locator) <
             std::tie(b.finding.requirement, b.finding.subject, b.finding.locator);
    });
    return known;
  });
}

Result<RowBatch> Ledger::Impl::pack(const ScanRecord& record) const {
  if (record.id.empty()) return fail(ErrorCode::invalid_input, "scan", "has no id");
  if (record.app.key.empty()) return fail(ErrorCode::invalid_input, "scan " + record.id, "names no app");
  return vault.pack(record.evidence, storable(record.id));
}

Result<std::vector<Comparison>> Ledger::Impl::store(soci::session& sql, std::span<const Recording> scans,
                                                    std::span<const RowBatch> evidence, Time time) {
  const Dialect& dialect = database->dialect();
  std::vector<NewScan> all(scans.size());
  std::vector<const ScanRecord*> records;
  records.reserve(scans.size());
  for (std::size_t i = 0; i < scans.size(); ++i) records.push_back(all[i].record = &scans[i].record);
  lock_apps(sql, dialect, all);
  auto before = select_comparisons(sql, dialect, records);
  if (!before) return std::unexpected(before.error());
  std::vector<Comparison> comparisons(scans.size());
  std::vector<std::size_t> places;  // in `scans`, of those that are new
  std::vector<const RowBatch*> bodies;
  std::vector<NewScan> fresh;
  for (std::size_t i = 0; i < scans.size(); ++i) {
    if (const auto known = before->find(storable(scans[i].record.id)); known != before->end()) {
      comparisons[i] = std::move(known->second);
      continue;
    }
    places.push_back(i);
    bodies.push_back(&evidence[i]);
    fresh.push_back(std::move(all[i]));
  }
  if (fresh.empty()) return comparisons;
  if (auto known = select_known(sql, dialect, fresh); !known) return std::unexpected(known.error());
  for (std::size_t n = 0; n < fresh.size(); ++n)
    fresh[n].changes = compare(*fresh[n].record, fresh[n].known, scans[places[n]].options.looks);
  insert_scans(sql, dialect, fresh);
  write_findings(sql, dialect, fresh);
  vault.insert(sql, bodies);
  roll_up(sql, dialect, fresh);
  for (std::size_t n = 0; n < fresh.size(); ++n) {
    const Recording& scan = scans[places[n]];
    if (scan.options.follow_up) {
      Work work(sql, dialect, time);
      if (auto followed = scan.options.follow_up(work, scan.record, fresh[n].changes.effect); !followed)
        return std::unexpected(followed.error());
    }
    comparisons[places[n]] = std::move(fresh[n].changes.comparison);
  }
  return comparisons;
}

Result<std::vector<Comparison>> Ledger::Impl::store_all(std::span<const Recording> scans) {
  std::vector<RowBatch> evidence;
  for (const auto& scan : scans) {
    auto packed = pack(scan.record);
    if (!packed) return std::unexpected(packed.error());
    evidence.push_back(std::move(*packed));
  }
  const Time time = now();
  return database->transact([&](soci::session& sql) -> Result<std::vector<Comparison>> {
    std::vector<Comparison> comparisons;
    while (comparisons.size() < scans.size()) {
      const std::size_t at = comparisons.size(), count = distinct(scans.subspan(at));
      auto some = store(sql, scans.subspan(at, count), std::span(evidence).subspan(at, count), time);
      if (!some) return std::unexpected(some.error());
      std::ranges::move(*some, std::back_inserter(comparisons));
    }
    return comparisons;
  });
}

Result<void> Ledger::record_scan(ScanRecord& record, const RecordOptions& options) {
  const Recording scan{record, options};
  return std::move(record_scans({&scan, 1}).front());
}

std::vector<Result<void>> Ledger::record_scans(std::span<const Recording> scans) {
  auto stored = impl_->store_all(scans);
  if (stored) {
    for (std::size_t i = 0; i < scans.size(); ++i) {
      ScanRecord& record = scans[i].record;
      auto& comparison = (*stored)[i];
      record.compared = true;
      record.standing = std::move(comparison.standing);
      record.fixed = std::move(comparison.fixed);
      record.gone = std::move(comparison.gone);
    }
    return std::vector<Result<void>>(scans.size());
  }
  // A store that fails would fail for each of them; anything else is about one of them and must not touch the others.
  if (scans.size() == 1 || is_failure_of_store(stored.error()))
    return std::vector<Result<void>>(scans.size(), std::unexpected(stored.error()));
  std::vector<Result<void>> results;
  for (const auto& scan : scans) results.push_back(std::move(record_scans({&scan, 1}).front()));
  return results;
}

Result<ScanRecord> Ledger::load_scan(const std::string& scan_id) {
  return impl_->database->run([&](soci::session& sql) -> Result<ScanRecord> {
    auto record = select_scan(sql, scan_id);
    if (!record) return record;
    if (auto loaded = impl_->vault.load(sql, *record); !loaded) return std::unexpected(loaded.error());
    return record;
  });
}

Result<Evidence> Ledger::load_evidence(const std::string& scan_id, const std::string& evidence_id,
                                       std::string* missing) {
  return impl_->database->run([&](soci::session& sql) -> Result<Evidence> {
    std::string reason;
    auto found = impl_->vault.load_one(sql, storable(scan_id), storable(evidence_id), reason);
    if (!found) return std::unexpected(found.error());
    if (!*found)
      return fail(ErrorCode::not_found, "evidence " + evidence_id, "is no record of scan " + scan_id,
                  "list the scan's evidence");
    if (missing != nullptr) *missing = std::move(reason);
    return std::move(**found);
  });
}

Result<Ledger::EvidenceCheck> Ledger::verify_evidence() {
  constexpr long long kScansAtOnce = 200;
  EvidenceCheck check;
  for (std::string after;;) {
    const auto last = impl_->database->run([&](soci::session& sql) -> Result<std::string> {
      std::vector<std::string> scans(kScansAtOnce);
      sql << "select scan_id from scans where scan_id > :after order by scan_id limit :most", soci::use(after, "after"),
          soci::use(kScansAtOnce, "most"), soci::into(scans);
      EvidenceCheck part = check;
      for (const auto& scan : scans)
        if (auto read = impl_->vault.verify(sql, scan, part); !read) return std::unexpected(read.error());
      check = std::move(part);  // only when no statement failed: a lost connection runs this again
      return scans.empty() ? std::string() : scans.back();
    });
    if (!last) return std::unexpected(last.error());
    if (last->empty()) return check;
    after = *last;
  }
}

Result<void> Ledger::backup(const std::string& path) {
  return copy_store(*impl_->database, path);
}

Result<std::vector<std::string>> Ledger::find_damage() {
  return ledger::find_damage(*impl_->database);
}

Result<std::size_t> Ledger::rewrap_evidence(const Key& new_key) {
  return impl_->vault.rewrap(new_key);
}

}  // namespace assay::ledger
