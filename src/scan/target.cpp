#include "scan/target.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/domain.h"
#include "base/file.h"
#include "base/text.h"
#include "base/url.h"
#include "source/content.h"
#include "source/descriptor.h"
#include "source/file_stream.h"

namespace assay::scan {

namespace {

Result<std::string> check_kind(std::string_view kind) {
  if (kind.empty() || kind == "connect" || kind == "service" || kind == "source") return std::string(kind);
  if (kind == "forge")
    return fail(ErrorCode::unsupported, fmt::format("--kind {}", kind), "this version cannot scan such apps yet",
                "it scans connect apps, services and source");
  return fail(ErrorCode::invalid_input, fmt::format("--kind {}", kind), "is no kind of app",
              "choose connect, service or source");
}

bool looks_like_git(std::string_view text) {
  return text.starts_with("git@") || text.starts_with("git://") || text.starts_with("ssh://") || text.ends_with(".git");
}

bool is_archive(const std::string& path) {
  auto file = source::FileStream::open_path(path);
  if (!file) return false;
  std::string head(source::kSniffed, '\0');
  const auto n = file->read(head);
  if (!n) return false;
  const auto content = source::sniff(std::string_view(head).substr(0, *n)).content;
  return content == source::Content::archive || content == source::Content::closed_archive;
}

// What holds no content of its own; "" of files. Reading a named pipe would wait for a writer that may never come, but
// the shell's <(…), a pipe without a name, is good for a descriptor.
std::string_view special_file(std::string_view path, std::filesystem::file_type type) {
  using enum std::filesystem::file_type;
  if (type == fifo) return path.starts_with("/dev/fd/") || path.starts_with("/proc/") ? "" : "a named pipe";
  if (type == socket) return "a socket";
  return type == block || type == character ? "a device" : "";
}

Result<Target> parse_path(std::string_view text, const std::string& shown, bool directory, std::string_view kind) {
  const bool source = directory || kind == "source" || is_archive(std::string(text));
  if (source && !kind.empty() && kind != "source")
    return fail(
        ErrorCode::invalid_input, shown,
        fmt::format("is {}, and a {} app is scanned by its URL", directory ? "a directory" : "an archive", kind),
        "give its URL or descriptor file, or --kind source");
  if (directory) return Target{std::string(text), TargetForm::directory, "source", {}};
  if (source) return Target{std::string(text), TargetForm::archive, "source", {}};
  if (kind == "service")
    return fail(ErrorCode::invalid_input, shown, "is a file, and a service is scanned by its URL", "give its base URL");
  return Target{std::string(text), TargetForm::file, "connect", {}};
}

}  // namespace

Result<Target> parse_target(std::string_view text, std::string_view kind_override) {
  const std::string shown = printable(ellipsis(text, 200));
  auto app_kind = check_kind(kind_override);
  if (!app_kind) return std::unexpected(app_kind.error());
  if (trim(text).empty())
    return fail(ErrorCode::invalid_input, "target", "is empty",
                "give a URL, a descriptor file, a directory or an archive");

  std::error_code ec;
  const std::filesystem::path path{std::string(text)};
  const auto status = std::filesystem::status(path, ec);
  if (const auto special = special_file(text, status.type()); !ec && !special.empty())
    return fail(ErrorCode::invalid_input, shown, fmt::format("is {}", special), "give a file, a directory or a URL");
  if (!ec && std::filesystem::exists(status))
    return parse_path(text, shown, std::filesystem::is_directory(status), *app_kind);
  if (looks_like_git(text))
    return fail(ErrorCode::unsupported, shown, "is a git repository elsewhere", "clone it, and give the directory");
  if (text.find("://") == std::string_view::npos)
    return fail(ErrorCode::invalid_input, shown, "is neither a URL nor an existing file",
                "write URLs with their scheme, e.g. https://app.example.com/atlassian-connect.json");
  const auto url = parse_url(text);
  if (!url) return std::unexpected(url.error());
  if (url->scheme != "https" && url->scheme != "http")
    return fail(ErrorCode::invalid_input, shown, fmt::format("has the scheme \"{}\"", url->scheme),
                "only https and http targets can be scanned");
  if (url->has_userinfo)
    return fail(ErrorCode::invalid_input, url->to_string(), "carries a user name or password",
                "leave it out of the URL");
  if (*app_kind == "source")
    return fail(ErrorCode::invalid_input, shown, "is a URL, and source is scanned where it lies",
                "give a directory or an archive");
  return Target{std::string(text), TargetForm::url, *app_kind, {}};
}

Result<std::vector<Target>> read_targets_file(const std::string& path, std::string_view kind_override) {
  constexpr std::size_t kMaxLine = 8192;
  std::ifstream file;
  if (path != "-") {
    file.open(path);
    if (!file) return fail(ErrorCode::io, path, "cannot be opened", "check the path given to --targets");
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::vector<Target> targets;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto text = trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    const auto where = fmt::format("{}:{}", path == "-" ? "standard input" : path, number);
    if (text.size() > kMaxLine) return fail(ErrorCode::limit_exceeded, where, "the line is longer than 8192 bytes");
    auto target = parse_target(text, kind_override);
    if (!target) return fail(target.error().code, where, target.error().message(), "");
    targets.push_back(std::move(*target));
  }
  if (in.bad()) return fail(ErrorCode::io, path, "could not be read to its end");
  return targets;
}

std::string target_host(const Target& target) {
  std::string host;
  if (target.form == TargetForm::url) {
    if (const auto url = parse_url(target.text)) host = url->host;
  } else if (is_source(target.form)) {
    return {};
  } else if (const auto text = read_file(target.text, source::kMaxDescriptorBytes)) {
    if (const auto surface = source::read_descriptor(*text, target.text, nullptr);
        surface && !surface->base_url.empty())
      if (const auto url = parse_url(surface->base_url)) host = url->host;
  }
  const auto registrable = split_domain(host).registrable_domain;
  return registrable.empty() ? host : registrable;
}

}  // namespace assay::scan
