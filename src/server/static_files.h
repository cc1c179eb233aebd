#pragma once

// The dashboard's files, which are part of the program (web/dist, embedded by cmake/embed_web.py).

#include <span>
#include <string_view>

#include "server/router.h"

namespace assay::server {

struct EmbeddedFile {
  std::string_view path;  // "/assets/index-3f9a.js"
  std::string_view type;  // Content-Type
  std::string_view body;
  std::string_view gzip;  // the same, compressed; empty when that saves nothing
  std::string_view etag;  // with quotes
  bool hashed = false;    // the name changes with the content: may be kept for ever
};

// The table that the build makes; empty in a build without dashboard.
std::span<const EmbeddedFile> web_files();

// Serves `files`: "/" and every path that no other route has and that has no dot in its last segment is the dashboard's
// page (index.html), so that its own addresses can be opened directly. Nobody need have signed in for them: they hold
// no data. `files` outlives the router.
Result<void> add_static_files(Router& router, std::span<const EmbeddedFile> files);

}  // namespace assay::server
