// The enumerator against OpenSSL servers in memory (what they are configured to accept is the oracle) and against
// scripted servers that OpenSSL cannot play.

#include "net/tls/enumerate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/text.h"
#include "tls_testing.h"

namespace assay::net::tls::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kIntermediate =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-"
    "SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:"
    "DHE-RSA-CHACHA20-POLY1305";
constexpr const char* kOld =
    ":ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"
    "DHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA256:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:"
    "AES128-SHA:AES256-SHA";

const Certificate& ecdsa() {
  static const Certificate kMade = make_certificate({});
  return kMade;
}
const Certificate& rsa() {
  static const Certificate kMade = make_certificate({.key = Key::rsa2048});
  return kMade;
}

const TlsVersionResult& result_of(const TlsEnumeration& e, std::string_view version) {
  static const TlsVersionResult kNone;
  const auto at = std::ranges::find(e.versions, version, &TlsVersionResult::version);
  return at != e.versions.end() ? *at : kNone;
}

std::string support_of(const TlsEnumeration& e, std::string_view version) {
  return result_of(e, version).support;
}

std::set<int> suites_of(const TlsEnumeration& e, std::string_view version) {
  std::set<int> codes;
  for (const auto& suite : result_of(e, version).suites) codes.insert(suite.code);
  return codes;
}

std::vector<std::string> groups_of(const TlsEnumeration& e) {
  std::vector<std::string> names;
  for (const auto& group : e.groups) names.push_back(group.name);
  return names;
}

// The codes that `context` can use at `version` with its certificates, by OpenSSL's own account.
std::set<int> configured(SSL_CTX* context, int version, bool has_ecdsa, bool has_rsa, bool has_dh) {
  std::set<int> codes;
  STACK_OF(SSL_CIPHER)* all = SSL_CTX_get_ciphers(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
    const SSL_CIPHER* c = sk_SSL_CIPHER_value(all, i);
    const bool tls13 = SSL_CIPHER_get_kx_nid(c) == NID_kx_any;
    if (tls13 != (version == TLS1_3_VERSION)) continue;
    const bool needs_tls12 = std::string_view(SSL_CIPHER_get_version(c)) == "TLSv1.2";
    if (needs_tls12 && version < TLS1_2_VERSION) continue;
    const int auth = SSL_CIPHER_get_auth_nid(c);
    if (auth == NID_auth_ecdsa && !has_ecdsa) continue;
    if (auth == NID_auth_rsa && !has_rsa) continue;
    if (SSL_CIPHER_get_kx_nid(c) == NID_kx_dhe && !has_dh) continue;
    codes.insert(SSL_CIPHER_get_protocol_id(c));
  }
  return codes;
}

TlsEnumeration ask_server(const ServerSpec& spec, EnumerationMode mode = EnumerationMode::full) {
  const ContextPtr context = make_server(spec);
  ServerProber prober(context.get());
  auto result = run_now(enumerate(prober, "app.example", mode));
  EXPECT_EQ(result.connections, prober.asked);
  const bool has_ecdsa = std::ranges::find(spec.certificates, &ecdsa()) != spec.certificates.end();
  const bool has_rsa = std::ranges::find(spec.certificates, &rsa()) != spec.certificates.end();
  if (mode == EnumerationMode::policy) return result;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto name = version_name(static_cast<Version>(version));
    const bool on = version >= spec.min_version && version <= spec.max_version;
    const auto expected = on ? configured(context.get(), version, has_ecdsa, has_rsa, spec.dh) : std::set<int>{};
    EXPECT_EQ(suites_of(result, name), expected) << name;
    EXPECT_EQ(support_of(result, name), expected.empty() ? "refused" : "accepted") << name;
    EXPECT_TRUE(result_of(result, name).suites_complete) << name;
  }
  EXPECT_EQ(support_of(result, "SSLv3"), "refused");
  return result;
}

TEST(TlsEnumerate, OneEcdsaCertificateTakesNine) {
  const auto e = ask_server({.ciphers = kIntermediate, .certificates = {&ecdsa()}});
  EXPECT_LE(e.connections, 9);
  EXPECT_FALSE(e.failure);
  EXPECT_THAT(e.notes, IsEmpty());
}

TEST(TlsEnumerate, MozillasCurvesShowOnTheWay) {
  const auto e = ask_server(
      {.ciphers = kIntermediate, .groups = "X25519:P-256:P-384", .server_order = true, .certificates = {&ecdsa()}});
  EXPECT_LE(e.connections, 9);
  EXPECT_THAT(groups_of(e), UnorderedElementsAre("x25519", "secp256r1", "secp384r1"));
}

