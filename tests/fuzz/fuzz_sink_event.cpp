// What trackers tell of their issues: signed, but written by whoever may write there.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "ticket/sinks/incoming.h"
#include "ticket/sinks/webhook.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(assay::ticket::hub_signature_matches(text, "secret", "body"));
  const auto event = assay::parse_json(text, "event");
  if (!event) return 0;
  const assay::Json settings{
      {"account_id", "bot"}, {"login", "bot"}, {"repository", "acme/shop"}, {"states", {{"Done", "fix-claimed"}}}};
  static_cast<void>(assay::ticket::apply_jira_event(*event, settings));
  for (const auto* kind : {"issues", "issue_comment"})
    static_cast<void>(assay::ticket::apply_github_event(kind, *event, settings));
  return 0;
}
