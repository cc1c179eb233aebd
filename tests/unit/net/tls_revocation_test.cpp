// Revocation lists and OCSP answers, what they are worth, and how they and missing issuers are fetched.

#include "net/tls/revocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_client_fixture.h"
#include "net/tls/certificate.h"
#include "net/tls/chain.h"
#include "net/tls/crl.h"
#include "net/tls/ocsp.h"
#include "revocation_testing.h"
#include "tls_testing.h"
#include "unit/temp_directory.h"

namespace assay::net::tls::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Pair {
  Certificate issuer = make_certificate({.subject = "CN=Issuer", .names = "", .ca = true});
  Certificate leaf =
      make_certificate({.others = {{NID_crl_distribution_points, "URI:http://crl.test/a.crl"}}}, &issuer);
};

RevocationSource check(const Pair& p, Crl list, Time at) {
  return IssuerCrl(std::move(list), p.issuer.x509.get())
      .check(p.leaf.x509.get(), describe_certificate(p.leaf.x509.get()), at);
}

RevocationSource check(const Pair& p, const std::string& der, Time at = now()) {
  auto list = read_crl(as_bytes(der));
  EXPECT_TRUE(list) << list.error().message();
  return check(p, std::move(*list), at);
}

TEST(TlsCrl, SaysGoodAndRevoked) {
  const Pair p;
  const auto good = check(p, make_list({}, p.issuer));
  EXPECT_EQ(good.status, "good") << good.detail;
  EXPECT_FALSE(good.next_update.empty());
  const Certificate other = make_certificate({}, &p.issuer);
  EXPECT_EQ(check(p, make_list({.revoked = {&other}}, p.issuer)).status, "good");
  const auto revoked = check(p, make_list({.revoked = {&other, &p.leaf}}, p.issuer));
  EXPECT_EQ(revoked.status, "revoked");
  EXPECT_EQ(revoked.detail, "key compromise");
  const auto when = parse_rfc3339(revoked.revoked_at);
  ASSERT_TRUE(when);
  EXPECT_NEAR(static_cast<double>((now() - *when).count()), 3.6e6, 60'000);
}

TEST(TlsCrl, FindsEachOfManyInAnyOrder) {
  const Pair p;
  std::vector<Certificate> others;
  for (int i = 0; i < 20; ++i) others.push_back(make_certificate({}, &p.issuer));
  ListSpec spec;
  for (const auto& other : others) spec.revoked.push_back(&other);
  const auto der = make_list(spec, p.issuer);
  auto list = read_crl(as_bytes(der));
  ASSERT_TRUE(list);
  const IssuerCrl held(std::move(*list), p.issuer.x509.get());
  const auto status = [&](const Certificate& c) {
    return held.check(c.x509.get(), describe_certificate(c.x509.get()), now()).status;
  };
  for (const auto& other : others) EXPECT_EQ(status(other), "revoked");
  EXPECT_EQ(status(p.leaf), "good");
}

TEST(TlsCrl, AListThatProvesNothingIsNoPass) {
  const Pair p;
  const auto why = [&](const ListSpec& spec, const Certificate& issuer, Time at = now()) {
    const auto source = check(p, make_list(spec, issuer), at);
    EXPECT_EQ(source.status, "unknown");
    return source.detail;
  };
  const Certificate stranger = make_certificate({.subject = "CN=Stranger", .names = "", .ca = true});
  EXPECT_EQ(why({}, stranger), "the list is of another issuer");
  const Certificate twin = make_certificate({.subject = "CN=Issuer", .names = "", .ca = true});
  EXPECT_EQ(why({.revoked = {&p.leaf}}, twin), "the list's signature does not verify") << "nor is it a proof of a miss";
  EXPECT_EQ(why({.from_hour = -20, .to_hour = -1}, p.issuer), "the list is out of date");
  EXPECT_EQ(why({.from_hour = 1}, p.issuer), "the list is from the future");
  EXPECT_EQ(why({.with_end = false}, p.issuer), "the list does not say until when it holds");
  const auto part = [&](const std::string& point) {
    return why({.extensions = {{NID_issuing_distribution_point, point}}}, p.issuer);
  };
  EXPECT_EQ(part("critical,fullname:URI:http://crl.test/b.crl"), "the list is for another distribution point");
  EXPECT_EQ(part("critical,onlyCA:TRUE"), "the list is not for certificates of this kind");
  EXPECT_EQ(part("critical,indirectCRL:TRUE"), "the list is a delta or covers only a part");
  EXPECT_EQ(part("critical,onlysomereasons:keyCompromise"), "the list is a delta or covers only a part");
  EXPECT_EQ(why({.extensions = {{NID_delta_crl, "critical,DER:020101"}}}, p.issuer),
            "the list is a delta or covers only a part");
  const auto fitting = make_list(
      {.extensions = {{NID_issuing_distribution_point, "critical,onlyuser:TRUE,fullname:URI:http://crl.test/a.crl"}}},
      p.issuer);
  EXPECT_EQ(check(p, fitting).status, "good");
}

TEST(TlsCrl, ReadsOnlyWholeLists) {
  const Pair p;
  const auto der = make_list({.revoked = {&p.leaf}}, p.issuer);
  for (std::size_t n = 0; n < der.size(); ++n) EXPECT_FALSE(read_crl(as_bytes(der.substr(0, n)))) << n;
  EXPECT_FALSE(read_crl(as_bytes(der + "x")));
  const auto huge = read_crl(Bytes(kMaxCrlBytes + 1));
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, ErrorCode::limit_exceeded);
  for (std::size_t i = 0; i < der.size(); ++i) {
    auto changed = der;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    auto list = read_crl(as_bytes(changed));
    if (list) {
      EXPECT_EQ(check(p, std::move(*list), now()).status, "unknown") << i;
    }
  }
}

