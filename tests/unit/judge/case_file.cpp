#include "unit/judge/case_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/bytes.h"
#include "base/domain.h"
#include "base/text.h"
#include "base/url.h"
#include "model/secret.h"
#include "model/surface.h"
#include "model/tls.h"
#include "unit/judge/case_dns.h"

namespace assay::judge_test {

namespace {

constexpr std::string_view kDefaultTime = "2026-11-22T09:00:00Z";

Json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "false") return text == "true";
  if (text == "null" || text == "~") return nullptr;
  std::size_t used = 0;
  try {
    const long long n = std::stoll(text, &used);
    if (used == text.size()) return n;
  } catch (const std::exception&) {
    return text;
  }
  return text;
}

Json to_json(const YAML::Node& node) {
  if (node.IsSequence()) {
    Json out = Json::array();
    for (const auto& item : node) out.push_back(to_json(item));
    return out;
  }
  if (node.IsMap()) {
    Json out = Json::object();
    for (const auto& item : node) out[item.first.Scalar()] = to_json(item.second);
    return out;
  }
  return node.IsScalar() ? scalar(node) : Json(nullptr);
}

// The fields of a map (one value or a list of values each), in the order of the file.
Json fields_of(const YAML::Node& node) {
  Json out = Json::array();
  for (const auto& item : node) {
    const auto add = [&](const YAML::Node& value) {
      out.push_back({{"name", item.first.Scalar()}, {"value", value.Scalar()}});
    };
    if (item.second.IsSequence()) {
      for (const auto& value : item.second) add(value);
    } else {
      add(item.second);
    }
  }
  return out;
}

Json failure_of(const Json& j) {
  return j.is_string() ? Json{{"code", j}, {"detail", ""}} : j;
}

std::string origin_of(const std::string& url) {
  const auto parsed = parse_url(url);
  return parsed ? parsed->origin() : std::string();
}

class Builder {
 public:
  explicit Builder(const YAML::Node& root) : root_(root) {}

  Case build() {
    only(root_, {"requirement", "title", "parameters", "subject", "surface", "evidence", "expect"});
    case_.requirement = root_["requirement"].as<std::string>();
    case_.title = root_["title"].as<std::string>();
    case_.subject = root_["subject"].as<std::string>();
    if (root_["parameters"]) case_.parameters = to_json(root_["parameters"]);
    build_surface();
    if (root_["evidence"])
      for (const auto& record : root_["evidence"]) build_record(record);
    build_expectation(root_["expect"]);
    return std::move(case_);
  }

 private:
  static void only(const YAML::Node& map, const std::set<std::string>& allowed) {
    for (const auto& item : map)
      if (!allowed.contains(item.first.Scalar()))
        throw YAML::Exception(item.first.Mark(), "unknown member " + item.first.Scalar());
  }

  void add(const YAML::Node& record, std::string_view kind, std::string subject, Json body) {
    const auto time =
        parse_rfc3339(record && record["time"] ? record["time"].as<std::string>() : std::string(kDefaultTime));
    if (!time) throw YAML::Exception(record.Mark(), time.error().message());
    auto e = make_evidence(kind, std::move(subject), *time, "case", std::move(body));
    if (record && record["name"]) names_[record["name"].as<std::string>()] = case_.evidence.size();
    case_.evidence.push_back(std::move(e));
  }

  static Json default_origin(const std::string& origin) {
    const auto url = parse_url(origin);
    if (!url) return Json::object();
    const auto parts = split_domain(url->host);
    return Json{{"origin", origin},
                {"scheme", url->scheme},
                {"host", url->host},
                {"port", url->effective_port()},
                {"own", true},
                {"host_is_ip", url->host_is_ip()},
                {"public_suffix", parts.public_suffix},
                {"registrable_domain", parts.registrable_domain},
                {"suffix_is_private", parts.suffix_is_private},
                {"named_by", "/baseUrl"}};
  }

