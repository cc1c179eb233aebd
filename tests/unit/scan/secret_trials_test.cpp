// Secrets that were found, tried at a stub of their provider on loopback, over TLS.

#include "scan/secret_trials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/url.h"
#include "scan/runner.h"
#include "unit/net/http_server.h"
#include "unit/net/tls_testing.h"
#include "unit/temp_directory.h"

namespace assay::scan {
namespace {

using net::http::testing::Peer;
using net::http::testing::ScriptedServer;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// No test holds what looks like a secret.
std::string secret(int n = 0) {
  return "acmk_" + sha256_hex("a secret to try " + std::to_string(n)).substr(0, 40);
}

std::string status(std::string_view line, std::string_view more = "") {
  return "HTTP/1.1 " + std::string(line) + "\r\n" + std::string(more) + "Content-Length: 0\r\n\r\n";
}

// The provider: answers by the secret that it is shown.
class Provider {
 public:
  explicit Provider(std::string answer)
      : answer_(std::move(answer)),
        authority_(net::tls::testing::make_certificate({.subject = "CN=Test authority", .names = "", .ca = true})),
        leaf_(net::tls::testing::make_certificate({.names = "IP:127.0.0.1"}, &authority_)),
        tls_(net::tls::testing::make_server({.certificates = {&leaf_}})),
        server_([this](Peer& peer, int) { serve(peer); }, tls_.get()) {}

  std::string url() const { return "https://127.0.0.1:" + std::to_string(server_.port()); }
  std::string authority() const { return authority_.pem(); }
  std::vector<std::string> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

 private:
  void serve(Peer& peer) {
    for (auto request = peer.request(); !request.empty(); request = peer.request()) {
      {
        const std::scoped_lock lock(mutex_);
        asked_.push_back(request);
      }
      if (answer_.empty() || !peer.send(answer_)) return;
    }
  }

  const std::string answer_;
  net::tls::testing::Certificate authority_, leaf_;
  net::tls::testing::ContextPtr tls_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  ScriptedServer server_;
};

class SecretTrial : public testing::Test {
 protected:
  SecretTrial() {
    ::setenv("ASSAY_HASH_KEY", std::string(32, 'k').c_str(), 1);
    settings.gate.allowed_networks = {*net::parse_cidr("127.0.0.0/8")};
    settings.gate.host_requests_per_second = 0;
    settings.secrets.history = false;
    settings.secrets.validate = true;
    settings.only = {"secrets-source"};
  }
  ~SecretTrial() override { ::unsetenv("ASSAY_HASH_KEY"); }

  void write(const std::string& path, std::string_view text) { scratch.write(path, text); }

  // The operator's own rule, which names the stub as the provider.
  catalog::Catalog catalog(const std::string& validation) {
    write("catalog/secrets/acme.yaml",
          "provider: Acme\nrules:\n  - id: acme-key\n    title: Acme key\n    opens: everything of Acme\n"
          "    severity: high\n    keywords: [acmk_]\n    pattern: 'acmk_[a-f0-9]{40}'\n    remedy: Revoke it.\n"
          "    references: https://acme.example/keys\n    examples: ['KEY=acmk_{{hex:40}}']\n"
          "    negatives: ['KEY=acmk_']\n" +
              validation);
    auto loaded = catalog::Catalog::from_directory((root / "catalog").string(), true);
    EXPECT_TRUE(loaded) << loaded.error().message();
    return std::move(*loaded);
  }
  static std::string by_field(const Provider& provider) {
    return "    validation: {method: GET, url: '" + provider.url() +
           "/me', fields: ['Authorization: Bearer {{secret}}'], valid: [200], invalid: [401]}\n";
  }