TEST(TlsOcsp, SaysGoodAndRevokedWhenSignedByWhoMay) {
  const Pair p;
  const auto ask = [&](const OcspSpec& spec) {
    return check_ocsp(as_bytes(make_ocsp_answer(p.leaf, p.issuer, spec)), p.leaf.x509.get(), p.issuer.x509.get(),
                      now());
  };
  EXPECT_EQ(ask({}).status, "good") << ask({}).detail;
  const auto revoked = ask({.status = V_OCSP_CERTSTATUS_REVOKED});
  EXPECT_EQ(revoked.status, "revoked");
  EXPECT_EQ(revoked.detail, "superseded");
  EXPECT_EQ(ask({.status = V_OCSP_CERTSTATUS_UNKNOWN}).detail, "the responder does not know the certificate");
  EXPECT_EQ(ask({.from_hour = -20, .to_hour = -1}).detail, "the answer is out of date");
  EXPECT_EQ(ask({.from_hour = 1}).detail, "the answer is from the future");
  const Certificate delegate =
      make_certificate({.subject = "CN=Responder", .names = "", .purpose = "OCSPSigning"}, &p.issuer);
  EXPECT_EQ(ask({.signer = &delegate}).status, "good");
  const Certificate server = make_certificate({}, &p.issuer);
  EXPECT_EQ(ask({.signer = &server}).detail, "the answer's signature does not verify") << "not delegated";
}

TEST(TlsOcsp, AnAnswerAboutAnotherOrNoneIsUnknown) {
  const Pair p;
  const Certificate other = make_certificate({}, &p.issuer);
  const auto about = [&](const std::string& der) {
    return check_ocsp(as_bytes(der), p.leaf.x509.get(), p.issuer.x509.get(), now());
  };
  EXPECT_EQ(about(make_ocsp_answer(other, p.issuer, {})).detail, "the answer is about another certificate");
  EXPECT_EQ(about("").detail, "the answer is not OCSP");
  EXPECT_EQ(about(std::string("\x30\x03\x0a\x01\x03", 5)).detail, "the responder says trylater");
  EXPECT_EQ(about(std::string(kMaxOcspBytes + 1, 'x')).detail, "the answer is too large");
}

