#pragma once

// A notice in words, for comments and mails. Pure.

#include <string>

#include "base/json.h"

namespace assay::ticket {

// "olga moved it from needs-patch to fix-claimed. It is now due on 2026-12-24." `body`: of a notice.
std::string describe(const Json& body);
// "[high] No HSTS (com.example.app)"
std::string headline(const Json& body);
// What an issue says of its ticket: several lines of plain text.
std::string story(const Json& body);
// The text at "/a/b" of `body`; empty when there is none.
std::string text_at(const Json& body, const char* pointer);

}  // namespace assay::ticket
