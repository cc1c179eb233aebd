#pragma once

// What each kind of sink is to the dispatcher: it checks settings and delivers notices. Stateless; safe to share
// between threads.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/tickets.h"
#include "model/sink.h"
#include "ticket/sinks/courier.h"

namespace assay::ticket {

// What is delivered at once: one notice, or the notices of one mail.
struct Parcel {
  Sink sink;
  std::string secret;
  std::vector<OutboxNotice> notices;       // at least one
  std::optional<ledger::TicketLink> link;  // what the sink made of the ticket before
};

struct Receipt {
  enum class Kind {
    taken,
    again,    // try again later
    refused,  // never try again by itself
  };
  Kind kind = Kind::taken;
  std::string detail;                      // for people: "204", "hooks.example: answers 500"
  std::optional<Duration> retry_after;     // what the sink asked for
  std::optional<ledger::TicketLink> link;  // what the sink made of the ticket now
};

class Sender {
 public:
  virtual ~Sender() = default;
  // Error invalid_input names the setting. `secret`: whether there is one.
  virtual Result<void> check(const Json& settings, bool secret) const = 0;
  virtual Receipt deliver(const Courier& courier, const Parcel& parcel, Time now) const = 0;
};

// Never null.
std::unique_ptr<Sender> make_webhook_sender();
std::unique_ptr<Sender> make_mail_sender();
std::unique_ptr<Sender> make_jira_sender();
std::unique_ptr<Sender> make_github_sender();
std::unique_ptr<Sender> make_sender(SinkKind kind);

// The form of a secret that is given to a sink of `kind`. The error, invalid_input, never repeats it.
Result<void> check_secret(SinkKind kind, const std::string& secret);

// What an HTTP answer means: 2xx taken; 408, 425, 429 and 5xx again; `refused_statuses` refused; anything else again.
// An error is again, but for egress_refused and invalid_input.
Receipt receipt_of(const Result<Reply>& reply, const std::vector<int>& refused_statuses);

// A setting that is a text; error when it is missing or longer than 2,000 bytes.
Result<std::string> text_setting(const Json& settings, const std::string& name);
// The same for settings that may be left out.
Result<void> optional_texts(const Json& settings, const std::vector<std::string>& names);
// Only these settings are known; error names the first other one.
Result<void> known_settings(const Json& settings, const std::vector<std::string_view>& names);
// An http(s) URL without user information.
Result<std::string> url_setting(const Json& settings, const std::string& name);

}  // namespace assay::ticket
