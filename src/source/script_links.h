#pragma once

// What a script that is served to browsers leads to: the modules and workers that it loads, and its source map. Pure;
// linear in the input; foreign bytes.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/url.h"

namespace assay::source {

// The most modules that are taken from one script.
inline constexpr std::size_t kMaxScriptLinks = 500;

struct ScriptLinks {
  std::vector<Url> modules;       // http or https, in order, without repeats
  std::optional<Url> source_map;  // not of "data:": what is inside of the script is searched with it
};

// Modules are string literals behind "import", "from", "import(", "importScripts(", "Worker(" and the "URL(" inside of
// it, that name a file as browsers ask for it ("./a.js", "/a.js", "https://…"; bare names are a bundler's business).
// What is put together at run time is not found. The source map is the last "//# sourceMappingURL=" (ECMA-426 §11.1.2).
// URLs are resolved against `base`.
ScriptLinks links_of_script(std::string_view script, const Url& base);

// One file that a script was built from.
struct MappedSource {
  std::string name;  // as the map spells it, without the bundler's scheme: "src/config.js"
  std::string text;
};

// The files whose text a source map (ECMA-426) holds, also those of the maps in its sections; those without text are
// left out. Errors: it is no JSON, or no map.
Result<std::vector<MappedSource>> sources_of_map(std::string_view json, std::string_view what);

}  // namespace assay::source
