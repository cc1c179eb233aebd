#pragma once

// The API without a socket: requests go to the router, and every answer is held to docs/openapi.yaml.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "fleet/events.h"
#include "ledger/ledger.h"
#include "server/api/api.h"
#include "server/api/event_pump.h"
#include "server/router.h"
#include "ticket/desk.h"
#include "ticket/dispatcher.h"
#include "unit/ledger/sample.h"
#include "unit/temp_directory.h"

namespace assay::server::api {

inline const std::string kApp = "com.example.app", kOther = "com.other.app";
inline const std::string kScan = "11111111-1111-4111-8111-111111111111";
inline const std::string kHookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";  // of the specification's example
inline const std::string kSubject = "https://app.example";

// A request as a test writes it.
struct Asked {
  std::string line;  // "GET /apps?limit=1", below /api/v1
  Json body = nullptr;
  std::optional<std::string> if_match = std::nullopt;
  std::string key = {};                                // Idempotency-Key
  std::string type = "application/json";               // of the body
  std::optional<std::string> raw_body = std::nullopt;  // instead of JSON
  std::vector<Parameter> headers = {};                 // more
};

// An event as the trackers sign it, for the sinks "gh" and "jira" with kEventSecret.
inline const std::string kEventSecret = "s3cret-of-events";
Asked github_event(const std::string& kind, const std::string& body, const std::string& secret = kEventSecret);
Asked jira_event(const std::string& body, const std::string& secret = kEventSecret);

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override;

  // What the server answers; 404 when no route matches, 401 or 403 as access says. The answer fits the document.
  Response ask(const Actor& who, const Asked& asked);
  // The same, which must have this status; the JSON of the answer.
  Json expect(int status, const Actor& who, const Asked& asked);
  std::string etag(const Actor& who, const std::string& path);

  // Records a scan of kApp that says `outcome` of hsts, with evidence and a request log.
  void record_scan(const std::string& id, Outcome outcome, Time started);
  std::string finding_path() const;
  // The key that secrets of sinks are sealed with.
  static ledger::Ledger::Key key() { return ledger::sample_key("k1", 'k'); }

  Actor admin_, engineer_, triager_, partner_, stranger_, auditor_;
  std::string org_, other_org_;
  std::set<std::string> answered_;  // operations that gave a success
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Document> document_;
  fleet::Events events_;
  Router router_;

 private:
  void check_answer(const std::string& operation, const Response& response);
  Actor actor(ledger::Role role, const std::string& name, const std::string& org) const;

  TempDirectory directory_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<ticket::Desk> desk_;
  std::unique_ptr<ticket::Dispatcher> dispatcher_;
  std::unique_ptr<EventPump> pump_;
  std::unique_ptr<Services> services_;
  Json closed_;  // the document with every object closed: what it does not name is a defect
};

}  // namespace assay::server::api
