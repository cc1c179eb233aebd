#pragma once

// The real peers of sinks, in a Node process of the test's own (tests/peers): a mail server, a receiver of webhooks
// that verifies them with the reference library, and strict stubs of Jira and GitHub. Loopback only.

#include <sys/types.h>

#include <cstdio>
#include <string>

#include "base/json.h"
#include "ticket/sinks/courier.h"

namespace assay::ticket {

class Peers {
 public:
  // The peers of this process, with nothing received and no faults. Installs their packages once (npm ci).
  static Peers& fresh();

  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;
  ~Peers();

  std::string http(const std::string& path) const;
  std::string https(const std::string& path) const;
  std::string smtp() const;  // with STARTTLS
  std::string smtps() const;
  std::string trust_file() const;

  // What was received: {"hooks", "mails", "jira": {"issues"}, "github": {"issues"}, "requests"}.
  Json state() const;
  // What happens to the next requests of "hook", "jira" or "github".
  void faults(const std::string& service, const Json& list) const;

  // Settings of a courier that may talk to them.
  CourierSettings courier() const;

  static constexpr const char* kHookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

 private:
  Peers();
  void reset() const;
  Reply ask(const std::string& method, const std::string& path, const std::string& body) const;

  Json ports_;
  int input_ = -1;  // the peers end when it is closed
  pid_t process_ = -1;
};

}  // namespace assay::ticket
