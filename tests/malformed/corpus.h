#pragma once

// The corpus of odd and malformed responses: corpus.json, a list of what a server sends and what our reader must make
// of it. Used by the reader's tests (as bytes) and the client's (over loopback). How a case is written: README.md.

#include <string>
#include <vector>

#include "base/json.h"

namespace assay::malformed {

// One write of the server.
struct Part {
  std::string bytes;
  int pause_ms = 0;  // not 0: byte by byte, with this pause after each
};

struct Case {
  std::string name;
  std::vector<Part> parts;
  std::string end;  // "close", "reset" or "wait" (for the client to give up)
  Json expect;
};

// Reads (once) tests/malformed/corpus.json from the source directory, which tests run in. Fails the program when it
// cannot.
const std::vector<Case>& load_corpus();

// All bytes of a case.
std::string wire_bytes(const Case& c);

// The field whose arrival decides whether a case counts as read; its value in every case.
inline constexpr const char* kField = "Strict-Transport-Security";
inline constexpr const char* kValue = "max-age=31536000";

}  // namespace assay::malformed
