// Whole lists as files: the rows that the list shows with the same filter and sort, page after page as they are sent.

#include <algorithm>
#include <array>
#include <memory>

#include "ledger/apps.h"
#include "ledger/findings.h"
#include "ledger/jobs.h"
#include "ledger/tickets.h"
#include "report/report.h"
#include "server/api/api.h"
#include "server/api/csv.h"
#include "server/api/form.h"
#include "server/api/rows.h"

namespace assay::server::api {

namespace {

using ledger::FilterScope;
using ledger::ListQuery;
using ledger::Page;
using ledger::Work;

constexpr std::size_t kMostInRun = 1000;  // findings of one run of SARIF
constexpr int kFirstRows = 100;           // so that a file begins soon; its other parts are whole pages

constexpr std::array<std::string_view, 17> kAppColumns{
    "/key",       "/name",        "/kind",     "/target",       "/owner",        "/organisation_name",
    "/state",     "/release",     "/added_at", "/last_scan_at", "/inconclusive", "/open/critical",
    "/open/high", "/open/medium", "/open/low", "/last_scan",    "/organisation"};
constexpr std::array<std::string_view, 17> kFindingColumns{
    "/app",      "/app_name",    "/requirement", "/severity",     "/state",      "/title",
    "/subject",  "/locator",     "/first_seen",  "/last_seen",    "/opened_at",  "/closed_at",
    "/reopened", "/disposition", "/ticket",      "/ticket_state", "/fingerprint"};
constexpr std::array<std::string_view, 16> kTicketColumns{
    "/id",        "/app",    "/requirement", "/severity",  "/state",    "/title",   "/subject",        "/assignee",
    "/opened_at", "/due_at", "/overdue",     "/closed_at", "/reopened", "/follows", "/policy_version", "/fingerprint"};
constexpr std::array<std::string_view, 9> kScanColumns{
    "/id",          "/app",         "/started_at",          "/finished_at",          "/complete",
    "/counts/pass", "/counts/fail", "/counts/inconclusive", "/counts/not-applicable"};
constexpr std::array<std::string_view, 11> kJobColumns{"/id",          "/app",          "/group",      "/origin",
                                                       "/state",       "/requested_by", "/created_at", "/started_at",
                                                       "/finished_at", "/scan",         "/error"};

template <class T, class Form>
Result<Page<Json>> rows_of(const Result<Page<T>>& page, Form form) {
  if (!page) return std::unexpected(page.error());
  Page<Json> rows{.items = {}, .next_cursor = page->next_cursor};
  for (const auto& item : page->items) rows.items.push_back(form(item));
  return rows;
}

// One list that can be exported.
struct Exported {
  std::string_view name;
  std::span<const std::string_view> columns;
  Result<Page<Json>> (*rows)(Work&, const ListQuery&, const FilterScope&);
};

constexpr std::array kExported{
    Exported{"apps", kAppColumns,
             [](Work& w, const ListQuery& q, const FilterScope& s) {
               return rows_of(ledger::list_apps(w, q, s), app_json);
             }},
    Exported{"findings", kFindingColumns,
             [](Work& w, const ListQuery& q, const FilterScope& s) {
               return rows_of(ledger::list_findings(w, q, s), finding_json);
             }},
    Exported{"tickets", kTicketColumns,
             [](Work& w, const ListQuery& q, const FilterScope& s) {
               return rows_of(ledger::list_tickets(w, q, s), [&](const Ticket& t) { return to_json(t, w.now()); });
             }},
    Exported{"scans", kScanColumns,
             [](Work& w, const ListQuery& q, const FilterScope& s) {
               return rows_of(ledger::list_scans(w, q, s), scan_json);
             }},
    Exported{"jobs", kJobColumns,
             [](Work& w, const ListQuery& q, const FilterScope& s) {
               return rows_of(ledger::list_jobs(w, q, s), job_json);
             }},
};

// An export under way: the parts of a file.
class Export {
 public:
  Export(ledger::Ledger& ledger, const Exported& list, ListQuery query, FilterScope scope, bool csv)
      : ledger_(ledger), list_(list), query_(std::move(query)), scope_(std::move(scope)), csv_(csv) {
    query_.limit = kFirstRows;
  }

