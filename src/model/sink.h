#pragma once

// Where notices go, and the notices in the outbox. docs/sinks.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"

namespace assay {

enum class SinkKind { webhook, mail, jira, github };
std::string_view to_string(SinkKind k);  // "webhook", "mail", "jira", "github"
std::optional<SinkKind> sink_kind_from_string(std::string_view s);

struct Sink {
  std::string id;  // lower-case letters, digits, hyphens; at most 63
  SinkKind kind = SinkKind::webhook;
  std::string name;
  bool enabled = true;
  std::string filter;              // of tickets; empty: all of them
  Json settings = Json::object();  // by kind: docs/sinks.md
  bool has_secret = false;
  Time created{};
  std::int64_t version = 1;
};

enum class NoticeState { waiting, done, dead };
std::string_view to_string(NoticeState s);  // "waiting", "done", "dead"
std::optional<NoticeState> notice_state_from_string(std::string_view s);

// One message to one sink. Its id names it for ever: what is sent twice is told by it.
struct OutboxNotice {
  std::string id;
  std::string sink_id;
  std::optional<std::int64_t> ticket_id;
  std::string kind;       // "ticket.opened", "ticket.due-soon", …, "test"
  std::string recipient;  // of mail: the address; empty otherwise
  Json body;              // what is sent: docs/sinks.md
  NoticeState state = NoticeState::waiting;
  int attempts = 0;
  Time created{};
  Time next{};               // of a waiting one: not before
  std::optional<Time> done;  // when it was taken or given up
  std::string last_error;
};

Json to_json(const Sink& s);          // without secret
Json to_json(const OutboxNotice& n);  // without body and recipient

}  // namespace assay