  // Scans the trees below root of these names, one after the other.
  std::vector<ScanRecord> scan(const Provider& provider, const std::string& validation,
                               const std::vector<std::string>& trees = {"src"}) {
    write("authority.pem", provider.authority());
    settings.trust = *net::tls::TrustStore::load({.mozilla = false, .files = {(root / "authority.pem").string()}});
    const auto rules = catalog(validation);
    net::RequestLog log;
    log.tap([this](const net::RequestLogEntry&, std::string_view line) { logged += line; });
    settings.scans_at_once = 1;
    Runner runner(rules, settings, log, nullptr);
    std::vector<Target> targets;
    for (const auto& tree : trees)
      targets.push_back({(root / tree).string(), TargetForm::directory, "source", "acme-" + tree});
    std::vector<ScanRecord> records(targets.size());
    EXPECT_TRUE(
        runner.run(targets, [&](std::size_t i, ScanOutcome outcome) { records[i] = std::move(outcome.record); }));
    for (const auto& record : records)
      for (const auto& e : record.evidence) EXPECT_THAT(dump_json(to_json_line(e)), Not(HasSubstr(secret())));
    EXPECT_THAT(logged, Not(HasSubstr(secret())));
    return records;
  }
  static SecretSighting only_sighting(const ScanRecord& record) {
    const EvidenceSet evidence(record.evidence);
    EXPECT_THAT(evidence.sweeps(), SizeIs(1));
    EXPECT_THAT(evidence.sweeps().at(0).value.sightings, SizeIs(1));
    return evidence.sweeps().at(0).value.sightings.at(0);
  }
  // Why its validity is what it is; "" when it was not to be tried.
  static std::string why(const SecretSighting& s) {
    for (const auto& reason : s.reasons)
      if (reason.starts_with("trial: ")) return reason.substr(7);
    return {};
  }
  // The validity of the one secret in src when the provider answers so, and why.
  std::pair<std::string, std::string> tried(const std::string& answer) {
    const Provider provider(answer);
    write("src/a.env", "KEY=" + secret() + "\n");
    const auto s = only_sighting(scan(provider, by_field(provider)).at(0));
    return {s.validity, why(s)};
  }

