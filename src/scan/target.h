#pragma once

// What the user names to be scanned, and what kind of thing it is.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace assay::scan {

enum class TargetForm {
  url,        // a descriptor URL or a base URL; which of them shows when it is asked
  file,       // a descriptor file
  directory,  // of source, with its git history
  archive,    // of source; also any other single file of it
  staged,     // what the next commit would bring; the text is a directory of the repository
};

// True for what is searched on this machine instead of asked over the network.
inline bool is_source(TargetForm form) {
  return form == TargetForm::directory || form == TargetForm::archive || form == TargetForm::staged;
}

struct Target {
  std::string text;  // as given
  TargetForm form = TargetForm::url;
  std::string kind;  // "" (detect), "connect", "service" or "source"
  std::string key;   // the key that the app shall have; "" for the one that it gives itself
};

// A directory or an archive is source; an archive is told by its content. Errors: neither a URL nor an existing file; a
// kind that does not go with it; a kind of target that this version cannot scan yet (git URL, other app kinds), each
// with what to do.
Result<Target> parse_target(std::string_view text, std::string_view kind_override);

// One target a line; blank lines and lines that begin with '#' are skipped. `path` "-" reads standard input. Errors
// name file and line.
Result<std::vector<Target>> read_targets_file(const std::string& path, std::string_view kind_override);

// The host that a target's requests will mostly go to, for spreading targets over threads so that one host is always
// served by one thread; "" when it is not known yet.
std::string target_host(const Target& target);

}  // namespace assay::scan
