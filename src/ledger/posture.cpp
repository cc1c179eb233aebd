#include "ledger/posture.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "ledger/lists.h"

namespace assay::ledger {

namespace {

using std::chrono::days;

constexpr int kTopRequirements = 20;
constexpr int kSoonDays = 7;
constexpr int kMaxDays = 1100;
constexpr std::size_t kOrganisationsAtOnce = 100;

// One statement with bound parameters and variables, run once for each row.
class Query {
 public:
  Query(Work& work, const FilterScope& scope)
      : statement_(work.sql()), scope_(scope), sqlite_(work.dialect().engine() == Engine::sqlite) {}

  template <class... Variables>
  Query& into(Variables&... variables) {
    (statement_.exchange(soci::into(variables)), ...);
    return *this;
  }
  std::string at(Time t) { return parameters_.add(milliseconds_of(t)); }
  // " and org_id = :p" when the scope is one organisation.
  std::string in_scope(std::string_view column = "org_id") {
    return scope_.org_id ? fmt::format(" and {} = {}", column, parameters_.add(storable(*scope_.org_id))) : "";
  }
  // `column` as a condition names it. An organisation's few rows are found by its index; "+" keeps SQLite, which cannot
  // know how few they are, from reading an index of all organisations instead.
  std::string among(std::string_view column) const {
    return fmt::format("{}{}", sqlite_ && scope_.org_id ? "+" : "", column);
  }
  void run(const std::string& sql) {
    parameters_.bind(statement_);
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
    statement_.execute();
  }
  bool next() { return statement_.fetch(); }

