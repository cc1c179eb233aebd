#include "cli/apps_on_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/url.h"

namespace assay::cli {

namespace {

constexpr std::size_t kScans = 20;
constexpr std::size_t kFindings = 10'000;

std::string shown(const Json& object, const char* name) {
  return printable(text_of(object, name));
}

// "2 high, 1 low": the open findings.
std::string open_counts(const Json& app) {
  const Json counts = app.value("open", Json::object());
  std::vector<std::string> parts;
  for (const auto* severity : {"critical", "high", "medium", "low"})
    if (const auto n = number_of(counts, severity); n > 0) parts.push_back(fmt::format("{} {}", n, severity));
  return parts.empty() ? "none open" : join(parts, ", ");
}

std::string scan_line(const Json& scan) {
  const Json counts = scan.value("counts", Json::object());
  const bool complete = scan.value("complete", false);
  return fmt::format("  {}  pass {}  fail {}  inconclusive {}  not-applicable {}{}\n", shown(scan, "started_at"),
                     number_of(counts, "pass"), number_of(counts, "fail"), number_of(counts, "inconclusive"),
                     number_of(counts, "not-applicable"), complete ? "" : "  (incomplete)");
}

std::string finding_line(const Json& finding) {
  const auto ticket = number_of(finding, "ticket");
  return fmt::format("  {:<11}  {:<9}  {}  {}\n               first seen {}{}\n", shown(finding, "state"),
                     shown(finding, "severity"), shown(finding, "requirement"), shown(finding, "title"),
                     shown(finding, "first_seen"), ticket == 0 ? "" : fmt::format(", ticket #{}", ticket));
}

std::string app_page(const Json& app) {
  std::string out = fmt::format("{}  {}\n  kind    {}\n  target  {}\n  state   {}\n", shown(app, "key"),
                                shown(app, "name"), shown(app, "kind"), shown(app, "target"), shown(app, "state"));
  if (const auto owner = shown(app, "owner"); !owner.empty()) out += fmt::format("  owner   {}\n", owner);
  if (const auto org = shown(app, "organisation_name"); !org.empty()) out += fmt::format("  of      {}\n", org);
  out += "\nLast scans\n";
  if (app.at("scans").empty()) out += "  none yet\n";
  for (const auto& scan : app.at("scans")) out += scan_line(scan);
  out += "\nFindings\n";
  if (app.at("findings").empty()) out += "  none\n";
  for (const auto& finding : app.at("findings")) out += finding_line(finding);
  return out;
}

}  // namespace

Result<std::string> list_server_apps(PlatformApi& api, const std::string& filter, std::size_t limit, bool json) {
  const auto found = ask_items(api, "/apps?" + query_part("filter", filter), limit);
  if (!found) return std::unexpected(found.error());
  if (json) return dump_json(found->items, 2) + "\n";
  if (found->items.empty()) return std::string(filter.empty() ? "no apps yet\n" : "no apps that the filter names\n");
  std::size_t width = 3;
  for (const auto& app : found->items) width = std::max(width, display_width(shown(app, "key")));
  std::string out;
  for (const auto& app : found->items) {
    const auto key = shown(app, "key");
    out += fmt::format("{}{}  {:<8}  {:<7}  {}  {}\n", key, std::string(width - display_width(key), ' '),
                       shown(app, "kind"), shown(app, "state"), shown(app, "target"), open_counts(app));
  }
  if (found->more) out += "… and more: --limit, or a narrower --filter\n";
  return out;
}

Result<std::string> show_server_app(PlatformApi& api, const std::string& key, bool json) {
  auto app = api.ask({.path = "/apps/" + percent_encode(key)});
  if (!app) return std::unexpected(app.error());
  const auto filter = filter_part({{"app", key}});
  auto scans = ask_items(api, "/scans?" + filter, kScans);
  if (!scans) return std::unexpected(scans.error());
  auto findings = ask_items(api, "/findings?" + filter, kFindings);
  if (!findings) return std::unexpected(findings.error());
  (*app)["scans"] = std::move(scans->items);
  (*app)["findings"] = std::move(findings->items);
  return json ? dump_json(*app, 2) + "\n" : app_page(*app);
}

Result<std::string> add_server_app(PlatformApi& api, const Json& app) {
  const auto added = api.ask({.method = "POST", .path = "/apps", .body = app});
  if (!added) return std::unexpected(added.error());
  return fmt::format("added {} ({}, {})\n", shown(*added, "key"), shown(*added, "kind"), shown(*added, "target"));
}

}  // namespace assay::cli
