// What sinks send and read, without a network.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "ticket/dispatcher.h"
#include "ticket/sinks/describe.h"
#include "ticket/sinks/incoming.h"
#include "ticket/sinks/mail.h"
#include "ticket/sinks/sender.h"
#include "ticket/sinks/tracker.h"
#include "ticket/sinks/webhook.h"
#include "unit/ticket/sample.h"

namespace assay::ticket {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Json notice_body(const std::string& kind, Json event_body, std::int64_t id = 17) {
  Ticket t = opened();
  t.id = id;
  const TicketEvent event{.ordinal = 2,
                          .at = kMonday,
                          .actor = "olga",
                          .kind = *event_kind_from_string(kind),
                          .body = std::move(event_body)};
  return Json{
      {"type", "ticket." + kind},
      {"timestamp", format_rfc3339(kMonday)},
      {"data",
       {{"ticket", to_json(t, kMonday)}, {"event", to_json(event)}, {"url", "https://assay.example/tickets/17"}}}};
}

// --- Webhooks ----------------------------------------------------------------------------------------------------

// The example of the specification (standard-webhooks, spec, "Verifying signatures").
TEST(Webhooks, AreSignedAsTheSpecificationsExample) {
  const auto key = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(key);
  EXPECT_EQ(webhook_signature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Webhooks, CarryASignatureForEachSecret) {
  const auto message = webhook_message("https://hooks.example",
                                       "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                       "n1", kMonday, "{}");
  ASSERT_TRUE(message);
  EXPECT_THAT(message->headers.back(), AllOf(StartsWith("webhook-signature: v1,"), HasSubstr(" v1,")));
}

TEST(Webhooks, SecretsAreOfTheStandardsForm) {
  for (const auto* bad : {"", "secret", "whsec_", "whsec_AAAA", "whsec_not base64 at all not base64 at all"})
    EXPECT_FALSE(webhook_key(bad)) << bad;
}

TEST(Webhooks, HubSignaturesAreCompared) {
  const std::string good = "sha256=" + to_hex(hmac_sha256(as_bytes("s3cret"), as_bytes("body")));
  EXPECT_TRUE(hub_signature_matches(good, "s3cret", "body"));
  EXPECT_FALSE(hub_signature_matches(good, "s3cret", "body2"));
  // GitHub's own example ("Validating webhook deliveries", section "Testing the webhook payload validation").
  EXPECT_TRUE(hub_signature_matches("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                                    "It's a Secret to Everybody", "Hello, World!"));
  EXPECT_FALSE(hub_signature_matches(good, "other", "body"));
  EXPECT_FALSE(hub_signature_matches(good.substr(7), "s3cret", "body"));
  EXPECT_FALSE(hub_signature_matches("sha256=", "s3cret", "body"));
  EXPECT_FALSE(hub_signature_matches("sha256=" + to_hex(hmac_sha256({}, as_bytes("body"))), "", "body"));
}

// --- Mail --------------------------------------------------------------------------------------------------------

TEST(Mail, HeadersHoldNoLineBreakAndNoBytesBeyondAscii) {
  EXPECT_EQ(header_text("[high] No HSTS"), "[high] No HSTS");
  const std::string evil = header_text("x\r\nBcc: victim@example.com");
  EXPECT_THAT(evil, Not(HasSubstr("\r\nBcc")));
  const std::string long_one = header_text(std::string(300, 'a') + "ü✓");
  EXPECT_THAT(long_one, AllOf(StartsWith("=?UTF-8?B?"), EndsWith("?=")));
  for (const auto line : {std::string_view(long_one).substr(0, long_one.find("\r\n"))}) EXPECT_LE(line.size(), 75U);
  for (const char c : long_one) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(Mail, WordsAreCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "ü";
  const std::string words = header_text(text);
  std::string back;
  for (std::size_t at = 0; (at = words.find("=?UTF-8?B?", at)) != std::string::npos;) {
    at += 10;
    const auto part = from_base64(words.substr(at, words.find("?=", at) - at));
    ASSERT_TRUE(part);
    EXPECT_EQ(part->size() % 2, 0U);
    back += as_text(*part);
  }
  EXPECT_EQ(back, text);
}

TEST(Mail, LinesAreShortAndNeverBeginWithADot) {
  const std::string mail = compose_mail({.from = "assay@market.example",
                                         .to = "olga@acme.example",
                                         .subject = "s",
                                         .message_id = "1@market.example",
                                         .date = kMonday},
                                        std::string(5000, '.') + "\n.\nend");
  EXPECT_THAT(mail, StartsWith("Date: Mon, 2 Nov 2026 09:30:00 +0000\r\nFrom: Assay <assay@market.example>\r\n"));
  for (std::size_t at = 0; at < mail.size();) {
    const std::size_t end = mail.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 78U);
    EXPECT_NE(mail[at], '.');
    at = end + 2;
  }
}

TEST(Mail, OneDigestNamesEachTicketOnce) {
  const std::vector<Json> bodies{notice_body("opened", Json::object()),
                                 notice_body("commented", {{"text", "On <it>."}}),
                                 notice_body("opened", Json::object(), 18)};
  EXPECT_EQ(digest_subject(bodies), "3 notices on 2 tickets");
  EXPECT_EQ(digest_subject({bodies[0]}), "[high] No HSTS (com.example.app)");
  const std::string text = digest_text(bodies);
  EXPECT_THAT(text, HasSubstr("[high] No HSTS (com.example.app)\n  - The finding opened. Due on 2026-12-14. (by olga)\n"
                              "  - Comment: On <it>."));
  EXPECT_THAT(text, HasSubstr("  https://assay.example/tickets/17\n"));
}

TEST(Words, TellEveryKindOfEvent) {
  EXPECT_EQ(describe(notice_body("moved", {{"from", "needs-patch"}, {"to", "fix-claimed"}})),
            "Moved from needs-patch to fix-claimed. Due on 2026-12-14. (by olga)");
  for (const auto* kind :
       {"opened", "reopened", "moved", "closed", "severity-raised", "commented", "extension-requested",
        "extension-decided", "disposition-requested", "disposition-decided", "assigned", "reminded", "still-failing"})
    EXPECT_NE(describe(notice_body(kind, Json::object())).substr(0, std::string_view(kind).size()), kind);
}

// --- Settings ----------------------------------------------------------------------------------------------------

TEST(Settings, AreCheckedByKind) {
  const auto ok = [](SinkKind kind, const Json& settings, bool secret = true) {
    return make_sender(kind)->check(settings, secret).has_value();
  };
  const Json hook{{"url", "https://hooks.example/x"}};
  EXPECT_TRUE(ok(SinkKind::webhook, hook));
  EXPECT_FALSE(ok(SinkKind::webhook, hook, false));
  EXPECT_FALSE(ok(SinkKind::webhook, {{"url", "ftp://hooks.example"}}));
  EXPECT_FALSE(ok(SinkKind::webhook, {{"url", "https://user:pw@hooks.example"}}));
  EXPECT_FALSE(ok(SinkKind::webhook, {{"url", "https://hooks.example"}, {"colour", "red"}}));
  EXPECT_FALSE(ok(SinkKind::webhook, Json::array()));

  const Json mail{{"url", "smtps://mail.example"}, {"from", "assay@market.example"}};
  const auto with = [](Json base, const std::string& name, const Json& value) {
    base[name] = value;
    return base;
  };
  EXPECT_TRUE(ok(SinkKind::mail, mail, false));
  EXPECT_TRUE(ok(SinkKind::mail, with(mail, "user", "assay")));
  EXPECT_FALSE(ok(SinkKind::mail, mail));
  EXPECT_FALSE(ok(SinkKind::mail, with(mail, "from", "x\r\nBcc: y@example.com"), false));
  EXPECT_FALSE(ok(SinkKind::mail, with(mail, "to", {"nobody"}), false));
  EXPECT_FALSE(ok(SinkKind::mail, with(mail, "tls", "perhaps"), false));
  EXPECT_FALSE(ok(SinkKind::mail, with(mail, "digest_minutes", 1441), false));

  const Json jira{{"url", "https://acme.atlassian.example"}, {"project", "SEC"}};
  EXPECT_TRUE(ok(SinkKind::jira, with(jira, "states", {{"In Progress", "fix-claimed"}})));
  EXPECT_FALSE(ok(SinkKind::jira, with(jira, "states", {{"Done", "patched"}})));
  EXPECT_FALSE(ok(SinkKind::jira, with(jira, "project", "S\" OR 1=1")));
  EXPECT_FALSE(ok(SinkKind::jira, jira, false));
  EXPECT_FALSE(ok(SinkKind::jira, with(jira, "user", 7)));
  EXPECT_FALSE(ok(SinkKind::jira, with(jira, "due_date", "no")));
  EXPECT_FALSE(ok(SinkKind::jira, with(jira, "transitions", {{"closed", Json::array()}})));

  EXPECT_TRUE(ok(SinkKind::github, {{"repository", "acme/shop"}}));
  for (const auto* bad : {"acme", "acme/shop/x", "../shop", "acme/", "a b/c"})
    EXPECT_FALSE(ok(SinkKind::github, {{"repository", bad}})) << bad;
}

// --- What trackers tell ------------------------------------------------------------------------------------------

const Json kJira{{"account_id", "bot-1"}, {"states", {{"In Review", "fix-claimed"}, {"To Do", "needs-patch"}}}};

Json jira_update(const std::string& account, const std::string& to) {
  return {{"webhookEvent", "jira:issue_updated"},
          {"timestamp", 1793612100000},
          {"user", {{"accountId", account}, {"displayName", "Olga"}}},
          {"issue", {{"key", "SEC-1"}}},
          {"changelog", {{"items", {{{"field", "status"}, {"toString", to}}}}}}};
}

TEST(Incoming, AChangeOfStatusInJiraIsAMove) {
  const auto change = apply_jira_event(jira_update("u-7", "In Review"), kJira);
  ASSERT_TRUE(change && *change);
  EXPECT_EQ((*change)->external_id, "SEC-1");
  EXPECT_EQ((*change)->person, "Olga");
  EXPECT_EQ((*change)->move, TicketState::fix_claimed);
  EXPECT_EQ((*change)->at.time_since_epoch().count(), 1793612100000);
}

TEST(Incoming, OurOwnActsInJiraAreEchoes) {
  EXPECT_EQ(apply_jira_event(jira_update("bot-1", "In Review"), kJira).value(), std::nullopt);
  EXPECT_EQ(apply_jira_event(jira_update("u-7", "Somewhere"), kJira).value(), std::nullopt);
}

TEST(Incoming, CommentsInJiraAreTextOfDocuments) {
  Json event{{"webhookEvent", "comment_created"},
             {"timestamp", 1793612100000},
             {"issue", {{"key", "SEC-1"}}},
             {"comment",
              {{"author", {{"accountId", "u-7"}, {"displayName", "Olga"}}},
               {"body",
                {{"type", "doc"},
                 {"content",
                  {{{"type", "paragraph"},
                    {"content", {{{"type", "text"}, {"text", "Mended "}}, {{"type", "text"}, {"text", "it."}}}}},
                   {{"type", "paragraph"}, {"content", {{{"type", "text"}, {"text", "Today."}}}}}}}}}}}};
  EXPECT_EQ((*apply_jira_event(event, kJira))->comment, "Mended it.\nToday.");
  event["comment"]["body"] = "assay:0000000017-000002-jira";
  EXPECT_EQ(apply_jira_event(event, kJira).value(), std::nullopt);
}

TEST(Incoming, WhatIsNoEventIsAnError) {
  Json odd{{"webhookEvent", "comment_created"},
           {"issue", {{"key", "SEC-1"}}},
           {"comment", {{"author", 7}, {"body", {{"type", 7}, {"content", {{{"type", Json::array()}}, 5}}}}}}};
  EXPECT_EQ(apply_jira_event(odd, kJira).value(), std::nullopt);
  EXPECT_FALSE(apply_jira_event(Json::array(), kJira));
  EXPECT_FALSE(apply_jira_event(Json{{"webhookEvent", "jira:issue_updated"}}, kJira));
  EXPECT_FALSE(apply_github_event("issues", Json::object(), Json::object()));
  EXPECT_EQ(
      apply_jira_event(Json{{"webhookEvent", "jira:issue_deleted"}, {"issue", {{"key", "SEC-1"}}}}, kJira).value(),
      std::nullopt);
}

TEST(Incoming, GithubClosesAndReopens) {
  const Json settings{{"login", "assay-bot"}, {"repository", "acme/shop"}};
  const auto event = [](const std::string& action, const std::string& login) {
    return Json{{"action", action},
                {"issue", {{"number", 7}, {"updated_at", "2026-11-02T09:35:00Z"}}},
                {"repository", {{"full_name", "Acme/Shop"}}},
                {"sender", {{"login", login}}}};
  };
  EXPECT_EQ((*apply_github_event("issues", event("closed", "olga"), settings))->move, TicketState::fix_claimed);
  EXPECT_EQ((*apply_github_event("issues", event("reopened", "olga"), settings))->move, TicketState::needs_patch);
  EXPECT_EQ((*apply_github_event("issues", event("closed", "olga"), settings))->external_id, "7");
  EXPECT_EQ(apply_github_event("issues", event("closed", "assay-bot"), settings).value(), std::nullopt);
  EXPECT_EQ(apply_github_event("push", event("closed", "olga"), settings).value(), std::nullopt);
  Json other = event("closed", "olga");
  other["repository"]["full_name"] = "acme/other";
  EXPECT_EQ(apply_github_event("issues", other, settings).value(), std::nullopt);
  Json timeless = event("closed", "olga");
  timeless["issue"].erase("updated_at");
  EXPECT_FALSE(apply_github_event("issues", timeless, settings));
}

// --- Retries -----------------------------------------------------------------------------------------------------

TEST(Retries, BackOffAndHonourRetryAfter) {
  EXPECT_EQ(retry_delay(1, 0, {}), seconds{10});
  EXPECT_EQ(retry_delay(1, 1, {}), seconds{5});
  EXPECT_EQ(retry_delay(4, 0, {}), seconds{80});
  EXPECT_EQ(retry_delay(40, 0, {}), hours{6});
  EXPECT_EQ(retry_delay(1, 0, seconds{120}), seconds{120});
  EXPECT_EQ(retry_delay(5, 0, seconds{1}), seconds{160});
  EXPECT_EQ(retry_delay(1, 0, hours{1000}), hours{24});
}

TEST(Receipts, TellWhatToDoAboutAnAnswer) {
  const auto kind = [](int status) {
    return receipt_of(Reply{.status = status, .body = "", .retry_after = {}}, {400, 410}).kind;
  };
  EXPECT_EQ(kind(204), Receipt::Kind::taken);
  EXPECT_EQ(kind(410), Receipt::Kind::refused);
  for (const int status : {301, 401, 404, 408, 429, 500, 503}) EXPECT_EQ(kind(status), Receipt::Kind::again) << status;
  EXPECT_EQ(receipt_of(fail(ErrorCode::egress_refused, "h", "r"), {}).kind, Receipt::Kind::refused);
  EXPECT_EQ(receipt_of(fail(ErrorCode::timeout, "h", "r"), {}).kind, Receipt::Kind::again);
}

}  // namespace
}  // namespace assay::ticket
