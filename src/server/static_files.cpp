#include "server/static_files.h"

#include <algorithm>

#include "base/text.h"
#include "server/conditional.h"
#include "server/problem.h"

namespace assay::server {

namespace {

constexpr std::string_view kIndex = "/index.html";

const EmbeddedFile* find_file(std::span<const EmbeddedFile> files, std::string_view path) {
  const auto found = std::ranges::find(files, path, &EmbeddedFile::path);
  return found == files.end() ? nullptr : &*found;
}

bool takes_gzip(const Headers& headers) {
  for (const std::string_view coding : split(headers.get("Accept-Encoding"), ',')) {
    const std::size_t semicolon = coding.find(';');
    const bool refused = semicolon != std::string_view::npos && trim(coding.substr(semicolon + 1)).starts_with("q=0") &&
                         !trim(coding.substr(semicolon + 1)).starts_with("q=0.");
    if (iequals(trim(coding.substr(0, semicolon)), "gzip") && !refused) return true;
  }
  return false;
}

Response serve(const Request& request, const EmbeddedFile& file) {
  Response response;
  response.with("Content-Type", std::string(file.type));
  response.with("Cache-Control", file.hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.with("Vary", "Accept-Encoding");
  std::string etag(file.etag);
  if (!file.gzip.empty() && takes_gzip(request.headers)) {
    response.with("Content-Encoding", "gzip");
    response.body = file.gzip;
    etag.insert(etag.size() - 1, "-gzip");
  } else {
    response.body = file.body;
  }
  return with_etag(request, std::move(response), etag);
}

Response find_and_serve(const Request& request, std::span<const EmbeddedFile> files) {
  const EmbeddedFile* file = find_file(files, request.path);
  const std::string_view last = std::string_view(request.path).substr(request.path.rfind('/') + 1);
  const bool page = !last.contains('.') && !request.path.starts_with("/api/") && !request.path.starts_with("/auth/") &&
                    !request.path.starts_with("/__");
  if (file == nullptr && page) file = find_file(files, kIndex);
  if (file != nullptr) return serve(request, *file);
  if (request.path == "/")
    return text_response(200, "Assay " ASSAY_VERSION ": this build has no dashboard; the API is under /api/v1.\n");
  return problem(request, 404, "not-found", "There is nothing under this path.");
}

}  // namespace

Result<void> add_static_files(Router& router, std::span<const EmbeddedFile> files) {
  const Handler handler = [files](const Request& request) { return find_and_serve(request, files); };
  for (const auto& [name, pattern] : {std::pair{"page", "/"}, std::pair{"file", "/{rest*}"}}) {
    auto added = router.add(
        {.name = name, .method = Method::get, .pattern = pattern, .permission = Permission::open, .handler = handler});
    if (!added) return added;
  }
  return {};
}

}  // namespace assay::server