  // An app whose base URL is the subject's origin, with the subject as its only endpoint when it is a URL with a path;
  // members of `surface` replace these, members of `surface.endpoint` and `surface.origin` those of the subject's
  // entries.
  void build_surface() {
    const auto given = root_["surface"];
    if (given && given.IsScalar() && given.Scalar() == "none") return;
    const auto url = parse_url(case_.subject);
    const bool is_url = url.has_value() && !url->host.empty();
    const auto origin = is_url ? url->origin() : std::string("https://app.acme-apps.com");
    Json s{{"app_kind", "connect"},
           {"app_key", is_url ? "acme" : case_.subject},
           {"app_name", "Acme"},
           {"source", "case"},
           {"base_url_written", origin},
           {"base_url", origin},
           {"authentication", "jwt"},
           {"scopes", Json::array()},
           {"api_migrations", Json::object()},
           {"endpoints", Json::array()},
           {"origins", Json::array()},
           {"notes", Json::array()}};
    Json over = given ? to_json(given) : Json::object();
    if (is_url && case_.subject != origin) {
      endpoint_ = Json{{"id", case_.subject},
                       {"url", url->to_string()},
                       {"origin", origin},
                       {"role", "page"},
                       {"methods", {"GET"}},
                       {"module", "generalPages"},
                       {"pointer", "/modules/generalPages/0/url"},
                       {"own", true}};
      if (over.contains("endpoint")) endpoint_.update(over["endpoint"]);
      s["endpoints"].push_back(endpoint_);
    }
    Json own = default_origin(origin);
    if (const auto base = over.value("base_url", std::string()); !base.empty()) own = default_origin(origin_of(base));
    if (over.contains("origin")) own.update(over["origin"]);
    s["origins"].push_back(own);
    over.erase("endpoint");
    over.erase("origin");
    s.update(over);
    add({}, kind::kSurface, s["app_key"].get<std::string>(), s);
  }

  void build_record(const YAML::Node& record) {
    const auto kind = record["kind"].as<std::string>();
    if (record["body"]) {
      only(record, {"kind", "subject", "time", "name", "body"});
      add(record, kind, record["subject"] ? record["subject"].as<std::string>() : case_.subject,
          to_json(record["body"]));
    } else if (kind.starts_with("http.")) {
      build_exchange(record, kind);
    } else if (kind == kind::kTlsEnumeration) {
      build_enumeration(record);
    } else if (kind == kind::kTlsHandshake) {
      build_handshake(record);
    } else if (kind == kind::kTlsRevocation) {
      build_revocation(record);
    } else if (kind == kind::kResolution) {
      const auto url = parse_url(case_.subject);
      Json body{{"host", url ? url->host : case_.subject},
                {"addresses", Json::array()},
                {"refused", Json::array()},
                {"failure", nullptr}};
      for (const auto* member : {"host", "addresses", "refused"})
        if (record[member]) body[member] = to_json(record[member]);
      if (record["failure"]) body["failure"] = failure_of(to_json(record["failure"]));
      add(record, kind, url ? url->host : case_.subject, body);
    } else if (kind == kind::kSecretSweep) {
      build_sweep(record);
    } else if (build_dns(record, kind)) {
      return;
    } else {
      throw YAML::Exception(record.Mark(), "no short form for the kind " + kind);
    }
  }

  bool build_dns(const YAML::Node& record, const std::string& kind) {
    Json given = to_json(record);
    for (const auto* member : {"kind", "time", "name", "subject"}) given.erase(member);
    try {
      auto form = dns_form(kind, given, case_.subject);
      if (form) add(record, kind, std::move(form->subject), std::move(form->body));
      return form.has_value();
    } catch (const std::exception& e) {
      throw YAML::Exception(record.Mark(), e.what());
    }
  }

