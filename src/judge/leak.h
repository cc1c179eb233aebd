#pragma once

// What programs leave in an answer when they fail: stack traces, database messages, file paths, versions. Recognised by
// their shape, line by line, in time linear in the text.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::judge {

struct Leak {
  std::string what;     // stable: "stack-trace:java", "database-error:postgresql", "file-path", "debug-page:django"
  std::string excerpt;  // the line that shows it, at most 200 bytes
};

// `text` is a body as sent; tags, character references and JSON escapes of line ends are seen through. At most one leak
// of each kind. `asked_path` is left out of account, because error pages repeat it.
std::vector<Leak> find_leaks(std::string_view text, std::string_view asked_path);

// The exact version that a banner or an error page's footer states: "nginx/1.22.1"; nullopt when there is none.
std::optional<std::string> product_version(std::string_view text);

}  // namespace assay::judge