TEST(TlsEnumerate, OneGroupOnlyStillTakesNine) {
  const auto e = ask_server({.ciphers = kIntermediate, .groups = "P-384:P-256", .certificates = {&rsa()}});
  EXPECT_LE(e.connections, 9);
  EXPECT_THAT(groups_of(e), Contains("secp384r1"));
}

TEST(TlsEnumerate, OneRsaCertificateTakesNine) {
  const auto e = ask_server({.ciphers = kIntermediate, .certificates = {&rsa()}});
  EXPECT_LE(e.connections, 9);
}

TEST(TlsEnumerate, TwoCertificatesAndDheTakeFifteen) {
  const auto e = ask_server({.ciphers = kIntermediate, .dh = true, .certificates = {&ecdsa(), &rsa()}});
  EXPECT_LE(e.connections, 15);
  EXPECT_THAT(e.notes, Contains(HasSubstr("Diffie-Hellman prime: 2048 bits")));
}

TEST(TlsEnumerate, AnOldServerTakesFortyFive) {
  const auto e = ask_server({.min_version = TLS1_VERSION,
                             .ciphers = std::string(kIntermediate) + kOld,
                             .dh = true,
                             .certificates = {&ecdsa(), &rsa()}});
  EXPECT_LE(e.connections, 45);
}

TEST(TlsEnumerate, Tls13OnlyTakesFive) {
  const auto e = ask_server({.min_version = TLS1_3_VERSION, .certificates = {&ecdsa()}});
  EXPECT_EQ(e.connections, 5);
}

TEST(TlsEnumerate, Tls12OnlyTakesSix) {
  const auto e = ask_server({.max_version = TLS1_2_VERSION, .ciphers = kIntermediate, .certificates = {&ecdsa()}});
  EXPECT_EQ(e.connections, 6);
  EXPECT_THAT(groups_of(e), Contains("x25519"));
}

TEST(TlsEnumerate, EverySuiteOfOpensslIsFound) {
  const auto e = ask_server({.min_version = TLS1_VERSION,
                             .ciphers = "ALL:COMPLEMENTOFALL:!PSK:!SRP:!aDSS:!aNULL",
                             .suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                                       "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256",
                             .dh = true,
                             .certificates = {&ecdsa(), &rsa()}});
  EXPECT_EQ(suites_of(e, "TLSv1.3").size(), 5U);
  EXPECT_GT(suites_of(e, "TLSv1.2").size(), 50U);
}

TEST(TlsEnumerate, OnlyTls10IsReachedFromAbove) {
  const auto e = ask_server({.min_version = TLS1_VERSION,
                             .max_version = TLS1_VERSION,
                             .ciphers = "AES128-SHA:AES256-SHA",
                             .certificates = {&rsa()}});
  EXPECT_THAT(result_of(e, "TLSv1.1").reason, HasSubstr("chose TLSv1.0"));
  // TLS 1.3 and 1.2 once each, then the second suite, the end, and SSLv3.
  EXPECT_LE(e.connections, 5);
}

TEST(TlsEnumerate, ExhaustiveModeListsEveryGroup) {
  const auto e = ask_server({.ciphers = kIntermediate,
                             .groups = "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072",
                             .certificates = {&ecdsa()}},
                            EnumerationMode::exhaustive);
  EXPECT_TRUE(e.groups_complete);
  EXPECT_THAT(groups_of(e),
              UnorderedElementsAre("x25519", "secp256r1", "x448", "secp521r1", "secp384r1", "ffdhe2048", "ffdhe3072"));
}

TEST(TlsEnumerate, ExhaustiveModeListsGroupsOfTls12) {
  const auto e = ask_server(
      {.max_version = TLS1_2_VERSION, .ciphers = kIntermediate, .groups = "P-256:P-384", .certificates = {&rsa()}},
      EnumerationMode::exhaustive);
  EXPECT_TRUE(e.groups_complete);
  EXPECT_THAT(groups_of(e), UnorderedElementsAre("secp256r1", "secp384r1"));
}

