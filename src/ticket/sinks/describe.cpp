#include "ticket/sinks/describe.h"

#include <fmt/format.h>

#include "base/text.h"

namespace assay::ticket {

namespace {

std::string day(const std::string& time) {
  return time.substr(0, std::string_view("2026-01-01").size());
}

std::string what_happened(const Json& body, const std::string& kind) {
  const auto event = [&](const char* pointer) {
    return text_at(body, (std::string("/data/event/body") + pointer).c_str());
  };
  if (kind == "opened") return "The finding opened";
  if (kind == "reopened") return "The finding opened again";
  if (kind == "moved") return fmt::format("Moved from {} to {}", event("/from"), event("/to"));
  if (kind == "closed") return fmt::format("Closed as {}", event("/to"));
  if (kind == "severity-raised") return fmt::format("Severity rose from {} to {}", event("/from"), event("/to"));
  if (kind == "commented") return fmt::format("Comment: {}", event("/text"));
  if (kind == "extension-requested")
    return fmt::format("An extension until {} was asked for: {}", day(event("/due")), event("/plan"));
  if (kind == "extension-decided") return fmt::format("The extension was {}. {}", event("/state"), event("/note"));
  if (kind == "disposition-requested")
    return fmt::format("Closing as {} was asked for: {}", event("/kind"), event("/reason"));
  if (kind == "disposition-decided")
    return fmt::format("Closing as {} was {}. {}", event("/kind"), event("/state"), event("/note"));
  if (kind == "assigned") return fmt::format("Assigned to {}", event("/to").empty() ? "nobody" : event("/to"));
  if (kind == "reminded") return fmt::format("Reminder: {}", event("/step"));
  if (kind == "still-failing") return "A scan after the fix was claimed still fails";
  return kind;
}

}  // namespace

std::string text_at(const Json& body, const char* pointer) {
  const Json::json_pointer at(pointer);
  if (!body.contains(at) || !body.at(at).is_string()) return "";
  return body.at(at).get<std::string>();
}

std::string describe(const Json& body) {
  std::string text = what_happened(body, text_at(body, "/data/event/kind"));
  const std::string actor = text_at(body, "/data/event/actor"), due = day(text_at(body, "/data/ticket/due_at"));
  text = std::string(trim(text));
  if (!text.ends_with('.')) text += '.';
  const bool live = body.value(Json::json_pointer("/data/ticket/live"), false);
  if (live && !due.empty()) text += fmt::format(" Due on {}.", due);
  if (!actor.empty() && actor != "platform") text += fmt::format(" (by {})", actor);
  return text;
}

std::string headline(const Json& body) {
  return printable(fmt::format("[{}] {} ({})", text_at(body, "/data/ticket/severity"),
                               text_at(body, "/data/ticket/title"), text_at(body, "/data/ticket/app")));
}

std::string story(const Json& body) {
  std::string text = fmt::format("Requirement: {}\nSubject: {}\nSeverity: {}\nDue: {}\n",
                                 text_at(body, "/data/ticket/requirement"), text_at(body, "/data/ticket/subject"),
                                 text_at(body, "/data/ticket/severity"), day(text_at(body, "/data/ticket/due_at")));
  for (const auto& [title, pointer] :
       {std::pair("What was seen", "/data/finding/proof"), std::pair("What to do", "/data/finding/remediation"),
        std::pair("More", "/data/url")})
    if (const std::string part = text_at(body, pointer); !part.empty()) text += fmt::format("\n{}:\n{}\n", title, part);
  return text;
}

}  // namespace assay::ticket
