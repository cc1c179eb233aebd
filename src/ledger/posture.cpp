#include "ledger/posture.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "ledger/lists.h"

namespace assay::ledger {

namespace {

using std::chrono::days;

constexpr std::size_t kTopRequirements = 20;
constexpr int kSoonDays = 7;

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
  std::string in_scope() {
    return scope_.org_id ? fmt::format(" and org_id = {}", parameters_.add(storable(*scope_.org_id))) : "";
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

// Counts one scope as a whole (under ""), or everything and each organisation. The statements are the same but for what
// they group by: all organisations cost one pass together, not one each.
class Tally {
 public:
  Tally(Work& work, FilterScope scope, bool by_organisation)
      : work_(work), scope_(std::move(scope)), by_organisation_(by_organisation) {}

  std::map<std::string, Posture> take() {
    counts_[""];
    if (by_organisation_) name_organisations();
    count_apps();
    count_suspected();
    count_requirements();
    count_tickets();
    count_flows();
    std::map<std::string, Posture> postures;
    for (auto& [org, counts] : counts_) postures.emplace(org, finish(counts));
    return postures;
  }

 private:
  struct Counts {
    Posture posture;
    std::map<std::string, Posture::RequirementCount> requirements;
  };

  Posture finish(Counts& counts) const {
    Posture& p = counts.posture;
    p.taken = work_.now();
    for (auto& [id, count] : counts.requirements) p.by_requirement.push_back(std::move(count));
    std::ranges::sort(p.by_requirement, [](const auto& a, const auto& b) {
      return std::tie(b.open, a.requirement) < std::tie(a.open, b.requirement);
    });
    if (p.by_requirement.size() > kTopRequirements) p.by_requirement.resize(kTopRequirements);
    return std::move(p);
  }

  // Every statement selects the organisation first, "" when it does not matter, and ends with these.
  std::string organisation() const { return by_organisation_ ? "coalesce(org_id, '')" : "''"; }
  std::string grouped() const { return by_organisation_ ? " group by 1" : ""; }
  std::string grouped_with(std::string_view column) const {
    return fmt::format(" group by {}{}", by_organisation_ ? "1, " : "", column);
  }
  template <class Add>
  void add(const std::string& org, Add add_to) {
    add_to(counts_[""]);
    if (!org.empty()) add_to(counts_[org]);
  }

  void name_organisations() {
    std::string org;
    Query query(work_, scope_);
    query.into(org).run("select org_id from organisations");
    while (query.next()) counts_[org];
  }

  void count_apps();
  void count_suspected();
  void count_requirements();
  void count_tickets();
  void count_flows();

  Work& work_;
  const FilterScope scope_;
  const bool by_organisation_;
  std::map<std::string, Counts> counts_;
};

void Tally::count_apps() {
  std::string org, state;
  long long apps = 0, scanned = 0, with_open = 0, with_inconclusive = 0, inconclusive = 0;
  long long critical = 0, high = 0, medium = 0, low = 0;
  Query query(work_, scope_);
  query.into(org, state, apps, scanned, with_open, with_inconclusive, inconclusive, critical, high, medium, low);
  const std::string yesterday = query.at(work_.now() - days{1});
  query.run(fmt::format(
      "select {}, state, count(*), sum(case when last_scan_ms >= {} then 1 else 0 end), "
      "sum(case when open_critical + open_high + open_medium + open_low > 0 then 1 else 0 end), "
      "sum(case when inconclusive > 0 then 1 else 0 end), sum(inconclusive), sum(open_critical), sum(open_high), "
      "sum(open_medium), sum(open_low) from apps where 1 = 1{}{}",
      organisation(), yesterday, query.in_scope(), grouped_with("state")));
  while (query.next())
    add(org, [&](Counts& counts) {
      Posture& p = counts.posture;
      p.open.critical += critical;
      p.open.high += high;
      p.open.medium += medium;
      p.open.low += low;
      if (state == "paused") p.apps_paused += apps;
      if (state == "retired") p.apps_retired += apps;
      if (state != "active") return;
      p.apps_active += apps;
      p.apps_scanned_last_day += scanned;
      p.apps_with_open += with_open;
      p.apps_with_inconclusive += with_inconclusive;
      p.inconclusive += inconclusive;
    });
}

// By the index of states, in which is no organisation: the app has it.
void Tally::count_suspected() {
  std::string org;
  long long count = 0;
  Query query(work_, scope_);
  query.into(org, count);
  const std::string suspected = query.among("state") + " = 'suspected'" + query.in_scope();
  query.run(by_organisation_
                ? fmt::format("select coalesce(a.org_id, ''), count(*) from (select app_key from findings where {}) "
                              "as f join apps a on a.app_key = f.app_key group by 1",
                              suspected)
                : fmt::format("select '', count(*) from findings where {}", suspected));
  while (query.next()) add(org, [&](Counts& c) { c.posture.suspected += count; });
}

void Tally::count_requirements() {
  std::string org, requirement;
  long long count = 0, worst = 0;
  Query query(work_, scope_);
  query.into(org, requirement, count, worst);
  query.run(
      fmt::format("select {}, requirement, count(*), max(severity_rank) from findings where {} = 'open' "
                  "and disposition = ''{}{}",
                  organisation(), query.among("state"), query.in_scope(), grouped_with("requirement")));
  while (query.next())
    add(org, [&](Counts& c) {
      auto& known = c.requirements[requirement];
      known.requirement = requirement;
      known.open += count;
      known.worst = std::max(known.worst, static_cast<int>(worst));
    });
}

void Tally::count_tickets() {
  std::string org, state;
  long long count = 0, overdue = 0, soon = 0;
  Query query(work_, scope_);
  query.into(org, state, count, overdue, soon);
  const std::string now = query.at(work_.now()), from = query.at(work_.now()),
                    until = query.at(work_.now() + days{kSoonDays});
  query.run(
      fmt::format("select {}, state, count(*), sum(case when due_ms < {} then 1 else 0 end), "
                  "sum(case when due_ms >= {} and due_ms < {} then 1 else 0 end) from tickets where {} = 1{}{}",
                  organisation(), now, from, until, query.among("live"), query.in_scope(), grouped_with("state")));
  while (query.next())
    add(org, [&](Counts& c) {
      c.posture.tickets[state] += count;
      if (state == "extension-requested" || state == "in-review") return;  // their clocks stand still
      c.posture.tickets_overdue += overdue;
      c.posture.tickets_due_soon += soon;
    });
}

void Tally::count_flows() {
  std::string org;
  long long week = 0, month = 0;
  const auto count = [&](std::string_view column, std::string_view state, std::int64_t Posture::Flow::* flow) {
    Query query(work_, scope_);
    query.into(org, week, month);
    const std::string last_week = query.at(work_.now() - days{7}), last_month = query.at(work_.now() - days{30});
    const std::string in_state = state.empty() ? "" : fmt::format(" and {} = '{}'", query.among("state"), state);
    query.run(fmt::format(
        "select {}, coalesce(sum(case when {} >= {} then 1 else 0 end), 0), count(*) from findings where {} >= "
        "{}{}{}{}",
        organisation(), column, last_week, query.among(column), last_month, in_state, query.in_scope(), grouped()));
    while (query.next())
      add(org, [&](Counts& c) {
        c.posture.last_7_days.*flow += week;
        c.posture.last_30_days.*flow += month;
      });
  };
  count("opened_ms", "", &Posture::Flow::opened);
  count("closed_ms", "fixed", &Posture::Flow::fixed);
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
  return std::move(Tally(work, scope, false).take().at(""));
}

Result<std::map<std::string, Posture>> take_postures(Work& work) {
  return Tally(work, {}, true).take();
}

}  // namespace assay::ledger