TEST(TlsEnumerate, PolicyModeTakesTwoOnAGoodServer) {
  const auto e = ask_server({.ciphers = kIntermediate, .certificates = {&ecdsa()}}, EnumerationMode::policy);
  EXPECT_EQ(e.connections, 2);
  EXPECT_EQ(support_of(e, "TLSv1.3"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.1"), "refused");
  EXPECT_EQ(support_of(e, "TLSv1.0"), "refused");
  EXPECT_EQ(support_of(e, "SSLv3"), "refused");
  EXPECT_EQ(result_of(e, "TLSv1.2").version, "") << "not asked, so not claimed";
}

TEST(TlsEnumerate, PolicyModeFindsOldVersions) {
  const auto e = ask_server({.min_version = TLS1_VERSION,
                             .max_version = TLS1_2_VERSION,
                             .ciphers = std::string(kIntermediate) + kOld,
                             .certificates = {&rsa()}},
                            EnumerationMode::policy);
  EXPECT_LE(e.connections, 4);
  EXPECT_EQ(support_of(e, "TLSv1.3"), "refused");
  EXPECT_EQ(support_of(e, "TLSv1.2"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.1"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.0"), "accepted");
  EXPECT_EQ(support_of(e, "SSLv3"), "refused");
}

// Plays any server: `reply` gets each hello and its number, from 1.
class ScriptedProber final : public Prober {
 public:
  using Reply = std::function<Answer(const ClientHello&, int)>;
  explicit ScriptedProber(Reply reply) : reply_(std::move(reply)) {}
  Task<Answer> ask(ClientHello hello) override {
    hellos.push_back(hello);
    co_return reply_(hello, static_cast<int>(hellos.size()));
  }
  std::vector<ClientHello> hellos;

 private:
  Reply reply_;
};

Answer alert(std::uint8_t code) {
  Answer a;
  a.kind = AnswerKind::alert;
  a.alert = code;
  return a;
}
Answer ended(ErrorCode code, std::string reason) {
  Answer a;
  a.error = Error{code, "server", std::move(reason), {}};
  return a;
}
Answer silence() {
  return ended(ErrorCode::timeout, "no answer in time");
}
Answer closed() {
  Answer a;
  a.kind = AnswerKind::closed;
  return a;
}

// A server with suites by version: chooses the highest version at or below the offer, then the first suite it shares.
Answer choose(const ClientHello& hello, const std::map<Version, std::vector<std::uint16_t>>& server) {
  for (const Version v : kVersions) {
    if (v > hello.max_version || !server.contains(v)) continue;
    if (hello.max_version == Version::tls13 && v < hello.min_version) continue;
    for (const auto suite : server.at(v)) {
      if (std::ranges::find(hello.suites, suite) == hello.suites.end()) continue;
      Answer a;
      a.kind = AnswerKind::server_hello;
      a.version = static_cast<std::uint16_t>(v);
      a.suite = suite;
      a.hello_retry = v == Version::tls13 && hello.key_share == KeyShareOffer::empty;
      if (v == Version::tls13) a.group = kX25519;
      return a;
    }
    return alert(40);
  }
  return alert(70);
}

TlsEnumeration ask_script(ScriptedProber& prober, EnumerationMode mode = EnumerationMode::full) {
  return run_now(enumerate(prober, "app.example", mode));
}

TEST(TlsEnumerateScript, Sslv3IsFoundAndItsHelloHasFewSuites) {
  const std::map<Version, std::vector<std::uint16_t>> server{
      {Version::tls12, {0xC02F}}, {Version::tls10, {0x002F, 0x000A}}, {Version::ssl3, {0x000A, 0x0005}}};
  ScriptedProber prober([&](const ClientHello& hello, int) { return choose(hello, server); });
  const auto e = ask_script(prober);
  EXPECT_EQ(suites_of(e, "SSLv3"), (std::set<int>{0x000A, 0x0005}));
  EXPECT_EQ(suites_of(e, "TLSv1.0"), (std::set<int>{0x002F, 0x000A}));
  EXPECT_EQ(support_of(e, "TLSv1.1"), "refused");
  for (const auto& hello : prober.hellos) {
    EXPECT_LE(hello.suites.size(), kMaxOfferedSuites);
    if (hello.max_version != Version::tls13) {
      for (const auto suite : hello.suites) EXPECT_NE(suite >> 8U, 0x13) << "a TLS 1.3 suite in an older hello";
    }
  }
}

TEST(TlsEnumerateScript, SilenceIsUnknownNotRefused) {
  ScriptedProber prober([](const ClientHello&, int) { return silence(); });
  const auto e = ask_script(prober);
  EXPECT_LE(e.connections, 3);
  ASSERT_TRUE(e.failure);
  EXPECT_EQ(e.failure->code, "timeout");
  EXPECT_THAT(e.notes, Contains(HasSubstr("silent")));
  ASSERT_EQ(e.versions.size(), 5U);
  for (const auto& v : e.versions) EXPECT_EQ(v.support, "unknown") << v.version;
}

TEST(TlsEnumerateScript, ResetsAreUnknown) {
  ScriptedProber prober([](const ClientHello&, int) { return ended(ErrorCode::connection, "connection reset"); });
  const auto e = ask_script(prober, EnumerationMode::policy);
  ASSERT_TRUE(e.failure);
  EXPECT_EQ(e.failure->code, "tls");
  for (const auto& v : e.versions) EXPECT_EQ(v.support, "unknown") << v.version;
}

TEST(TlsEnumerateScript, PlainHttpEndsAtOnce) {
  ScriptedProber prober([](const ClientHello&, int) {
    Answer a;
    a.kind = AnswerKind::plain_http;
    return a;
  });
  const auto e = ask_script(prober);
  EXPECT_EQ(e.connections, 1);
  ASSERT_TRUE(e.failure);
  EXPECT_EQ(e.failure->code, "protocol");
  EXPECT_THAT(e.notes, ElementsAre("speaks plain HTTP"));
  EXPECT_EQ(support_of(e, "TLSv1.0"), "unknown");
}

TEST(TlsEnumerateScript, AnUnreachablePortIsAskedOnce) {
  ScriptedProber prober([](const ClientHello&, int) {
    Answer a = ended(ErrorCode::connection, "connection refused");
    a.kind = AnswerKind::unreachable;
    return a;
  });
  const auto e = ask_script(prober);
  EXPECT_EQ(e.connections, 1);
  ASSERT_TRUE(e.failure);
  EXPECT_EQ(e.failure->code, "connection");
}

TEST(TlsEnumerateScript, LargeHelloIntoleranceIsNoticedAndWorkedAround) {
  const std::map<Version, std::vector<std::uint16_t>> server{{Version::tls12, {0xC02F, 0x009C}}};
  ScriptedProber prober(
      [&](const ClientHello& hello, int) { return hello.suites.size() > 64 ? closed() : choose(hello, server); });
  const auto e = ask_script(prober);
  EXPECT_THAT(e.notes, Contains(HasSubstr("intolerant of large hellos")));
  EXPECT_EQ(suites_of(e, "TLSv1.2"), (std::set<int>{0xC02F, 0x009C}));
  EXPECT_TRUE(result_of(e, "TLSv1.2").suites_complete);
  EXPECT_EQ(support_of(e, "TLSv1.1"), "refused");
  EXPECT_FALSE(e.failure);
}

TEST(TlsEnumerateScript, IntoleranceByAlertIsNoticedToo) {
  const std::map<Version, std::vector<std::uint16_t>> server{{Version::tls12, {0xC02F}}};
  ScriptedProber prober(
      [&](const ClientHello& hello, int) { return hello.suites.size() > 64 ? alert(50) : choose(hello, server); });
  const auto e = ask_script(prober, EnumerationMode::policy);
  EXPECT_EQ(support_of(e, "TLSv1.2"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.0"), "refused");
}

TEST(TlsEnumerateScript, TwoLostAnswersAreNotTakenForIntolerance) {
  const std::map<Version, std::vector<std::uint16_t>> server{{Version::tls12, {0xC02F}}, {Version::tls13, {0x1301}}};
  ScriptedProber prober([&](const ClientHello& hello, int n) { return n <= 2 ? closed() : choose(hello, server); });
  const auto e = ask_script(prober);
  EXPECT_THAT(e.notes, IsEmpty());
  EXPECT_EQ(support_of(e, "TLSv1.3"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.1"), "refused");
}

TEST(TlsEnumerateScript, AKeyShareIsSentWhenTheEmptyOneIsNotAnswered) {
  for (const auto& deaf : {alert(40), alert(47), closed()}) {
    const std::map<Version, std::vector<std::uint16_t>> server{{Version::tls13, {0x1301, 0x1302}},
                                                               {Version::tls12, {0xC02F}}};
    ScriptedProber prober([&](const ClientHello& hello, int) {
      const bool tls13 = hello.max_version == Version::tls13;
      return tls13 && hello.key_share == KeyShareOffer::empty ? deaf : choose(hello, server);
    });
    const auto e = ask_script(prober);
    EXPECT_EQ(suites_of(e, "TLSv1.3"), (std::set<int>{0x1301, 0x1302})) << deaf.describe();
    EXPECT_THAT(e.notes, Contains(HasSubstr("key share")));
    const auto p = ask_script(prober, EnumerationMode::policy);
    EXPECT_EQ(support_of(p, "TLSv1.3"), "accepted");
    EXPECT_EQ(support_of(p, "TLSv1.2"), "accepted");
  }
}

TEST(TlsEnumerateScript, ATls13OnlyServerThatNeedsAShareIsFound) {
  ScriptedProber prober([&](const ClientHello& hello, int) {
    if (hello.max_version != Version::tls13) return alert(70);
    return hello.key_share == KeyShareOffer::empty ? alert(50) : choose(hello, {{Version::tls13, {0x1301}}});
  });
  const auto e = ask_script(prober);
  EXPECT_EQ(support_of(e, "TLSv1.3"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.2"), "refused");
}

TEST(TlsEnumerateScript, ClosedOnOldVersionsIsUnknownAfterASecondTryAndAControl) {
  const std::map<Version, std::vector<std::uint16_t>> server{{Version::tls13, {0x1301}}, {Version::tls12, {0xC02F}}};
  ScriptedProber prober([&](const ClientHello& hello, int) {
    return hello.max_version < Version::tls12 ? closed() : choose(hello, server);
  });
  const auto e = ask_script(prober);
  for (const auto* version : {"TLSv1.1", "TLSv1.0", "SSLv3"}) {
    EXPECT_EQ(support_of(e, version), "unknown") << version;
    EXPECT_THAT(result_of(e, version).reason, HasSubstr("twice"));
  }
  EXPECT_THAT(e.notes, Contains(HasSubstr("goes on answering")));
}

TEST(TlsEnumerateScript, AServerThatShutsUsOutIsNotReportedAsComplete) {
  const std::map<Version, std::vector<std::uint16_t>> server{{Version::tls12, {0xC02F, 0xC030, 0x009C, 0x002F}}};
  ScriptedProber prober([&](const ClientHello& hello, int n) { return n > 3 ? silence() : choose(hello, server); });
  const auto e = ask_script(prober);
  EXPECT_EQ(support_of(e, "TLSv1.2"), "accepted");
  EXPECT_FALSE(result_of(e, "TLSv1.2").suites_complete);
  EXPECT_EQ(support_of(e, "TLSv1.0"), "unknown");
  EXPECT_THAT(e.notes, Contains(HasSubstr("stopped answering")));
}

TEST(TlsEnumerateScript, OneLostAnswerIsAskedAgainLater) {
  const std::map<Version, std::vector<std::uint16_t>> server{{Version::tls13, {0x1301}}, {Version::tls12, {0xC02F}}};
  ScriptedProber prober([&](const ClientHello& hello, int n) { return n == 4 ? silence() : choose(hello, server); });
  const auto e = ask_script(prober);
  for (const auto& v : e.versions) {
    EXPECT_NE(v.support, "unknown") << v.version;
    EXPECT_TRUE(v.suites_complete) << v.version;
  }
}

TEST(TlsEnumerateScript, CancellingKeepsWhatIsKnown) {
  const std::map<Version, std::vector<std::uint16_t>> server{{Version::tls13, {0x1301}}, {Version::tls12, {0xC02F}}};
  ScriptedProber prober([&](const ClientHello& hello, int n) {
    return n > 2 ? ended(ErrorCode::cancelled, "stopped by the user") : choose(hello, server);
  });
  const auto e = ask_script(prober);
  EXPECT_EQ(e.connections, 3);
  EXPECT_EQ(support_of(e, "TLSv1.3"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.2"), "unknown");
  EXPECT_EQ(support_of(e, "TLSv1.1"), "unknown");
}

TEST(TlsEnumerateScript, ASuiteThatWasNotOfferedDoesNotCount) {
  ScriptedProber prober([](const ClientHello& hello, int) {
    Answer a = choose(hello, {{Version::tls12, {0xC02F}}});
    if (a.kind == AnswerKind::server_hello) a.suite = 0xFFFE;
    return a;
  });
  const auto e = ask_script(prober);
  EXPECT_LT(e.connections, 20);
  EXPECT_THAT(e.notes, Contains(HasSubstr("0xFFFE, which was not offered")));
  EXPECT_THAT(suites_of(e, "TLSv1.2"), IsEmpty());
}

TEST(TlsEnumerateScript, EveryAnswerIsAnAlert) {
  ScriptedProber prober([](const ClientHello&, int) { return alert(112); });
  const auto e = ask_script(prober);
  EXPECT_FALSE(e.failure);
  for (const auto& v : e.versions) {
    EXPECT_EQ(v.support, "refused");
    EXPECT_THAT(v.reason, HasSubstr("unrecognized_name"));
  }
  EXPECT_LE(e.connections, 5);
}

}  // namespace
}  // namespace assay::net::tls::testing