  // The next part; "" after the last one.
  Result<std::string> next() {
    if (ended_) return std::string();
    const auto page = ledger_.read([&](Work& work) { return list_.rows(work, query_, scope_); });
    if (!page) return std::unexpected(page.error());
    std::string part = started_ ? "" : csv_ ? csv_heading(list_.columns) : "[";
    for (const auto& row : page->items) {
      part += csv_ ? csv_row(row, list_.columns) : (started_ ? ",\n" : "\n") + dump_json(row);
      started_ = true;
    }
    started_ = true;
    query_.cursor = page->next_cursor;
    query_.limit = ledger::kMaxPage;
    ended_ = query_.cursor.empty();
    if (ended_ && !csv_) part += "\n]\n";
    return part;
  }

 private:
  ledger::Ledger& ledger_;
  const Exported& list_;
  ListQuery query_;
  FilterScope scope_;
  bool csv_;
  bool started_ = false, ended_ = false;
};

// A SARIF export under way: the findings as the reports that scans would give, one run an app, so they are read app by
// app; many findings of one app make several runs.
class SarifExport {
 public:
  SarifExport(const Services& services, ListQuery query, FilterScope scope)
      : services_(services), query_(std::move(query)), scope_(std::move(scope)) {
    query_.sort = "app";
    query_.limit = ledger::kMaxPage;
  }

  // The next part; "" after the last one.
  Result<std::string> next() {
    if (ended_) return std::string();
    std::string part = begun_ ? "" : report::sarif_head();
    begun_ = true;
    do {
      const auto page = services_.ledger.read([&](Work& work) { return ledger::list_findings(work, query_, scope_); });
      if (!page) return std::unexpected(page.error());
      for (const auto& row : page->items) {
        if (row.app_key != run_.app.key || run_.verdicts.size() == kMostInRun) part += take_run();
        add(row);
      }
      query_.cursor = page->next_cursor;
      ended_ = query_.cursor.empty();
    } while (part.empty() && !ended_);
    if (ended_) part += take_run() + report::sarif_tail();
    return part;
  }

 private:
  void add(const ledger::FindingRecord& row) {
    run_.app.key = row.app_key;
    run_.app.name = row.app_name;
    run_.app.kind = row.kind;
    run_.finished = std::max(run_.finished, row.known.last_seen);
    run_.started = run_.finished;
    run_.verdicts.push_back({.requirement = row.known.finding.requirement,
                             .subject = row.known.finding.subject,
                             .outcome = Outcome::fail,
                             .findings = {row.known.finding}});
  }

  std::string take_run() {
    if (run_.verdicts.empty()) return {};
    std::string text = (runs_++ == 0 ? "" : ",\n") + report::sarif_run(run_, services_.catalog);
    run_ = {};
    return text;
  }

  const Services& services_;
  ListQuery query_;
  FilterScope scope_;
  ScanRecord run_;  // under way
  std::size_t runs_ = 0;
  bool begun_ = false, ended_ = false;
};

// Sends what `shared` gives. The first part is made before the answer begins: a filter that is wrong is a problem, not
// a cut file.
template <class Parts>
Result<Response> send(const std::shared_ptr<Parts>& shared, const std::string& type, const std::string& file) {
  auto first = shared->next();
  if (!first) return std::unexpected(first.error());
  Response response = download(type, file, [shared]() -> Result<std::string> { return shared->next(); });
  response.body = std::move(*first);
  return response;
}

Result<Response> export_list(const Call& call) {
  const std::string name = call.text("list"), format = call.text("format");
  const auto* const list = std::ranges::find(kExported, name, &Exported::name);
  if (list == kExported.end()) return fail(ErrorCode::not_found, "list " + name, "is none that can be exported");
  if (format == "sarif" && name == "findings")
    return send(std::make_shared<SarifExport>(call.services, call.list(), call.scope()), "application/sarif+json",
                "findings.sarif");
  const bool csv = format == "csv";
  if (format != "sarif")
    return send(std::make_shared<Export>(call.services.ledger, *list, call.list(), call.scope(), csv),
                csv ? "text/csv; charset=utf-8" : "application/json", name + (csv ? ".csv" : ".json"));
  return fail(ErrorCode::invalid_input, "parameter format", "is sarif, which is for findings", "take csv or json");
}

constexpr std::array kOperations{Operation{"exportList", Permission::read, export_list}};

}  // namespace

std::span<const Operation> export_operations() {
  return kOperations;
}

}  // namespace assay::server::api
