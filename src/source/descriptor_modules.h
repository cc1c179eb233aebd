#pragma once

// The URLs of a descriptor's modules, found by one rule for all module types, with what each is for.

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/surface.h"

namespace assay::source {

struct ModuleUrl {
  std::string written;  // as the descriptor has it
  std::string pointer;  // JSON pointer of it
  std::string module;   // module type
  std::string role;     // assay::role
  std::vector<std::string> methods;
  bool admin = false;
  std::string public_reason;  // not empty: the framework serves it without a token
};

struct ModuleUrls {
  std::vector<ModuleUrl> urls;     // in the order of the (sorted) document
  std::vector<SurfaceNote> notes;  // what was passed over, and why
  std::uint64_t left_out = 0;      // URLs beyond the number that is kept
};

// `modules` is the value of the descriptor's key "modules": an object of module types, or (leniently) a list of such
// objects. Every string under a key that is "url" or ends in "Url", at any depth, is an endpoint, unless the table of
// other URLs in descriptor_modules.cpp says that it is not.
ModuleUrls collect_module_urls(const Json& modules);

// The hosts of every absolute http or https URL in `document`, under whatever key, each once, sorted by host; at most
// kMaxMentions.
inline constexpr std::size_t kMaxMentions = 500;
std::vector<SurfaceMention> hosts_mentioned(const Json& document);

// One more step of a JSON pointer (RFC 6901): "~" and "/" escaped.
std::string pointer_to(std::string parent, std::string_view key);

}  // namespace assay::source