  const TempDirectory scratch;
  const std::filesystem::path& root = scratch.path();
  Settings settings;
  std::string logged;
};

TEST_F(SecretTrial, OneThatWorksWeighsOneStepMore) {
  const Provider provider(status("200 OK"));
  write("src/a.env", "KEY=" + secret() + "\n");
  const auto record = scan(provider, by_field(provider)).at(0);
  ASSERT_THAT(record.verdicts, SizeIs(1));
  const auto& verdict = record.verdicts.front();
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  ASSERT_THAT(verdict.findings, SizeIs(1));
  EXPECT_EQ(verdict.findings.front().severity, Severity::critical);
  EXPECT_THAT(verdict.findings.front().proof,
              AllOf(HasSubstr("tried: it works"), HasSubstr("trial: 127.0.0.1 answered 200"), HasSubstr("score "),
                    Not(HasSubstr(secret()))));
  ASSERT_THAT(provider.asked(), SizeIs(1));
  EXPECT_THAT(provider.asked().front(), HasSubstr("Authorization: Bearer " + secret() + "\r\n"));
  EXPECT_THAT(logged, AllOf(HasSubstr("\"purpose\":\"secret-trial\""), HasSubstr("validate:acme-key:")));
  EXPECT_EQ(record.statistics.http_requests, 1U);
}

TEST_F(SecretTrial, OneThatWasRevokedIsAWarning) {
  const Provider provider(status("401 Unauthorized"));
  write("src/a.env", "KEY=" + secret() + "\n");
  const auto record = scan(provider, by_field(provider)).at(0);
  EXPECT_EQ(record.verdicts.at(0).outcome, Outcome::pass);
  ASSERT_THAT(record.verdicts.at(0).findings, SizeIs(1));
  EXPECT_THAT(record.verdicts.at(0).findings.front().proof, HasSubstr("tried: it no longer works"));
}

TEST_F(SecretTrial, AnyOtherAnswerSaysNothing) {
  using Said = std::pair<std::string, std::string>;
  EXPECT_EQ(tried(status("429 Slow down", "Retry-After: 60\r\n")), Said("unknown", "127.0.0.1 answered 429"));
  EXPECT_EQ(tried(status("503 Busy")), Said("unknown", "127.0.0.1 answered 503"));
  EXPECT_EQ(tried(status("403 Forbidden")), Said("unknown", "127.0.0.1 answered 403"));
  EXPECT_EQ(tried(status("302 Found", "Location: /login\r\n")), Said("unknown", "127.0.0.1 answered 302"));
  EXPECT_EQ(tried("").first, "unknown");  // it closes without an answer
}

TEST_F(SecretTrial, EachIsTriedOnceWhereverItStands) {
  const Provider provider(status("200 OK"));
  write("src/a.env", "KEY=" + secret() + "\n");
  write("src/b.env", "KEY=" + secret() + "\nOTHER=" + secret(1) + "\n");
  write("also/c.env", "KEY=" + secret() + "\n");
  const auto records = scan(provider, by_field(provider), {"src", "also"});
  EXPECT_THAT(provider.asked(), SizeIs(2));
  EXPECT_EQ(only_sighting(records.at(1)).validity, "valid");
}

TEST_F(SecretTrial, AHostThatAsksToBeLeftAloneIs) {
  const Provider provider(status("429 Slow down", "Retry-After: 600\r\n"));
  write("src/a.env", "A=" + secret(0) + "\nB=" + secret(1) + "\nC=" + secret(2) + "\n");
  scan(provider, by_field(provider));
  EXPECT_THAT(provider.asked(), SizeIs(1));
}

TEST_F(SecretTrial, NothingIsSentToAHostThatCannotProveItself) {
  const Provider provider(status("200 OK"));
  const Provider stranger(status("200 OK"));  // under an authority of its own
  write("src/a.env", "KEY=" + secret() + "\n");
  const auto s = only_sighting(scan(provider, by_field(stranger)).at(0));
  EXPECT_EQ(s.validity, "unknown");
  EXPECT_THAT(why(s), HasSubstr("tls"));
  EXPECT_THAT(stranger.asked(), IsEmpty());
}

TEST_F(SecretTrial, TheGuardHoldsForProvidersToo) {
  const Provider provider(status("200 OK"));
  settings.gate.allowed_networks.clear();
  write("src/a.env", "KEY=" + secret() + "\n");
  const auto s = only_sighting(scan(provider, by_field(provider)).at(0));
  EXPECT_EQ(s.validity, "unknown");
  EXPECT_THAT(why(s), HasSubstr("egress-refused"));
  EXPECT_THAT(provider.asked(), IsEmpty());
}

TEST_F(SecretTrial, ASecretInAPathIsRedactedInTheLog) {
  const Provider provider(status("200 OK"));
  write("src/a.env", "KEY=" + secret() + "\n");
  scan(provider,
       "    validation: {method: GET, url: '" + provider.url() + "/bot{{secret}}/me', valid: [200], invalid: [401]}\n");
  ASSERT_THAT(provider.asked(), SizeIs(1));
  EXPECT_THAT(provider.asked().front(), testing::StartsWith("GET /bot" + secret() + "/me HTTP/1.1"));
  EXPECT_THAT(logged, HasSubstr("/botREDACTED/me"));
}

TEST_F(SecretTrial, WithoutBeingAskedForNothingIsTried) {
  const Provider provider(status("200 OK"));
  settings.secrets.validate = false;
  write("src/a.env", "KEY=" + secret() + "\n");
  const auto s = only_sighting(scan(provider, by_field(provider)).at(0));
  EXPECT_EQ(s.validity, "unknown");
  EXPECT_EQ(why(s), "");
  EXPECT_THAT(provider.asked(), IsEmpty());
}

TEST_F(SecretTrial, WhatIsPutAsideOrHasNoRequestIsNotTried) {
  const Provider provider(status("200 OK"));
  write("src/a.env", "KEY=" + secret() + "  # assay:ignore the key of the sandbox\n");
  EXPECT_EQ(why(only_sighting(scan(provider, by_field(provider)).at(0))), "");
  EXPECT_THAT(provider.asked(), IsEmpty());
  write("src/a.env", "KEY=" + secret() + "\n");
  EXPECT_THAT(why(only_sighting(scan(provider, "").at(0))), HasSubstr("no request"));
}

SecretRule rule_with(std::string url, std::vector<std::string> fields = {}, std::string body = {}) {
  SecretRule rule;
  rule.id = "acme-key";
  rule.validation = SecretValidation{.method = "POST",
                                     .url = std::move(url),
                                     .fields = std::move(fields),
                                     .body = std::move(body),
                                     .valid = {200},
                                     .invalid = {401}};
  return rule;
}

TEST(TrialRequest, FillsInSecretAndCompanion) {
  const auto rule = rule_with("https://acme.example/{{companion}}?k={{secret}}", {"X-Key:  {{secret}}", "Accept: a"},
                              "id={{companion}}&key={{secret}}");
  const auto request = trial_request(rule, "a b/c", "me");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->url.to_string(), "https://acme.example/me?k=a%20b%2Fc");
  ASSERT_THAT(request->fields, SizeIs(2));
  EXPECT_EQ(request->fields.front().value, "a b/c");
  EXPECT_EQ(request->body, "id=me&key=a%20b%2Fc");
  EXPECT_FALSE(trial_request(rule, "a", ""));  // without what it is used with
}

TEST(TrialRequest, ASecretNeverChoosesTheHost) {
  for (const auto* found : {"evil.example/", "a@evil.example", "..", "evil.example#", "x:y"}) {
    for (const auto* url : {"https://acme.example/{{secret}}", "https://acme.example{{secret}}/"}) {
      const auto request = trial_request(rule_with(url), found, "");
      EXPECT_EQ(request ? request->url.host : "acme.example", "acme.example") << url << " " << found;
    }
  }
  EXPECT_FALSE(trial_request(rule_with("http://acme.example/"), "a", ""));
  SecretRule without;
  EXPECT_FALSE(trial_request(without, "a", ""));
}

}  // namespace
}  // namespace assay::scan
