#include "ledger/scan_form.h"

#include <array>

namespace assay::ledger {

namespace {

constexpr std::array kStandings = {Standing::unknown, Standing::fresh, Standing::still_there, Standing::fixed,
                                   Standing::gone};

Standing standing_from_string(std::string_view name) {
  for (const auto s : kStandings)
    if (to_string(s) == name) return s;
  return Standing::unknown;
}

Json statistics_to_json(const ScanStatistics& s) {
  return Json{{"http_requests", s.http_requests},
              {"tls_connections", s.tls_connections},
              {"dns_queries", s.dns_queries},
              {"bytes_received", s.bytes_received},
              {"bytes_sent", s.bytes_sent}};
}

ScanStatistics statistics_from_json(const Json& j) {
  return ScanStatistics{.http_requests = j.at("http_requests").get<std::uint64_t>(),
                        .tls_connections = j.at("tls_connections").get<std::uint64_t>(),
                        .dns_queries = j.at("dns_queries").get<std::uint64_t>(),
                        .bytes_received = j.at("bytes_received").get<std::uint64_t>(),
                        .bytes_sent = j.at("bytes_sent").get<std::uint64_t>()};
}

Json findings_to_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const auto& f : findings) list.push_back(to_json(f));
  return list;
}

Result<std::vector<Finding>> findings_from_json(const Json& list) {
  std::vector<Finding> findings;
  for (const auto& item : list) {
    auto finding = finding_from_json(item);
    if (!finding) return std::unexpected(finding.error());
    findings.push_back(std::move(*finding));
  }
  return findings;
}

}  // namespace

Json scan_to_json(const ScanRecord& record, const Comparison& comparison) {
  Json not_verified = Json::array();
  for (const auto& n : record.not_verified)
    not_verified.push_back({{"requirement", n.requirement}, {"reason", n.reason}});
  Json standing = Json::object();
  for (const auto& [fingerprint, s] : comparison.standing) standing[fingerprint] = to_string(s);
  return Json{{"release", record.release},
              {"profiles", record.profiles},
              {"incomplete_reason", record.incomplete_reason},
              {"allowed_networks", record.allowed_networks},
              {"notes", record.notes},
              {"not_verified", std::move(not_verified)},
              {"statistics", statistics_to_json(record.statistics)},
              {"standing", std::move(standing)},
              {"fixed", findings_to_json(comparison.fixed)},
              {"gone", findings_to_json(comparison.gone)},
              {"ignored", record.ignored}};
}

Result<void> scan_from_json(const Json& j, ScanRecord& record) {
  try {
    record.release = j.at("release").get<std::string>();
    record.profiles = j.at("profiles").get<std::vector<std::string>>();
    record.incomplete_reason = j.at("incomplete_reason").get<std::string>();
    record.allowed_networks = j.at("allowed_networks").get<std::vector<std::string>>();
    record.notes = j.at("notes").get<std::vector<SurfaceNote>>();
    record.not_verified.clear();
    for (const auto& n : j.at("not_verified"))
      record.not_verified.push_back({n.at("requirement").get<std::string>(), n.at("reason").get<std::string>()});
    record.statistics = statistics_from_json(j.at("statistics"));
    record.compared = true;
    record.standing.clear();
    for (const auto& [fingerprint, s] : j.at("standing").items())
      record.standing.emplace(fingerprint, standing_from_string(s.get<std::string>()));
    auto fixed = findings_from_json(j.at("fixed"));
    if (!fixed) return std::unexpected(fixed.error());
    record.fixed = std::move(*fixed);
    auto gone = findings_from_json(j.value("gone", Json::array()));  // scans of before version 2 have none
    if (!gone) return std::unexpected(gone.error());
    record.gone = std::move(*gone);
    record.ignored = j.at("ignored").get<std::map<std::string, std::string>>();
    return {};
  } catch (const Json::exception& e) {
    return fail(ErrorCode::io, "scan " + record.id, std::string("its stored form is damaged: ") + e.what());
  }
}

}  // namespace assay::ledger
