// Commands of the design that this version does not have yet: each says so, instead of being unknown.

#include <fmt/format.h>

#include "cli/command.h"

namespace assay::cli {

void add_planned(CLI::App& app, Chosen& chosen) {
  for (const auto* name : {"advisories", "attest", "plugin", "worker"}) {
    auto* command = app.add_subcommand(name, "Not in this version yet");
    command->allow_extras();
    command->group("");  // not listed in the help
    choose(chosen, command, [name] {
      return report_error({ErrorCode::unsupported, fmt::format("assay {}", name), "is not in this version yet",
                           "see assay --help for what is"});
    });
  }
}

}  // namespace assay::cli