// An authority with a web server, and a server whose chain names it.
class TlsIssuer : public http::testing::HttpClient {
 protected:
  TlsIssuer() {
    for (const auto* host : {"crl.test", "ocsp.test", "ca.test"}) resolver.answer(host, {"127.0.0.1"});
    client();
  }

  std::string at(const std::string& host, const std::string& path) const {
    return fmt::format("http://{}:{}{}", host, server_.port(), path);
  }
  // What the server gives for a path.
  void serve(const std::string& path, std::string content) {
    const std::scoped_lock lock(mutex_);
    files_[path] = std::move(content);
  }
  TlsHandshake handshake_of(const std::vector<const Certificate*>& chain) {
    TlsHandshake handshake;
    std::vector<CertificatePtr> sent;
    for (const auto* c : chain) {
      handshake.chain.push_back(*read_certificate(c->der()));
      sent.push_back(share(c->x509.get()));
    }
    const auto report = context_.verifier().verify(sent, now());
    handshake.trusted = report->trusted;
    handshake.chain_errors = report->errors;
    return handshake;
  }
  TlsHandshake complete(TlsHandshake handshake) {
    return net::testing::run(loop, complete_chain(gate(), scan, context_, std::move(handshake), now()));
  }
  std::vector<Revocation> revocation(TlsHandshake handshake, Time time = now()) {
    return net::testing::run(loop, check_revocation(gate(), scan, context_, std::move(handshake), time));
  }
  Task<void> keep_status(TlsHandshake handshake, std::vector<std::string>& statuses) {
    const auto results = co_await check_revocation(gate(), scan, context_, std::move(handshake), now());
    statuses.push_back(results.at(0).status);
  }
  Certificate leaf_with(std::vector<std::pair<int, std::string>> others, int to_day = 30) {
    return make_certificate({.to_day = to_day, .others = std::move(others)}, &middle_);
  }
  int asked_for(const std::string& path) const {
    int n = 0;
    for (const auto& request : asked.all()) n += request.find(" " + path + " ") != std::string::npos ? 1 : 0;
    return n;
  }

 private:
  std::string answer(const std::string& request) {
    const auto begin = request.find(' ') + 1;
    const auto path = request.substr(begin, request.find(' ', begin) - begin);
    const std::scoped_lock lock(mutex_);
    const auto file = files_.find(path);
    if (file == files_.end()) return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", file->second.size(), file->second);
  }

  std::mutex mutex_;
  std::map<std::string, std::string> files_;
  TempDirectory directory_;

 protected:
  http::testing::ScriptedServer server_{
      http::testing::always(asked, [this](const std::string& request) { return answer(request); })};
  Certificate root_ = make_certificate({.subject = "CN=Root", .names = "", .to_day = 3650, .ca = true});
  Certificate middle_ =
      make_certificate({.subject = "CN=Middle",
                        .names = "",
                        .to_day = 365,
                        .ca = true,
                        .others = {{NID_info_access, "caIssuers;URI:" + at("ca.test", "/root.der")},
                                   {NID_crl_distribution_points, "URI:" + at("crl.test", "/root.crl")}}},
                       &root_);
  ClientContext context_{
      TrustStore::load({.mozilla = false, .files = {directory_.write("root.pem", root_.pem())}}).value()};
};

std::string text_of(const Bytes& bytes) {
  return std::string(as_text(bytes));
}

