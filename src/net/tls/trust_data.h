#pragma once

// The trust data that this build carries (generated from catalog/trust/ by cmake/embed_text.py). Internal to
// trust_store.cpp.

#include <string_view>

namespace assay::net::tls {

// catalog/trust/mozilla.pem: a line "# Version: YYYY-MM-DD", then PEM certificates between comments.
std::string_view mozilla_text();
// catalog/trust/distrust_after.txt: "<SHA-256 of the root> <RFC 3339> <name>" a line; "#" begins a comment.
std::string_view distrust_after_text();

}  // namespace assay::net::tls
