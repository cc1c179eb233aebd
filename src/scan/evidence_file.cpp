#include "scan/evidence_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "base/json.h"
#include "base/text.h"
#include "model/evidence_view.h"

namespace assay::scan {

namespace {

constexpr std::string_view kScanSchema = "assay-scan/1";
constexpr std::size_t kMaxLineBytes = 8U << 20U;

Json scan_line(const ScanRecord& r) {
  return Json{{"schema", kScanSchema},
              {"id", r.id},
              {"app", {{"key", r.app.key}, {"name", r.app.name}, {"kind", r.app.kind}, {"target", r.app.target}}},
              {"release", r.release},
              {"profiles", r.profiles},
              {"started", format_rfc3339(r.started)},
              {"finished", format_rfc3339(r.finished)},
              {"complete", r.complete},
              {"incomplete_reason", r.incomplete_reason},
              {"allowed_networks", r.allowed_networks}};
}

Result<ScanRecord> scan_from_line(const Json& j) {
  try {
    ScanRecord r;
    r.id = j.at("id").get<std::string>();
    const auto& app = j.at("app");
    r.app.key = app.at("key").get<std::string>();
    r.app.name = app.value("name", "");
    r.app.kind = app.at("kind").get<std::string>();
    r.app.target = app.value("target", "");
    r.release = j.value("release", "");
    r.profiles = j.at("profiles").get<std::vector<std::string>>();
    const auto started = parse_rfc3339(j.at("started").get<std::string>());
    if (!started) return std::unexpected(started.error());
    const auto finished = parse_rfc3339(j.at("finished").get<std::string>());
    if (!finished) return std::unexpected(finished.error());
    r.started = *started;
    r.finished = *finished;
    r.complete = j.value("complete", true);
    r.incomplete_reason = j.value("incomplete_reason", "");
    r.allowed_networks = j.value("allowed_networks", std::vector<std::string>{});
    return r;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::invalid_input, "scan line", e.what());
  }
}

// A scan that is known by its evidence only takes app and times from there.
void complete_from_evidence(ScanRecord& r) {
  if (!r.app.key.empty()) return;
  const EvidenceSet set(r.evidence);
  if (const auto* surface = set.surface()) {
    r.app.key = surface->value.app_key;
    r.app.name = surface->value.app_name;
    r.app.kind = surface->value.app_kind;
    r.app.target = surface->value.source;
    r.notes = surface->value.notes;
  }
  r.started = r.evidence.front().time;
  r.finished = r.evidence.back().time;
}

Result<void> take_line(std::string_view line, const std::string& where, std::vector<ScanRecord>& scans) {
  auto json = parse_json(line, where, {.max_bytes = kMaxLineBytes, .max_depth = 64});
  if (!json) return std::unexpected(json.error());
  const auto named = [&](const Error& e) { return fail(e.code, where, e.message(), ""); };
  if (json->is_object() && json->value("schema", "") == kScanSchema) {
    auto record = scan_from_line(*json);
    if (!record) return named(record.error());
    scans.push_back(std::move(*record));
    return {};
  }
  auto evidence = evidence_from_json(*json);
  if (!evidence) return named(evidence.error());
  if (scans.empty()) scans.emplace_back();
  scans.back().evidence.push_back(std::move(*evidence));
  return {};
}

}  // namespace

Result<std::unique_ptr<EvidenceWriter>> EvidenceWriter::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::FILE* file = fd < 0 ? nullptr : ::fdopen(fd, "w");
  if (file == nullptr) {
    const int cause = errno;
    if (fd >= 0) ::close(fd);
    return fail(ErrorCode::io, path, std::string("cannot be written: ") + std::strerror(cause),
                "check the path given to --evidence");
  }
  return std::unique_ptr<EvidenceWriter>(new EvidenceWriter(file, path));
}

EvidenceWriter::~EvidenceWriter() {
  std::fclose(file_);
}

Result<void> EvidenceWriter::write(const ScanRecord& record) {
  std::string text = dump_json(scan_line(record)) + "\n";
  for (const auto& e : record.evidence) text += dump_json(to_json_line(e)) + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0)
    return fail(ErrorCode::io, path_, std::string("could not be written: ") + std::strerror(errno),
                "make room on the disk");
  return {};
}

Result<std::vector<ScanRecord>> read_evidence_file(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return fail(ErrorCode::io, path, "cannot be opened", "give a file that --evidence has written");
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::vector<ScanRecord> scans;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (trim(line).empty()) continue;
    if (auto taken = take_line(line, fmt::format("{}:{}", path, number), scans); !taken)
      return std::unexpected(taken.error());
  }
  if (in.bad()) return fail(ErrorCode::io, path, "could not be read to its end");
  for (auto& scan : scans)
    if (!scan.evidence.empty()) complete_from_evidence(scan);
  return scans;
}

}  // namespace assay::scan