 private:
  soci::statement statement_;
  Parameters parameters_;
  const FilterScope& scope_;
  bool sqlite_;
};

void count_apps(Work& work, const FilterScope& scope, Posture& p) {
  std::string state;
  long long apps = 0, scanned = 0, with_open = 0, with_inconclusive = 0, inconclusive = 0;
  long long critical = 0, high = 0, medium = 0, low = 0;
  Query query(work, scope);
  query.into(state, apps, scanned, with_open, with_inconclusive, inconclusive, critical, high, medium, low);
  const std::string yesterday = query.at(work.now() - days{1});
  query.run(fmt::format(
      "select state, count(*), sum(case when last_scan_ms >= {} then 1 else 0 end), "
      "sum(case when open_critical + open_high + open_medium + open_low > 0 then 1 else 0 end), "
      "sum(case when inconclusive > 0 then 1 else 0 end), sum(inconclusive), sum(open_critical), sum(open_high), "
      "sum(open_medium), sum(open_low) from apps where 1 = 1{} group by state",
      yesterday, query.in_scope()));
  while (query.next()) {
    p.open.critical += critical;
    p.open.high += high;
    p.open.medium += medium;
    p.open.low += low;
    if (state == "paused") p.apps_paused = apps;
    if (state == "retired") p.apps_retired = apps;
    if (state != "active") continue;
    p.apps_active = apps;
    p.apps_scanned_last_day = scanned;
    p.apps_with_open = with_open;
    p.apps_with_inconclusive = with_inconclusive;
    p.inconclusive = inconclusive;
  }
}

void count_findings(Work& work, const FilterScope& scope, Posture& p) {
  long long count = 0, worst = 0;
  Query suspected(work, scope);
  suspected.into(count);
  suspected.run(fmt::format("select count(*) from findings where {} = 'suspected'{}", suspected.among("state"),
                            suspected.in_scope()));
  if (suspected.next()) p.suspected = count;

  std::string requirement;
  Query requirements(work, scope);
  requirements.into(requirement, count, worst);
  requirements.run(fmt::format(
      "select requirement, count(*), max(severity_rank) from findings where {} = 'open' and disposition = ''{} "
      "group by requirement order by 2 desc, 1 limit {}",
      requirements.among("state"), requirements.in_scope(), kTopRequirements));
  while (requirements.next()) p.by_requirement.push_back({requirement, count, static_cast<int>(worst)});
}

void count_tickets(Work& work, const FilterScope& scope, Posture& p) {
  std::string state;
  long long count = 0, overdue = 0, soon = 0;
  Query query(work, scope);
  query.into(state, count, overdue, soon);
  const std::string now = query.at(work.now()), from = query.at(work.now()),
                    until = query.at(work.now() + days{kSoonDays});
  query.run(
      fmt::format("select state, count(*), sum(case when due_ms < {} then 1 else 0 end), "
                  "sum(case when due_ms >= {} and due_ms < {} then 1 else 0 end) from tickets where {} = 1{} "
                  "group by state",
                  now, from, until, query.among("live"), query.in_scope()));
  while (query.next()) {
    p.tickets[state] = count;
    if (state == "extension-requested" || state == "in-review") continue;  // their clocks stand still
    p.tickets_overdue += overdue;
    p.tickets_due_soon += soon;
  }
}

Posture::Flow flow(Work& work, const FilterScope& scope, days back) {
  Posture::Flow flow;
  long long count = 0;
  Query opened(work, scope);
  opened.into(count);
  const std::string since = opened.at(work.now() - back);
  opened.run(
      fmt::format("select count(*) from findings where coalesce(opened_ms, 0) >= {}{}", since, opened.in_scope()));
  if (opened.next()) flow.opened = count;
  Query fixed(work, scope);
  fixed.into(count);
  const std::string closed_since = fixed.at(work.now() - back);
  fixed.run(fmt::format("select count(*) from findings where closed_ms >= {} and {} = 'fixed'{}", closed_since,
                        fixed.among("state"), fixed.in_scope()));
  if (fixed.next()) flow.fixed = count;
  return flow;
}

std::string day_of(Time t) {
  return format_rfc3339(t).substr(0, 10);
}

Json to_json(const SeverityTotals& t) {
  return Json{{"critical", t.critical}, {"high", t.high}, {"medium", t.medium}, {"low", t.low}};
}

Json to_json(const Posture::Flow& f) {
  return Json{{"opened", f.opened}, {"fixed", f.fixed}};
}

Posture::Flow flow_from_json(const Json& j) {
  return {j.at("opened").get<std::int64_t>(), j.at("fixed").get<std::int64_t>()};
}

// Those of the next organisations after `after`, by id.
Result<std::vector<std::string>> next_organisations(Work& work, const std::string& after) {
  std::vector<std::string> ids(kOrganisationsAtOnce);
  const long long most = kOrganisationsAtOnce;
  work.sql() << "select org_id from organisations where org_id > :after order by org_id limit :most",
      soci::use(after, "after"), soci::use(most, "most"), soci::into(ids);
  return ids;
}

Result<void> write_postures(Work& work, const std::map<std::string, Posture>& by_org) {
  static constexpr std::array kColumns = {Column{"day", ColumnType::text}, Column{"org_id", ColumnType::text},
                                          Column{"body", ColumnType::text}};
  Json rows = Json::array();
  for (const auto& [org, posture] : by_org)
    rows.push_back({{"day", day_of(work.now())}, {"org_id", org}, {"body", dump_json(to_json(posture))}});
  run_rows(
      work.sql(),
      work.dialect().insert_rows("posture", kColumns) + " on conflict (day, org_id) do update set body = excluded.body",
      rows);
  return {};
}

}  // namespace

Json to_json(const Posture& p) {
  Json requirements = Json::array();
  for (const auto& r : p.by_requirement)
    requirements.push_back({{"requirement", r.requirement}, {"open", r.open}, {"worst", r.worst}});
  return Json{{"apps_active", p.apps_active},
              {"apps_paused", p.apps_paused},
              {"apps_retired", p.apps_retired},
              {"apps_scanned_last_day", p.apps_scanned_last_day},
              {"apps_with_open", p.apps_with_open},
              {"apps_with_inconclusive", p.apps_with_inconclusive},
              {"inconclusive", p.inconclusive},
              {"open", to_json(p.open)},
              {"suspected", p.suspected},
              {"by_requirement", std::move(requirements)},
              {"tickets", p.tickets},
              {"tickets_overdue", p.tickets_overdue},
              {"tickets_due_soon", p.tickets_due_soon},
              {"last_7_days", to_json(p.last_7_days)},
              {"last_30_days", to_json(p.last_30_days)}};
}

Result<Posture> posture_from_json(const Json& j) {
  try {
    Posture p;
    for (auto [name, value] :
         {std::pair("apps_active", &p.apps_active), std::pair("apps_paused", &p.apps_paused),
          std::pair("apps_retired", &p.apps_retired), std::pair("apps_scanned_last_day", &p.apps_scanned_last_day),
          std::pair("apps_with_open", &p.apps_with_open),
          std::pair("apps_with_inconclusive", &p.apps_with_inconclusive), std::pair("inconclusive", &p.inconclusive),
          std::pair("suspected", &p.suspected), std::pair("tickets_overdue", &p.tickets_overdue),
          std::pair("tickets_due_soon", &p.tickets_due_soon)})
      *value = j.at(name).get<std::int64_t>();
    const auto& open = j.at("open");
    p.open = {open.at("critical").get<std::int64_t>(), open.at("high").get<std::int64_t>(),
              open.at("medium").get<std::int64_t>(), open.at("low").get<std::int64_t>()};
    for (const auto& r : j.at("by_requirement"))
      p.by_requirement.push_back(
          {r.at("requirement").get<std::string>(), r.at("open").get<std::int64_t>(), r.at("worst").get<int>()});
    p.tickets = j.at("tickets").get<std::map<std::string, std::int64_t>>();
    p.last_7_days = flow_from_json(j.at("last_7_days"));
    p.last_30_days = flow_from_json(j.at("last_30_days"));
    return p;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::io, "stored posture", std::string("is damaged: ") + e.what());
  }
}

