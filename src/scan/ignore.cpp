#include "scan/ignore.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <array>

#include "base/file.h"
#include "base/text.h"

namespace assay::scan {

namespace {

constexpr std::uint64_t kMaxBytes = 1U << 20U;
constexpr std::chrono::days kFarthest{731};

Result<IgnoreEntry> read_entry(const YAML::Node& node, const std::string& path, Time today) {
  const int line = node.Mark().line + 1;
  const auto bad = [&](std::string reason, std::string remedy = {}) {
    return fail(ErrorCode::invalid_input, fmt::format("{}:{}", path, line), std::move(reason), std::move(remedy));
  };
  if (!node.IsMap()) return bad("an entry is no mapping");
  constexpr std::array kKeys = {"fingerprint", "requirement", "subject", "reason", "expires"};
  for (const auto& item : node) {
    const auto key = item.first.as<std::string>("");
    if (std::ranges::find(kKeys, key) == kKeys.end())
      return bad(fmt::format("the key \"{}\" is not known", printable(key)));
  }
  const auto text = [&](const char* key) { return node[key] ? node[key].as<std::string>("") : std::string(); };
  IgnoreEntry entry{text("fingerprint"), text("requirement"), text("subject"), text("reason"), {}, line};
  if (entry.fingerprint.empty() && entry.requirement.empty())
    return bad("names neither a fingerprint nor a requirement", "copy the fingerprint from the report");
  if (trim(entry.reason).empty()) return bad("has no reason", "say why the finding is accepted");
  const auto day = text("expires");
  if (day.empty()) return bad("has no expiry date", "add e.g. expires: 2027-01-31");
  const auto begin = parse_rfc3339(day + "T00:00:00Z");
  if (!begin) return bad(fmt::format("\"{}\" is no date", printable(day)), "write it like 2027-01-31");
  entry.expires = *begin + std::chrono::days{1};
  if (entry.expires > today + kFarthest) return bad("expires more than two years from now", "choose a nearer date");
  return entry;
}

// Glob with '*' only.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool covers(const IgnoreEntry& entry, const Finding& f) {
  if (!entry.fingerprint.empty()) return entry.fingerprint == f.fingerprint;
  return entry.requirement == f.requirement && (entry.subject.empty() || matches(entry.subject, f.subject));
}

}  // namespace

Result<std::vector<IgnoreEntry>> read_ignore_file(const std::string& path, Time today) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return std::unexpected(text.error());
  std::vector<IgnoreEntry> entries;
  try {
    const YAML::Node root = YAML::Load(*text);
    if (root.IsNull()) return entries;
    if (!root.IsSequence())
      return fail(ErrorCode::invalid_input, path, "is not a list of entries", "begin each entry with \"- \"");
    for (const auto& node : root) {
      auto entry = read_entry(node, path, today);
      if (!entry) return std::unexpected(entry.error());
      entries.push_back(std::move(*entry));
    }
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::invalid_input, fmt::format("{}:{}:{}", path, e.mark.line + 1, e.mark.column + 1), e.msg,
                "write a YAML list of entries, each with reason and expires");
  }
  return entries;
}

std::vector<std::string> apply_ignores(ScanRecord& record, const std::vector<IgnoreEntry>& entries, Time today) {
  std::vector<std::string> warnings;
  for (const auto* finding : findings_of(record)) {
    for (const auto& entry : entries) {
      if (!covers(entry, *finding)) continue;
      if (entry.expires <= today) {
        warnings.push_back(fmt::format(".assayignore line {}: has expired, so {} on {} counts again", entry.line,
                                       finding->requirement, finding->subject));
        continue;
      }
      record.ignored.emplace(finding->fingerprint, entry.reason);
      break;
    }
  }
  return warnings;
}

}  // namespace assay::scan
