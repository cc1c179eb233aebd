#include "scan/ignore.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "source/file_stream.h"
#include "source/git/staged.h"

namespace assay::scan {

namespace {

namespace fs = std::filesystem;

constexpr const char* kName = ".assayignore";
constexpr std::uint64_t kMaxBytes = 1U << 20U;
constexpr std::chrono::days kFarthest{731};

Result<IgnoreEntry> read_entry(const YAML::Node& node, const std::string& path, Time today) {
  const auto place = fmt::format("{}:{}", path, node.Mark().line + 1);
  const auto bad = [&](std::string reason, std::string remedy = {}) {
    return fail(ErrorCode::invalid_input, place, std::move(reason), std::move(remedy));
  };
  if (!node.IsMap()) return bad("an entry is no mapping");
  constexpr std::array kKeys = {"fingerprint", "requirement", "subject", "reason", "expires"};
  for (const auto& item : node) {
    const auto key = item.first.as<std::string>("");
    if (std::ranges::find(kKeys, key) == kKeys.end())
      return bad(fmt::format("the key \"{}\" is not known", printable(key)));
  }
  const auto text = [&](const char* key) { return node[key] ? node[key].as<std::string>("") : std::string(); };
  IgnoreEntry entry{text("fingerprint"), text("requirement"), text("subject"), text("reason"), {}, place};
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

Result<std::vector<IgnoreEntry>> parse(const std::string& text, const std::string& path, Time today) {
  std::vector<IgnoreEntry> entries;
  try {
    const YAML::Node root = YAML::Load(text);
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

// The directory whose top may hold a file of its own; "" when there is none. What is no repository is said by the
// search.
fs::path top_of(const Target& target) {
  if (target.form == TargetForm::directory) return target.text;
  if (target.form != TargetForm::staged) return {};
  return source::git::work_tree_of(target.text).value_or(std::string());
}

// Of a file that nobody named: a pipe would never end.
Result<std::vector<IgnoreEntry>> read_found(source::Look<source::FileStream> stream, const fs::path& path, Time today) {
  const auto refused = [&](const source::Obstacle& obstacle) {
    return fail(ErrorCode::io, path.string(), "cannot be read: " + obstacle.detail,
                "mend it, or name another file with --ignore-file");
  };
  if (!stream) return refused(stream.error());
  if (stream->size() > kMaxBytes)
    return fail(ErrorCode::limit_exceeded, path.string(), "holds more than " + format_bytes(kMaxBytes),
                "keep the entries that still match something");
  std::string text(stream->size(), '\0');
  const auto filled = stream->read(text);
  if (!filled) return refused(filled.error());
  text.resize(*filled);
  return parse(text, path.string(), today);
}

// Of a file that may be somebody else's: a link could lead to any of ours.
Result<std::vector<IgnoreEntry>> read_own(const fs::path& top, Time today) {
  const auto path = (top / kName).lexically_normal();
  std::error_code ec;
  const auto type = fs::symlink_status(path, ec).type();
  if (type == fs::file_type::not_found || type == fs::file_type::none) return {};
  if (type == fs::file_type::symlink)
    return fail(ErrorCode::invalid_input, path.string(), "is a symbolic link, and none is followed in what is scanned",
                "name the file with --ignore-file");
  const source::OwnedFd directory(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return read_found(source::FileStream::open(directory.get(), kName), path, today);
}

}  // namespace

Result<std::vector<IgnoreEntry>> read_ignore_file(const std::string& path, Time today) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return std::unexpected(text.error());
  return parse(*text, path, today);
}

Result<Ignores> read_ignores(const IgnoreFiles& files, const std::vector<Target>& targets, Time today) {
  std::error_code ec;
  Ignores ignores;
  if (!files.given.empty() || fs::exists(kName, ec)) {
    auto all = files.given.empty() ? read_found(source::FileStream::open_path(kName), kName, today)
                                   : read_ignore_file(files.given, today);
    if (!all) return std::unexpected(all.error());
    ignores.all = std::move(*all);
  }
  if (!files.given.empty() || !files.heed_own) return ignores;
  for (const auto& target : targets) {
    auto& own = ignores.own.emplace_back();
    const auto top = top_of(target);
    if (top.empty() || fs::equivalent(top, ".", ec)) continue;
    auto entries = read_own(top, today);
    if (!entries) return std::unexpected(entries.error());
    own = std::move(*entries);
  }
  return ignores;
}

std::vector<std::string> apply_ignores(ScanRecord& record, const Ignores& ignores, std::size_t index, Time today) {
  std::vector<const IgnoreEntry*> entries;
  if (index < ignores.own.size())
    for (const auto& entry : ignores.own[index]) entries.push_back(&entry);
  for (const auto& entry : ignores.all) entries.push_back(&entry);
  std::vector<std::string> warnings;
  for (const auto* finding : findings_of(record)) {
    const auto counts = [&](const IgnoreEntry* entry) { return covers(*entry, *finding) && entry->expires > today; };
    if (const auto at = std::ranges::find_if(entries, counts); at != entries.end()) {
      record.ignored.emplace(finding->fingerprint, fmt::format("{} ({})", (*at)->reason, (*at)->place));
      continue;
    }
    for (const auto* entry : entries)
      if (covers(*entry, *finding))
        warnings.push_back(fmt::format("{}: has expired, so {} on {} counts again", entry->place, finding->requirement,
                                       finding->subject));
  }
  return warnings;
}

}  // namespace assay::scan