Result<Posture> take_posture(Work& work, const FilterScope& scope) {
  Posture p;
  count_apps(work, scope, p);
  count_findings(work, scope, p);
  count_tickets(work, scope, p);
  p.last_7_days = flow(work, scope, days{7});
  p.last_30_days = flow(work, scope, days{30});
  return p;
}

Result<std::size_t> store_postures(Ledger& ledger) {
  const auto store = [&](const std::map<std::string, Posture>& taken) {
    return ledger.write([&](Work& work) { return write_postures(work, taken); });
  };
  auto all = ledger.read([](Work& work) { return take_posture(work); });
  if (!all) return std::unexpected(all.error());
  if (auto stored = store({{"", std::move(*all)}}); !stored) return std::unexpected(stored.error());
  std::size_t count = 1;
  for (std::string after;;) {
    const auto taken = ledger.read([&](Work& work) -> Result<std::map<std::string, Posture>> {
      const auto ids = next_organisations(work, after);
      if (!ids) return std::unexpected(ids.error());
      std::map<std::string, Posture> postures;
      for (const auto& id : *ids) {
        auto posture = take_posture(work, {.org_id = id});
        if (!posture) return std::unexpected(posture.error());
        postures.emplace(id, std::move(*posture));
      }
      return postures;
    });
    if (!taken) return std::unexpected(taken.error());
    if (taken->empty()) return count;
    if (auto stored = store(*taken); !stored) return std::unexpected(stored.error());
    count += taken->size();
    after = taken->rbegin()->first;
  }
}

Result<std::vector<PostureDay>> posture_days(Work& work, const std::string& first_day, const std::string& last_day,
                                             const FilterScope& scope) {
  const std::string first = storable(first_day), last = storable(last_day), org = storable(scope.org_id.value_or(""));
  const long long most = kMaxDays;
  std::vector<PostureDay> found;
  std::string day, body;
  soci::statement rows =
      (work.sql().prepare << "select day, body from posture where org_id = :org and day >= :first and day <= :last "
                             "order by day limit :most",
       soci::use(org, "org"), soci::use(first, "first"), soci::use(last, "last"), soci::use(most, "most"),
       soci::into(day), soci::into(body));
  rows.execute();
  while (rows.fetch()) {
    const auto json = parse_json(body, "stored posture");
    if (!json) return std::unexpected(json.error());
    auto posture = posture_from_json(*json);
    if (!posture) return std::unexpected(posture.error());
    found.push_back({day, std::move(*posture)});
  }
  return found;
}

}  // namespace assay::ledger