  void build_exchange(const YAML::Node& record, const std::string& kind) {
    only(record,
         {"kind", "subject", "time", "name", "previous", "method", "url", "purpose", "credential", "request_fields",
          "status", "fields", "text", "failure", "trusted", "address", "endpoint", "truncated"});
    static const std::map<std::string, std::string> kPurposes = {
        {"http.page", "page"},           {"http.authn", "authn"},  {"http.authz", "authz"},
        {"http.lifecycle", "lifecycle"}, {"http.origin", "front"}, {"http.takeover", "takeover"}};
    const auto text = [&](const char* member, const std::string& fallback) {
      return record[member] ? record[member].as<std::string>() : fallback;
    };
    const bool of_endpoint = !endpoint_.is_null();
    const auto origin = case_.subject.find("://") == std::string::npos ? "https://" + case_.subject : case_.subject;
    const auto url = text("url", of_endpoint ? endpoint_["url"].get<std::string>() : origin + "/");
    const auto method = of_endpoint ? endpoint_["methods"][0].get<std::string>() : std::string("GET");
    Json body{{"origin", origin_of(url)},
              {"endpoint", of_endpoint ? endpoint_["id"] : Json("")},
              {"address", text("address", "")},
              {"tls_trusted", record["trusted"] ? record["trusted"].as<bool>() : url.starts_with("https:")}};
    body["request"] = {{"method", text("method", method)},
                       {"url", url},
                       {"purpose", text("purpose", kPurposes.at(kind))},
                       {"credential", text("credential", "none")},
                       {"body", ""},
                       {"fields", record["request_fields"] ? fields_of(record["request_fields"]) : Json::array()}};
    body["response"] = nullptr;
    body["failure"] = nullptr;
    if (record["failure"]) body["failure"] = failure_of(to_json(record["failure"]));
    if (record["status"]) {
      const auto content = text("text", "");
      body["response"] = {{"status", record["status"].as<int>()},
                          {"version", "HTTP/1.1"},
                          {"reason", ""},
                          {"body", content},
                          {"body_bytes", content.size()},
                          {"body_sha256", sha256_hex(content)},
                          {"truncated", text("truncated", "") == "true"},
                          {"fields", record["fields"] ? fields_of(record["fields"]) : Json::array()}};
    }
    if (record["previous"]) {
      const auto at = names_.find(record["previous"].as<std::string>());
      if (at == names_.end()) throw YAML::Exception(record["previous"].Mark(), "no record has this name");
      const auto& before = case_.evidence[at->second];
      body["previous"] = before.id;
      body["hop"] = before.body.value("hop", 0) + 1;
    }
    add(record, kind, text("subject", case_.subject), body);
  }

  Json tls_target(const YAML::Node& record) const {
    const auto url = parse_url(case_.subject);
    return Json{{"host", url ? url->host : ""},
                {"port", url ? url->effective_port() : 0},
                {"address", record["address"] ? record["address"].as<std::string>() : "192.0.2.1"}};
  }

