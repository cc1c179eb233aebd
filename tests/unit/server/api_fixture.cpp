#include "unit/server/api_fixture.h"

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/apps.h"
#include "ledger/people.h"
#include "ledger/requests.h"
#include "server/access.h"
#include "server/api/schema.h"
#include "server/problem.h"
#include "ticket/hooks.h"

namespace assay::server::api {

using ledger::Role;
using ledger::Work;

namespace {

// Objects that name their properties have no others.
void close_objects(Json& value) {
  if (value.is_object() && value.contains("properties") && !value.contains("additionalProperties"))
    value["additionalProperties"] = false;
  if (value.is_structured()) {
    for (auto& part : value) close_objects(part);
  }
}

const Json& operation_of(const Json& document, const std::string& id) {
  static const Json kNone;
  for (const auto& methods : document.at("paths")) {
    for (const auto& description : methods) {
      if (description.value("operationId", "") == id) return description;
    }
  }
  return kNone;
}

}  // namespace

Asked github_event(const std::string& kind, const std::string& body, const std::string& secret) {
  return {.line = "POST /sinks/gh/events",
          .raw_body = body,
          .headers = {{"X-GitHub-Event", kind},
                      {"X-Hub-Signature-256", "sha256=" + to_hex(hmac_sha256(as_bytes(secret), as_bytes(body)))}}};
}

Asked jira_event(const std::string& body, const std::string& secret) {
  return {.line = "POST /sinks/jira/events",
          .type = "application/json; charset=UTF-8",
          .raw_body = body,
          .headers = {{"X-Hub-Signature", "sha256=" + to_hex(hmac_sha256(as_bytes(secret), as_bytes(body)))}}};
}

void ApiTest::SetUp() {
  ledger_ = *ledger::Ledger::open("sqlite:" + (directory_.path() / "ledger.db").string(), std::nullopt);
  catalog_ = std::make_unique<catalog::Catalog>(*catalog::Catalog::embedded());
  document_ = std::make_unique<Document>(*Document::embedded());
  closed_ = document_->json();
  close_objects(closed_["components"]["schemas"]);
  desk_ = std::make_unique<ticket::Desk>(catalog_->policy(), ticket::ledger_hooks("https://assay.example"));
  pump_ = std::make_unique<EventPump>(events_, *ledger_);
  ticket::DispatcherSettings sending;
  sending.key = key();
  dispatcher_ = std::make_unique<ticket::Dispatcher>(*ledger_, std::move(sending));
  services_ = std::make_unique<Services>(*ledger_, *catalog_, *desk_, *dispatcher_, *pump_, "https://id.example");
  EXPECT_OK(add_routes(router_, *services_));
  EXPECT_OK(ledger_->write([&](Work& work) -> Result<void> {
    org_ = ledger::add_organisation(work, "Acme")->id;
    other_org_ = ledger::add_organisation(work, "Umbrella")->id;
    for (const auto& [key, org] : {std::pair(kApp, org_), std::pair(kOther, other_org_)}) {
      const auto app = ledger::create_app(
          work, key,
          {.name = "Exämple", .kind = "connect", .target = "https://app.example/descriptor.json", .org_id = org});
      if (!app) return std::unexpected(app.error());
    }
    return {};
  }));
  admin_ = actor(Role::admin, "ada", "");
  engineer_ = actor(Role::security_engineer, "emil", "");
  triager_ = actor(Role::triager, "tina", "");
  auditor_ = actor(Role::auditor, "arno", "");
  partner_ = actor(Role::partner, "olga", org_);
  stranger_ = actor(Role::partner, "sven", other_org_);
}

Actor ApiTest::actor(Role role, const std::string& name, const std::string& org) const {
  Actor made{.kind = Actor::Kind::session, .email = name + "@example.com", .name = name, .role = role, .org_id = org};
  const auto person = ledger_->write([&](Work& work) {
    return ledger::add_person(
        work, {.issuer = "test", .subject = name, .email = made.email, .name = name, .role = role, .org_id = org});
  });
  EXPECT_OK(person);
  if (person) made.person_id = person->id;
  return made;
}

Response ApiTest::ask(const Actor& who, const Asked& asked) {
  const auto space = asked.line.find(' ');
  const auto target = parse_target("/api/v1" + asked.line.substr(space + 1));
  EXPECT_OK(target);
  Request request{.method = *method_from_string(asked.line.substr(0, space)),
                  .path = target->path,
                  .query = target->query,
                  .request_id = "req-1",
                  .actor = who};
  if (!asked.body.is_null() || asked.raw_body) {
    request.body = asked.raw_body ? *asked.raw_body : dump_json(asked.body);
    request.headers.add("Content-Type", asked.type);
  }
  if (asked.if_match) request.headers.add("If-Match", *asked.if_match);
  for (const auto& [name, value] : asked.headers) request.headers.add(name, value);
  if (!asked.key.empty()) request.headers.add("Idempotency-Key", asked.key);
  const auto match = router_.match(request.method, request.path);
  if (match.route == nullptr) return problem(request, 404, "not-found", "no route: " + asked.line);
  const auto admission = check_access(who, match.route->permission);
  if (admission.kind == Admission::Kind::sign_in) return problem(request, 401, "unauthenticated", admission.reason);
  if (admission.kind == Admission::Kind::refused) return problem(request, 403, "forbidden", admission.reason);
  request.parameters = match.parameters;
  request.only_org = admission.only_org;
  Response response = match.route->handler(request);
  while (response.parts) {
    const auto part = response.parts();
    EXPECT_OK(part);
    if (!part || part->empty()) break;
    response.body += *part;
  }
  check_answer(match.route->name, response);
  if (response.status < 300) answered_.insert(match.route->name);
  return response;
}

void ApiTest::check_answer(const std::string& operation, const Response& response) {
  const Json& description = operation_of(document_->json(), operation);
  ASSERT_TRUE(description.is_object()) << operation << " is not in the document";
  const auto status = std::to_string(response.status);
  ASSERT_TRUE(description["responses"].contains(status)) << operation << " answers " << status << ": " << response.body;
  Json answer = description["responses"][status];
  if (answer.contains("$ref"))
    answer = document_->json().at(Json::json_pointer(answer["$ref"].get<std::string>().substr(1)));
  for (const auto* header : {"ETag", "Location"}) {
    if (answer.value("headers", Json::object()).contains(header))
      EXPECT_TRUE(response.headers.find(header)) << operation << " without " << header;
  }
  if (!answer.contains("content")) {
    EXPECT_EQ(response.body, "") << operation;
    return;
  }
  const std::string type(response.headers.get("Content-Type"));
  const auto media = type.substr(0, type.find(';'));
  ASSERT_TRUE(answer["content"].contains(media)) << operation << " answers with " << media;
  if (!media.ends_with("json")) return;
  const auto body = parse_json(response.body, operation);
  ASSERT_TRUE(body) << body.error().message() << "\n" << response.body;
  const auto schema = Schema::compile(answer["content"][media]["schema"], closed_);
  ASSERT_TRUE(schema) << schema.error().message();
  const auto fits = schema->check(*body, operation);
  EXPECT_TRUE(fits) << fits.error().message() << "\n" << response.body;
}

Json ApiTest::expect(int status, const Actor& who, const Asked& asked) {
  const Response response = ask(who, asked);
  EXPECT_EQ(response.status, status) << asked.line << ": " << response.body;
  if (response.body.empty()) return nullptr;
  return parse_json(response.body, asked.line).value_or(Json());
}

std::string ApiTest::etag(const Actor& who, const std::string& path) {
  return std::string(ask(who, {.line = "GET " + path}).headers.get("ETag"));
}

void ApiTest::record_scan(const std::string& id, Outcome outcome, Time started) {
  const auto locators = outcome == Outcome::fail ? std::vector<std::string>{"header"} : std::vector<std::string>{};
  auto record = ledger::sample_scan(id, started, {ledger::sample_verdict("hsts", kSubject, outcome, locators)}, kApp);
  record.evidence = {ledger::sample_surface({kSubject})};
  EXPECT_OK(ledger_->record_scan(
      record, {.looks = {}, .follow_up = [&](Work& work, const ScanRecord& done, const ledger::ScanEffect& effect) {
                 return desk_->follow_up(work, done, effect);
               }}));
  const std::string log = R"({"time":"2026-11-02T00:00:00.000Z","scan":")" + id +
                          R"(","activity":"http","host":"app.example","method":"GET","url":"https://app.example/"})";
  EXPECT_OK(ledger_->write([&](Work& work) { return ledger::store_requests(work, id, log + "\n"); }));
}

std::string ApiTest::finding_path() const {
  return "/apps/" + kApp + "/findings/" + fingerprint_of("hsts", kSubject, "header");
}

}  // namespace assay::server::api
