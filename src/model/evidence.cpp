#include "model/evidence.h"

#include "base/bytes.h"

namespace assay {

namespace {

constexpr std::string_view kSchema = "assay-evidence/1";
constexpr std::string_view kProbeVersion = "1";

}  // namespace

std::string evidence_id(const Evidence& e) {
  // The array [kind, schema, subject, time, probe, probe_version, body], written without copying the body.
  std::string content =
      dump_json(Json::array({e.kind, e.schema, e.subject, format_rfc3339(e.time), e.probe, e.probe_version}));
  content.back() = ',';
  content += dump_json(e.body);
  content += ']';
  return "ev-" + sha256_hex(content).substr(0, 32);
}

Evidence make_evidence(std::string_view kind, std::string subject, Time time, std::string_view probe, Json body) {
  Evidence e{.id = {},
             .kind = std::string(kind),
             .schema = 1,
             .subject = std::move(subject),
             .time = time,
             .probe = std::string(probe),
             .probe_version = std::string(kProbeVersion),
             .body = std::move(body)};
  e.id = evidence_id(e);
  return e;
}

Json to_json_line(const Evidence& e) {
  return Json{{"schema", kSchema},    {"id", e.id},
              {"kind", e.kind},       {"body_schema", e.schema},
              {"subject", e.subject}, {"time", format_rfc3339(e.time)},
              {"probe", e.probe},     {"probe_version", e.probe_version},
              {"body", e.body}};
}

Result<Evidence> evidence_from_json(const Json& j) {
  if (!j.is_object() || j.value("schema", "") != kSchema)
    return fail(ErrorCode::invalid_input, "evidence record", "is not an object with schema \"assay-evidence/1\"");
  try {
    Evidence e;
    e.id = j.at("id").get<std::string>();
    e.kind = j.at("kind").get<std::string>();
    e.schema = j.at("body_schema").get<int>();
    e.subject = j.at("subject").get<std::string>();
    const auto time = parse_rfc3339(j.at("time").get<std::string>());
    if (!time) return std::unexpected(time.error());
    e.time = *time;
    e.probe = j.at("probe").get<std::string>();
    e.probe_version = j.at("probe_version").get<std::string>();
    e.body = j.at("body");
    if (evidence_id(e) != e.id)
      return fail(ErrorCode::invalid_input, "evidence record " + e.id, "its id does not match its content",
                  "it was altered after it was collected; use the original file");
    return e;
  } catch (const Json::exception& ex) {
    return fail(ErrorCode::invalid_input, "evidence record", ex.what());
  }
}

}  // namespace assay