TEST_F(TlsIssuer, AMissingIntermediateIsFetchedAndToldAsMissing) {
  serve("/middle.der", text_of(middle_.der()));
  const Certificate leaf = leaf_with({{NID_info_access, "caIssuers;URI:" + at("ca.test", "/middle.der")}});
  for (int i = 0; i < 3; ++i) {
    const auto done = complete(handshake_of({&leaf}));
    EXPECT_FALSE(done.trusted) << "as served";
    ASSERT_TRUE(done.completion);
    EXPECT_TRUE(done.completion->trusted);
    EXPECT_EQ(done.anchor, "CN=Root");
    ASSERT_THAT(done.completion->certificates, SizeIs(1));
    EXPECT_EQ(done.completion->certificates.front().subject, "CN=Middle");
    ASSERT_THAT(done.chain_errors, SizeIs(1));
    EXPECT_EQ(done.chain_errors.front().rule, "incomplete-chain");
  }
  EXPECT_EQ(asked_for("/middle.der"), 1) << "once a run";
  EXPECT_EQ(scan.budget.requests_by_link().at("ca-issuers:ca.test"), 1);
}

TEST_F(TlsIssuer, PemAndWrongFilesAreCopedWith) {
  serve("/middle.pem", middle_.pem());
  const Certificate leaf = leaf_with({{NID_info_access, "caIssuers;URI:" + at("ca.test", "/middle.pem")}});
  EXPECT_TRUE(complete(handshake_of({&leaf})).completion->trusted);
  serve("/page.html", "<html>");
  const Certificate strange = leaf_with({{NID_info_access, "caIssuers;URI:" + at("ca.test", "/page.html")}});
  const auto wrong = complete(handshake_of({&strange}));
  EXPECT_FALSE(wrong.completion->trusted);
  ASSERT_TRUE(wrong.completion->failure);
  const Certificate gone = leaf_with({{NID_info_access, "caIssuers;URI:" + at("ca.test", "/gone")}});
  EXPECT_THAT(complete(handshake_of({&gone})).completion->failure->detail, HasSubstr("404"));
  const Certificate silent = leaf_with({});
  EXPECT_FALSE(complete(handshake_of({&silent})).completion);
  EXPECT_FALSE(complete(handshake_of({&silent, &middle_})).completion) << "nothing is missing";
}

TEST_F(TlsIssuer, ListsOfTheWholePathAreReadOnce) {
  const Certificate leaf = leaf_with({{NID_crl_distribution_points, "URI:" + at("crl.test", "/middle.crl")}});
  serve("/middle.crl", make_list({}, middle_));
  serve("/root.crl", make_list({}, root_));
  for (int i = 0; i < 2; ++i) {
    const auto results = revocation(handshake_of({&leaf, &middle_}));
    ASSERT_THAT(results, SizeIs(2));
    EXPECT_EQ(results[0].status, "good");
    EXPECT_EQ(results[0].depth, 0);
    EXPECT_EQ(results[1].status, "good");
    EXPECT_EQ(results[1].subject, "CN=Middle");
  }
  EXPECT_EQ(asked_for("/middle.crl"), 1);
  EXPECT_EQ(asked_for("/root.crl"), 1);
}

TEST_F(TlsIssuer, AListIsFetchedAnewOnceItsTimeIsOver) {
  const Certificate leaf = leaf_with({{NID_crl_distribution_points, "URI:" + at("crl.test", "/middle.crl")}});
  const auto handshake = handshake_of({&leaf, &middle_});
  const Time later = now() + std::chrono::hours(3);
  serve("/middle.crl", make_list({.to_hour = 2}, middle_));
  EXPECT_EQ(revocation(handshake).at(0).status, "good");
  EXPECT_EQ(revocation(handshake, later).at(0).sources.at(0).detail, "the list is out of date") << "the new one too";
  EXPECT_EQ(asked_for("/middle.crl"), 2);
  serve("/middle.crl", make_list({.revoked = {&leaf}}, middle_));
  EXPECT_EQ(revocation(handshake, later).at(0).status, "revoked");
  EXPECT_EQ(asked_for("/middle.crl"), 3);
}

