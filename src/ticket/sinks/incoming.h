#pragma once

// What trackers tell of their issues, read as wishes for tickets. Pure; foreign bytes that were signed: check
// hub_signature_matches() with event_secret_of() first.

#include <optional>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "model/ticket.h"

namespace assay::ticket {

// One change of one issue by a person there.
struct IncomingChange {
  std::string external_id;            // as TicketLink has it
  Time at{};                          // when, by the tracker's clock
  std::string person{};               // as the tracker names them
  std::optional<TicketState> move{};  // to needs-patch, fix-claimed or waiting-for-release
  std::optional<std::string> comment{};
};

// nullopt: nothing to do, e.g. an echo of our own act, or a kind of event that means nothing here. Errors: no event.
// Jira Cloud: jira:issue_updated with a change of status that settings.states maps, comment_created. Ours are the acts
// of settings.account_id and comments with our mark.
Result<std::optional<IncomingChange>> apply_jira_event(const Json& event, const Json& settings);
// GitHub: issues closed (fix-claimed) and reopened (needs-patch), issue_comment created, of settings.repository. Ours
// are the acts of settings.login and comments with our mark. `kind`: the header X-GitHub-Event.
Result<std::optional<IncomingChange>> apply_github_event(const std::string& kind, const Json& event,
                                                         const Json& settings);

}  // namespace assay::ticket
