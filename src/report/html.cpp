// One self-contained page: no script, one style sheet allowed by its hash, readable on paper and on a phone.

#include <fmt/format.h>

#include <algorithm>
#include <kainjow/mustache.hpp>

#include "base/bytes.h"
#include "base/text.h"
#include "report/formats.h"
#include "report/html_template.h"

namespace assay::report {

namespace {

using kainjow::mustache::data;

constexpr std::size_t kEvidenceBytes = 6000;

// Text for a template: valid UTF-8 without controls; the template escapes markup.
std::string plain(std::string_view text) {
  std::string out;
  for (const auto part : split(text, '\n')) {
    if (!out.empty()) out += '\n';
    out += printable(part);
  }
  return out;
}

data evidence_data(const ScanRecord& r, const std::vector<std::string>& ids) {
  data list{data::type::list};
  for (const auto& id : ids) {
    const auto at = std::ranges::find(r.evidence, id, &Evidence::id);
    if (at == r.evidence.end()) continue;
    data item;
    item.set("id", id);
    item.set("kind", at->kind);
    item.set("time", format_rfc3339(at->time));
    item.set("body", plain(ellipsis(dump_json(at->body, 1), kEvidenceBytes)));
    list.push_back(item);
  }
  return list;
}

data closed_data(const std::vector<Finding>& findings) {
  data list{data::type::list};
  for (const auto& f : findings) {
    data item;
    item.set("requirement", f.requirement);
    item.set("subject", plain(f.subject));
    item.set("title", plain(f.title));
    list.push_back(item);
  }
  return list;
}

data finding_data(const ScanRecord& r, const catalog::Catalog& catalog, const Finding& f) {
  data item;
  item.set("severity", std::string(to_string(f.severity)));
  item.set("severity_title", severity_title(f.severity));
  item.set("requirement", f.requirement);
  const auto* requirement = catalog.find(f.requirement);
  item.set("requirement_title", requirement != nullptr ? requirement->title : "");
  item.set("subject", plain(f.subject));
  item.set("title", plain(f.title));
  item.set("proof", plain(f.proof));
  item.set("fix", plain(f.remediation));
  item.set("why", requirement != nullptr ? plain(requirement->why) : "");
  item.set("score", fmt::format("{:.1f}", f.cvss.score));
  if (!f.cvss.vector.empty()) item.set("vector", f.cvss.vector);
  item.set("fingerprint", f.fingerprint);
  if (const auto at = r.standing.find(f.fingerprint); at != r.standing.end())
    item.set("standing", std::string(to_string(at->second)));
  if (const auto at = r.ignored.find(f.fingerprint); at != r.ignored.end()) item.set("ignored", plain(at->second));
  item.set("evidence", evidence_data(r, f.evidence));
  return item;
}

data groups_data(const std::vector<ReasonGroup>& groups) {
  data list{data::type::list};
  for (const auto& g : groups) {
    data item;
    item.set("requirement", g.requirement);
    item.set("reason", plain(g.reason));
    data subjects{data::type::list};
    for (const auto& s : g.subjects) subjects.push_back(data(plain(s)));
    item.set("subjects", subjects);
    list.push_back(item);
  }
  return list;
}

data app_data(const ScanRecord& r, const catalog::Catalog& catalog, std::size_t index) {
  data app;
  const auto counts = count_outcomes(r);
  app.set("anchor", fmt::format("app-{}", index));
  app.set("key", plain(r.app.key));
  app.set("name", plain(r.app.name.empty() ? r.app.key : r.app.name));
  app.set("kind", r.app.kind);
  app.set("target", plain(r.app.target));
  app.set("started", format_rfc3339(r.started).substr(0, 19) + "Z");
  app.set("duration", format_duration(r.finished - r.started));
  app.set("requests", plural(r.statistics.http_requests, "request"));
  app.set("connections", plural(r.statistics.tls_connections, "TLS connection"));
  app.set("profiles", join(r.profiles, ", "));
  app.set("pass", std::to_string(counts.pass));
  app.set("fail", std::to_string(counts.fail));
  app.set("inconclusive", std::to_string(counts.inconclusive));
  app.set("not_applicable", std::to_string(counts.not_applicable));
  if (!r.complete) app.set("incomplete", plain(r.incomplete_reason));
  if (!r.allowed_networks.empty()) app.set("allowed", join(r.allowed_networks, ", "));
  data findings{data::type::list};
  for (const auto* f : findings_of(r)) findings.push_back(finding_data(r, catalog, *f));
  app.set("has_findings", !findings.list_value().empty());
  app.set("findings", findings);
  app.set("has_fixed", !r.fixed.empty());
  app.set("fixed", closed_data(r.fixed));
  app.set("has_gone", !r.gone.empty());
  app.set("gone", closed_data(r.gone));
  const auto inconclusive = group_by_reason(r, Outcome::inconclusive);
  app.set("has_inconclusive", !inconclusive.empty());
  app.set("inconclusive_groups", groups_data(inconclusive));
  const auto passed = group_by_reason(r, Outcome::pass);
  app.set("has_passed", !passed.empty());
  app.set("passed_groups", groups_data(passed));
  const auto not_applicable = group_by_reason(r, Outcome::not_applicable);
  app.set("has_not_applicable", !not_applicable.empty());
  app.set("not_applicable_groups", groups_data(not_applicable));
  data not_verified{data::type::list};
  for (const auto& g : group_not_verified(r)) {
    data item;
    item.set("reason", plain(g.reason));
    item.set("requirements", join(g.requirements, ", "));
    not_verified.push_back(item);
  }
  app.set("has_not_verified", !r.not_verified.empty());
  app.set("not_verified", not_verified);
  data notes{data::type::list};
  for (const auto& n : r.notes) {
    data item;
    item.set("pointer", plain(n.pointer));
    item.set("detail", plain(n.detail));
    notes.push_back(item);
  }
  app.set("has_notes", !r.notes.empty());
  app.set("notes", notes);
  return app;
}

}  // namespace

std::string render_html(const Records& records, const catalog::Catalog& catalog) {
  data page;
  data apps{data::type::list};
  for (std::size_t i = 0; i < records.size(); ++i) apps.push_back(app_data(records[i], catalog, i + 1));
  page.set("many", records.size() > 1);
  page.set("count", plural(records.size(), "app"));
  page.set("version", ASSAY_VERSION);
  page.set("style", std::string(kStyle));
  page.set("style_hash", to_base64(sha256(as_bytes(kStyle))));
  page.set("apps", apps);
  kainjow::mustache::mustache page_template{std::string(kPage)};
  return page_template.render(page);
}

}  // namespace assay::report