TEST_F(TlsIssuer, ALargeListIsVerifiedOnceForAllThatWait) {
  const Certificate leaf = leaf_with({{NID_crl_distribution_points, "URI:" + at("crl.test", "/middle.crl")}});
  const Certificate other = leaf_with({});
  ListSpec many;
  many.revoked.assign(8000, &other);
  const auto list = make_list(many, middle_);
  ASSERT_GT(list.size(), 128U << 10U);
  serve("/middle.crl", list);
  serve("/root.crl", make_list({}, root_));
  std::vector<std::string> statuses;
  for (int i = 0; i < 5; ++i) loop.spawn(keep_status(handshake_of({&leaf, &middle_}), statuses));
  loop.run();
  EXPECT_THAT(statuses, ::testing::ElementsAre("good", "good", "good", "good", "good"));
  EXPECT_EQ(asked_for("/middle.crl"), 1);
}

TEST_F(TlsIssuer, ARevokedIntermediateIsSeen) {
  serve("/root.crl", make_list({.revoked = {&middle_}}, root_));
  const Certificate leaf = leaf_with({});
  const auto results = revocation(handshake_of({&leaf, &middle_}));
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_EQ(results[0].exempt, "no-source");
  EXPECT_EQ(results[0].status, "unknown");
  EXPECT_EQ(results[1].status, "revoked");
}

TEST_F(TlsIssuer, TheResponderIsAskedWhenTheListIsNotToBeHad) {
  const Certificate leaf = leaf_with({{NID_crl_distribution_points, "URI:" + at("crl.test", "/gone.crl")},
                                      {NID_info_access, "OCSP;URI:" + at("ocsp.test", "/ask")}});
  serve("/ask", make_ocsp_answer(leaf, middle_, {.status = V_OCSP_CERTSTATUS_REVOKED}));
  const auto result = revocation(handshake_of({&leaf, &middle_})).at(0);
  EXPECT_EQ(result.status, "revoked");
  ASSERT_THAT(result.sources, SizeIs(2));
  EXPECT_EQ(result.sources[0].method, "crl");
  EXPECT_THAT(result.sources[0].detail, HasSubstr("404"));
  EXPECT_EQ(result.sources[1].method, "ocsp");
  EXPECT_EQ(scan.budget.requests_by_link().at("ocsp:ocsp.test"), 1);
}

TEST_F(TlsIssuer, AStapleIsTakenBeforeTheResponder) {
  const Certificate leaf = leaf_with({{NID_info_access, "OCSP;URI:" + at("ocsp.test", "/ask")}});
  auto handshake = handshake_of({&leaf, &middle_});
  handshake.stapled_ocsp = to_base64(as_bytes(make_ocsp_answer(leaf, middle_, {})));
  const auto result = revocation(handshake).at(0);
  EXPECT_EQ(result.status, "good");
  ASSERT_THAT(result.sources, SizeIs(1));
  EXPECT_EQ(result.sources[0].method, "ocsp-staple");
  EXPECT_EQ(asked_for("/ask"), 0);
}

TEST_F(TlsIssuer, UrlsOfCertificatesPassTheGateLikeAnyTarget) {
  const Certificate leaf = leaf_with({{NID_crl_distribution_points,
                                       "URI:http://169.254.169.254/latest,"
                                       "URI:ldap://crl.test/x"}});
  const auto result = revocation(handshake_of({&leaf, &middle_})).at(0);
  EXPECT_EQ(result.status, "unknown");
  ASSERT_THAT(result.sources, SizeIs(1)) << "other schemes are not asked";
  EXPECT_EQ(result.sources[0].failure->code, "egress-refused");
}

TEST_F(TlsIssuer, ShortLivedCertificatesAndUntrustedChainsAreNotAsked) {
  const Certificate brief = leaf_with({{NID_crl_distribution_points, "URI:" + at("crl.test", "/middle.crl")}}, 5);
  EXPECT_EQ(revocation(handshake_of({&brief, &middle_})).at(0).exempt, "short-lived");
  EXPECT_EQ(asked_for("/middle.crl"), 0);
  const Certificate alone = make_certificate({});
  EXPECT_THAT(revocation(handshake_of({&alone})), IsEmpty());
}

}  // namespace
}  // namespace assay::net::tls::testing
