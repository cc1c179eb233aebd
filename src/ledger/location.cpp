#include "ledger/location.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>

#include "base/text.h"
#include "base/url.h"

namespace assay::ledger {

namespace {

namespace fs = std::filesystem;

Result<Location> postgresql_location(const std::string& conninfo) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(conninfo.c_str(), &message), &PQconninfoFree);
  if (!options) {
    // libpq's message may quote the text, password included, so only its kind is told.
    PQfreemem(message);
    return fail(ErrorCode::invalid_input, "ledger URL", "is not a PostgreSQL connection URL that libpq can read",
                "write postgresql://USER@HOST:PORT/DATABASE or postgresql:host=HOST dbname=DATABASE");
  }
  std::map<std::string, std::string> value;
  for (const auto* o = options.get(); o->keyword != nullptr; ++o)
    if (o->val != nullptr) value[o->keyword] = o->val;
  std::string name = "postgresql://";
  if (value.contains("user")) name += value["user"] + "@";
  name += value.contains("host") ? value["host"] : value["hostaddr"];
  if (value.contains("port")) name += ":" + value["port"];
  name += "/" + value["dbname"];
  return Location{Engine::postgresql, name, "", conninfo};
}

Result<Location> sqlite_location(const std::string& path) {
  if (path.empty() || path == ":memory:")
    return fail(ErrorCode::invalid_input, "ledger URL", "names no file",
                "write sqlite:PATH, for example sqlite:assay.db");
  std::error_code ignored;
  // Absolute, so that SQLite cannot take a name such as "file:x" for a URI.
  const std::string absolute = fs::absolute(path, ignored).string();
  // SOCI reads "key=value" pairs as soon as the text has an equals sign; a path with one must be quoted.
  std::string connect_string = absolute;
  if (absolute.find('=') != std::string::npos) {
    if (absolute.find('"') != std::string::npos)
      return fail(ErrorCode::invalid_input, path,
                  "a ledger's path cannot hold both \" and =", "choose another file name");
    connect_string = fmt::format("db=\"{}\"", absolute);
  }
  return Location{Engine::sqlite, path, absolute, connect_string};
}

}  // namespace

Result<Location> parse_location(const std::string& url) {
  if (url.find('\0') != std::string::npos) return fail(ErrorCode::invalid_input, "ledger URL", "holds a NUL character");
  for (const std::string_view scheme : {"postgresql:", "postgres:"}) {
    if (!url.starts_with(scheme)) continue;
    const auto rest = url.substr(scheme.size());
    return postgresql_location(rest.starts_with("//") ? url : rest);
  }
  if (url.starts_with("sqlite:")) return sqlite_location(url.substr(7));
  if (const auto at = url.find("://"); at != std::string::npos)
    return fail(ErrorCode::unsupported, "ledger URL", fmt::format("the scheme \"{}\" is unknown", url.substr(0, at)),
                "use sqlite:PATH or postgresql://USER@HOST/DATABASE");
  return sqlite_location(url);
}

bool is_writable(const std::string& path) {
  return ::access(path.c_str(), W_OK) == 0 && ::access(fs::path(path).parent_path().c_str(), W_OK) == 0;
}

std::string read_only_connect_string(const std::string& path, bool unchanging) {
  // A SQLite URI (https://www.sqlite.org/uri.html), which Debian's SQLite reads in place of a path.
  std::string uri = "file:" + replace_all(percent_encode(path), "%2F", "/");
  if (unchanging) uri += "?immutable=1";
  return fmt::format("db=\"{}\" readonly=true", uri);
}

Result<void> prepare_file(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::exists(status)) {
    if (fs::is_regular_file(status)) return {};
    return fail(ErrorCode::io, path, fs::is_directory(status) ? "is a directory" : "is not a regular file",
                "name the file that holds, or shall hold, the ledger");
  }
  const auto directory = fs::path(path).parent_path();
  if (!fs::is_directory(directory, error))
    return fail(ErrorCode::io, path, fmt::format("the directory {} does not exist", directory.string()),
                "create it, or choose another place with --ledger");
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
  } else if (errno != EEXIST) {  // another process may have been faster
    return fail(ErrorCode::io, path, "cannot be created: " + std::generic_category().message(errno),
                "check the permissions of its directory, or choose another place with --ledger");
  }
  return {};
}

}  // namespace assay::ledger
