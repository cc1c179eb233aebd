#pragma once

#include "catalog/catalog.h"
#include "model/exchange.h"
#include "model/scan_record.h"

namespace assay::report {

// A record with every outcome, a finding of hostile text, a fixed finding, a note and what was not looked at.
inline ScanRecord sample_record() {
  const Time t = *parse_rfc3339("2026-11-22T10:00:00Z");
  ScanRecord r;
  r.id = "7b0c2e1c-51a4-4d0e-8f25-4a1d0a4a3c55";
  r.app = {
      "com.example.app", "Example & Söhne", "connect", "https://app.example.com/atlassian-connect.json", "Example", t};
  r.release = std::string(64, 'a');
  r.profiles = {"marketplace-connect"};
  r.started = t;
  r.finished = t + std::chrono::milliseconds(2500);
  r.allowed_networks = {"127.0.0.0/8"};
  r.notes = {{"authentication-missing", "/authentication", "no authentication: read as jwt"}};
  HttpExchange exchange;
  exchange.origin = "https://app.example.com";
  exchange.request = {"GET", "https://app.example.com/", {{"User-Agent", "Assay"}}, "front", "none", ""};
  HttpResponseRecord response;
  response.status = 200;
  response.reason = "OK";
  response.fields = {{"Server", "nginx"}};
  exchange.response = response;
  r.evidence = {make_evidence(kind::kHttpOrigin, "https://app.example.com", t, "http", Json(exchange))};

  Finding hostile;
  hostile.requirement = "hsts";
  hostile.subject = "https://app.example.com";
  hostile.locator = "strict-transport-security";
  hostile.title = "No HSTS <script>alert(1)</script> & \x1b[31mred\x1b[0m";
  hostile.proof = "GET / answered 200 without Strict-Transport-Security\nServer: \"nginx\" ]]> \xff";
  hostile.remediation = "Send Strict-Transport-Security: max-age=31536000";
  hostile.severity = Severity::medium;
  hostile.cvss = {"CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N", 6.8};
  hostile.evidence = {r.evidence.front().id};
  hostile.fingerprint = fingerprint_of(hostile.requirement, hostile.subject, hostile.locator);

  Verdict failed{"hsts", hostile.subject, Outcome::fail, "no HSTS", "", hostile.evidence, {hostile}};
  Verdict passed{"tls-version", hostile.subject, Outcome::pass, "only TLS 1.2 and 1.3", "", {}, {}};
  Verdict unknown{"cert-valid", hostile.subject, Outcome::inconclusive, "no handshake: timeout", "timeout", {}, {}};
  Verdict none{"authn-endpoint",
               "https://app.example.com/s/{id}",
               Outcome::not_applicable,
               "public by design",
               "public",
               {},
               {}};
  r.verdicts = {none, unknown, failed, passed};
  r.not_verified = {{"csp", "not yet verified by this version"}};
  Finding fixed = hostile;
  fixed.requirement = "tls-version";
  fixed.title = "TLS 1.0 is accepted";
  fixed.fingerprint = fingerprint_of("tls-version", fixed.subject, "TLSv1.0");
  r.fixed = {fixed};
  Finding gone = hostile;
  gone.subject = "https://old.example.com";
  gone.fingerprint = fingerprint_of(gone.requirement, gone.subject, gone.locator);
  r.gone = {gone};
  r.compared = true;
  r.standing[hostile.fingerprint] = Standing::fresh;
  return r;
}

}  // namespace assay::report