  // Versions that the record does not name were refused below TLS 1.2 and accepted from there on.
  void build_enumeration(const YAML::Node& record) {
    only(record, {"kind", "time", "name", "address", "versions", "only_listed", "notes", "failure"});
    Json body = tls_target(record);
    body["mode"] = "policy";
    body["notes"] = record["notes"] ? to_json(record["notes"]) : Json::array();
    body["failure"] = record["failure"] ? failure_of(to_json(record["failure"])) : Json(nullptr);
    const Json given = record["versions"] ? to_json(record["versions"]) : Json::object();
    for (const auto* version : {"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}) {
      if (!given.contains(version) && (record["only_listed"] || record["failure"])) continue;
      const std::string usual = std::string_view(version) < "TLSv1.2" ? "refused" : "accepted";
      const auto support = given.value(version, usual);
      body["versions"].push_back(
          {{"version", version}, {"support", support}, {"reason", support == "unknown" ? "timeout" : "seen"}});
    }
    add(record, kind::kTlsEnumeration, case_.subject, body);
  }

  // A sound ECDSA leaf and its intermediate; `leaf` replaces members of the first, `chain` the whole list.
  void build_handshake(const YAML::Node& record) {
    only(record, {"kind", "time", "name", "address", "leaf", "intermediate", "chain", "trusted", "chain_errors",
                  "name_matches", "failure", "with"});
    Json body = tls_target(record);
    body["failure"] = record["failure"] ? failure_of(to_json(record["failure"])) : Json(nullptr);
    const bool failed = bool(record["failure"]);
    Json leaf{{"sha256", std::string(64, 'a')},
              {"subject", "CN=app.acme-apps.com"},
              {"issuer", "CN=Acme Issuing CA"},
              {"not_before", "2026-10-01T00:00:00Z"},
              {"not_after", "2027-03-01T00:00:00Z"},
              {"dns_names", {"app.acme-apps.com"}},
              {"key_type", "EC"},
              {"key_bits", 256},
              {"curve", "P-256"},
              {"signature_algorithm", "ecdsa-with-SHA256"}};
    Json intermediate{{"sha256", std::string(64, 'b')},
                      {"subject", "CN=Acme Issuing CA"},
                      {"issuer", "CN=Acme Root CA"},
                      {"not_before", "2020-01-01T00:00:00Z"},
                      {"not_after", "2030-01-01T00:00:00Z"},
                      {"key_type", "RSA"},
                      {"key_bits", 2048},
                      {"signature_algorithm", "sha256WithRSAEncryption"},
                      {"is_ca", true}};
    if (record["leaf"]) leaf.update(to_json(record["leaf"]));
    if (record["intermediate"]) intermediate.update(to_json(record["intermediate"]));
    body["chain"] = record["chain"] ? to_json(record["chain"])
                    : failed        ? Json::array()
                                    : Json::array({leaf, intermediate});
    body["chain_errors"] = record["chain_errors"] ? to_json(record["chain_errors"]) : Json::array();
    body["trusted"] = record["trusted"] ? record["trusted"].as<bool>() : body["chain_errors"].empty() && !failed;
    body["name_matches"] = record["name_matches"] ? record["name_matches"].as<bool>() : !failed;
    if (record["with"]) body.update(to_json(record["with"]));
    add(record, kind::kTlsHandshake, case_.subject, body);
  }

  // The leaf of build_handshake() unless `certificate` says otherwise; `source`: members of the one source.
  void build_revocation(const YAML::Node& record) {
    only(record, {"kind", "time", "name", "certificate", "subject", "depth", "status", "exempt", "source"});
    Json body{{"certificate", std::string(64, 'a')},
              {"subject", "CN=app.acme-apps.com"},
              {"issuer", "CN=Acme Issuing CA"},
              {"serial", "0badcafe"},
              {"depth", 0},
              {"status", "good"},
              {"exempt", ""}};
    for (const auto* member : {"certificate", "subject", "depth", "status", "exempt"})
      if (record[member]) body[member] = to_json(record[member]);
    Json source{{"method", "crl"}, {"url", "http://crl.acme-ca.example/1.crl"}, {"status", body["status"]}};
    if (record["source"]) source.update(to_json(record["source"]));
    body["sources"] = body["exempt"].get<std::string>().empty() ? Json::array({source}) : Json::array();
    add(record, kind::kTlsRevocation, case_.subject, body);
  }

  // A search of a tree that left nothing out and found nothing; members go over that, and those of each sighting over a
  // secret of high confidence in one place.
  void build_sweep(const YAML::Node& record) {
    Json body = Json(SecretSweep{});
    body.update({{"inputs", {"tree"}}, {"engine", "case"}, {"files", 12}, {"bytes", 34567}});
    Json usual = Json(SecretSighting{});
    usual.update({{"rule", "acme-token"},
                  {"title", "Acme token"},
                  {"provider", "Acme"},
                  {"opens", "everything of Acme"},
                  {"severity", "high"},
                  {"remedy", "Revoke it at Acme."},
                  {"hash", std::string(64, 'a')},
                  {"redacted", "acme…9f2a (40)"},
                  {"confidence", "high"},
                  {"score", 0.9},
                  {"places", {{{"path", "src/config.js"}, {"line", 12}, {"column", 7}, {"source", "tree"}}}}});
    const Json given = to_json(record);
    for (const auto& [name, value] : given.items()) {
      if (name == "kind" || name == "time" || name == "name") continue;
      if (!body.contains(name)) throw YAML::Exception(record.Mark(), "unknown member " + name);
      body[name] = value;
    }
    for (auto& sighting : body["sightings"]) {
      Json whole = usual;
      whole.update(sighting);
      sighting = whole;
    }
    add(record, kind::kSecretSweep, case_.subject, body);
  }

  void build_expectation(const YAML::Node& expect) {
    only(expect, {"outcome", "reason_code", "findings", "never_says"});
    case_.outcome = expect["outcome"].as<std::string>();
    if (expect["reason_code"]) case_.reason_code = expect["reason_code"].as<std::string>();
    if (expect["never_says"]) case_.never_says = expect["never_says"].as<std::vector<std::string>>();
    if (!expect["findings"]) return;
    case_.findings.emplace();
    for (const auto& f : expect["findings"]) {
      only(f, {"locator", "severity", "proof_has"});
      case_.findings->push_back(
          {f["locator"].as<std::string>(), f["severity"] ? f["severity"].as<std::string>() : "",
           f["proof_has"] ? f["proof_has"].as<std::vector<std::string>>() : std::vector<std::string>{}});
    }
  }

  YAML::Node root_;
  Case case_;
  Json endpoint_;
  std::map<std::string, std::size_t> names_;
};

}  // namespace

std::vector<std::string> case_paths(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  return paths;
}

Result<Case> read_case(const std::string& path) {
  try {
    auto c = Builder(YAML::LoadFile(path)).build();
    c.path = path;
    return c;
  } catch (const std::exception& e) {
    return fail(ErrorCode::invalid_input, path, e.what(), "see docs/judges.md for the form of a case");
  }
}

}  // namespace assay::judge_test
