// The ClientHello builder and the reader of what comes back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <map>
#include <set>

#include "net/tls/client_hello.h"
#include "net/tls/server_answer.h"
#include "tls_testing.h"

namespace assay::net::tls::testing {
namespace {

using ::testing::HasSubstr;

std::vector<std::uint16_t> copy(std::span<const std::uint16_t> codes) {
  return {codes.begin(), codes.end()};
}

ClientHello hello_for(Version max, std::string_view name = "app.example") {
  ClientHello hello;
  hello.max_version = max;
  hello.server_name = name;
  hello.suites = copy(ordinary_suites(max));
  hello.groups = copy(offered_groups());
  return hello;
}

// What is in a hello, read by rules of its own.
struct ReadHello {
  unsigned record_version = 0, version = 0;
  std::size_t length = 0;  // of the handshake message with its header
  std::vector<unsigned> suites;
  std::map<unsigned, Bytes> extensions;
};

ReadHello read_hello(const Bytes& b) {
  ReadHello r;
  const auto u16 = [&](std::size_t at) { return static_cast<unsigned>(b.at(at) << 8 | b.at(at + 1)); };
  r.record_version = u16(1);
  r.length = u16(3);
  EXPECT_EQ(r.length, b.size() - 5);
  EXPECT_EQ(static_cast<std::size_t>(b.at(6) << 16 | b.at(7) << 8 | b.at(8)), r.length - 4);
  r.version = u16(9);
  std::size_t at = 11 + 32;
  at += 1 + b.at(at);
  const auto suites_end = at + 2 + u16(at);
  for (at += 2; at < suites_end; at += 2) r.suites.push_back(u16(at));
  at += 1 + b.at(at);
  if (at == b.size()) return r;
  EXPECT_EQ(at + 2 + u16(at), b.size());
  for (at += 2; at < b.size();) {
    const auto type = u16(at);
    const auto n = u16(at + 2);
    EXPECT_FALSE(r.extensions.contains(type)) << "extension twice: " << type;
    r.extensions[type] = Bytes(b.begin() + static_cast<long>(at) + 4, b.begin() + static_cast<long>(at + 4 + n));
    at += 4 + n;
  }
  EXPECT_EQ(at, b.size());
  return r;
}

TEST(TlsClientHello, LengthsAvoidBrokenServersForEveryNameAndSize) {
  for (const Version v : kVersions) {
    for (std::size_t name = 0; name < 254; ++name) {
      for (std::size_t suites : {1UL, 25UL, 60UL, 119UL}) {
        ClientHello hello = hello_for(v);
        const std::string host(name, 'a');
        hello.server_name = host;
        hello.suites.resize(std::min(suites, hello.suites.size()));
        const auto n = read_hello(build_client_hello(hello)).length;
        EXPECT_FALSE(n >= 256 && n <= 511) << n;
        if (n > 511) {
          EXPECT_NE(n % 256, 10U) << n;
          EXPECT_NE(n % 256, 14U) << n;
        }
      }
    }
  }
}

TEST(TlsClientHello, SaysWhatItShould) {
  const auto r = read_hello(build_client_hello(hello_for(Version::tls12)));
  EXPECT_EQ(r.record_version, 0x0301U);
  EXPECT_EQ(r.version, 0x0303U);
  EXPECT_EQ(r.suites.back(), kRenegotiationScsv);
  EXPECT_LE(r.suites.size(), 120U);
  EXPECT_TRUE(r.extensions.contains(0)) << "server_name";
  EXPECT_TRUE(r.extensions.contains(10)) << "supported_groups";
  EXPECT_TRUE(r.extensions.contains(13)) << "signature_algorithms";
  EXPECT_FALSE(r.extensions.contains(43)) << "supported_versions is for TLS 1.3";
  EXPECT_FALSE(r.extensions.contains(51));
}

TEST(TlsClientHello, Tls13HasOneVersionAndAnEmptyKeyShare) {
  auto hello = hello_for(Version::tls13);
  auto r = read_hello(build_client_hello(hello));
  EXPECT_EQ(r.version, 0x0303U);
  EXPECT_EQ(r.extensions.at(43), (Bytes{2, 3, 4}));
  EXPECT_EQ(r.extensions.at(51), (Bytes{0, 0}));
  hello.key_share = KeyShareOffer::x25519;
  hello.min_version = Version::tls12;
  r = read_hello(build_client_hello(hello));
  EXPECT_EQ(r.extensions.at(51).size(), 2U + 4 + 32);
  EXPECT_EQ(r.extensions.at(43), (Bytes{4, 3, 4, 3, 3}));
}

TEST(TlsClientHello, Sslv3HasNoExtensionsAndAddressesNoName) {
  const auto old = read_hello(build_client_hello(hello_for(Version::ssl3)));
  EXPECT_EQ(old.record_version, 0x0300U);
  EXPECT_EQ(old.version, 0x0300U);
  EXPECT_TRUE(old.extensions.empty());
  EXPECT_FALSE(read_hello(build_client_hello(hello_for(Version::tls12, ""))).extensions.contains(0));
}

TEST(TlsClientHello, OffersCoverEveryKindOfWeakSuite) {
  for (const Version v : {Version::tls12, Version::tls11}) {
    const auto offer = ordinary_suites(v);
    EXPECT_LE(offer.size(), kMaxOfferedSuites);
    const std::set<std::uint16_t> distinct(offer.begin(), offer.end());
    EXPECT_EQ(distinct.size(), offer.size());
    // NULL, export, RC4, DES, 3DES, anonymous, static RSA, DHE, ECDHE.
    for (const std::uint16_t code : {0x0002, 0x0003, 0x0005, 0x0009, 0x000A, 0x0034, 0x002F, 0x0033, 0xC013}) {
      EXPECT_TRUE(distinct.contains(code)) << suite_name(code);
    }
    for (const auto code : rare_suites(v)) EXPECT_FALSE(distinct.contains(code)) << suite_name(code);
    for (const auto code : common_suites()) {
      EXPECT_TRUE(std::ranges::count(ordinary_suites(Version::tls12), code) == 1) << suite_name(code);
    }
  }
}

TEST(TlsCodePoints, NamesAgreeWithOpenssl) {
  const ContextPtr context = make_server({.min_version = TLS1_VERSION, .ciphers = "ALL:COMPLEMENTOFALL"});
  STACK_OF(SSL_CIPHER)* all = SSL_CTX_get_ciphers(context.get());
  ASSERT_GT(sk_SSL_CIPHER_num(all), 100);
  for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
    const SSL_CIPHER* c = sk_SSL_CIPHER_value(all, i);
    EXPECT_EQ(suite_name(SSL_CIPHER_get_protocol_id(c)), SSL_CIPHER_standard_name(c));
  }
  EXPECT_EQ(suite_name(0xFAFA), "0xFAFA");
  EXPECT_EQ(group_name(0x11EC), "X25519MLKEM768");
  EXPECT_EQ(alert_name(70), "protocol_version");
  EXPECT_EQ(alert_name(200), "alert 200");
}

Bytes record(std::uint8_t type, const Bytes& fragment) {
  Bytes b{type, 3, 3, static_cast<std::uint8_t>(fragment.size() >> 8U),
          static_cast<std::uint8_t>(fragment.size() & 0xFFU)};
  b.insert(b.end(), fragment.begin(), fragment.end());
  return b;
}

Bytes message(std::uint8_t type, const Bytes& body) {
  Bytes b{type, 0, static_cast<std::uint8_t>(body.size() >> 8U), static_cast<std::uint8_t>(body.size() & 0xFFU)};
  b.insert(b.end(), body.begin(), body.end());
  return b;
}

Bytes server_hello(std::uint16_t version, std::uint16_t suite, const Bytes& extensions = {}) {
  Bytes b{static_cast<std::uint8_t>(version >> 8U), static_cast<std::uint8_t>(version & 0xFFU)};
  b.insert(b.end(), 32, 0xAB);
  b.push_back(0);
  b.push_back(static_cast<std::uint8_t>(suite >> 8U));
  b.push_back(static_cast<std::uint8_t>(suite & 0xFFU));
  b.push_back(0);
  if (!extensions.empty()) {
    b.push_back(0);
    b.push_back(static_cast<std::uint8_t>(extensions.size()));
    b.insert(b.end(), extensions.begin(), extensions.end());
  }
  return message(2, b);
}

Answer read_answer(const Bytes& bytes, std::size_t piece = 1'000'000) {
  AnswerReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (reader.feed(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)))) return reader.answer();
  }
  reader.end();
  return reader.answer();
}

TEST(TlsServerAnswer, ReadsServerHelloInAnyPieces) {
  const Bytes bytes = record(22, server_hello(0x0303, 0x002F));
  for (const std::size_t piece : {1UL, 2UL, 5UL, 7UL, 1000UL}) {
    const auto a = read_answer(bytes, piece);
    EXPECT_EQ(a.kind, AnswerKind::server_hello);
    EXPECT_EQ(a.version, 0x0303);
    EXPECT_EQ(a.suite, 0x002F);
    EXPECT_FALSE(a.group);
  }
}

TEST(TlsServerAnswer, ReadsTheGroupBehindTheCertificate) {
  Bytes flight = server_hello(0x0303, 0xC02F);
  const Bytes certificate = message(11, Bytes(3000, 1));
  const Bytes exchange = message(12, {3, 0, 0x18, 65});
  flight.insert(flight.end(), certificate.begin(), certificate.end());
  flight.insert(flight.end(), exchange.begin(), exchange.end());
  Bytes wire;  // messages that cross record borders
  for (std::size_t at = 0; at < flight.size(); at += 1000) {
    const auto end = std::min(flight.size(), at + 1000);
    const Bytes r = record(22, Bytes(flight.begin() + static_cast<long>(at), flight.begin() + static_cast<long>(end)));
    wire.insert(wire.end(), r.begin(), r.end());
  }
  for (const std::size_t piece : {3UL, 100UL, 100'000UL}) {
    const auto a = read_answer(wire, piece);
    EXPECT_EQ(a.kind, AnswerKind::server_hello);
    EXPECT_EQ(a.group, 0x0018);
  }
  wire.resize(1500);  // cut: the choice of the suite still stands
  EXPECT_EQ(read_answer(wire).kind, AnswerKind::server_hello);
}

TEST(TlsServerAnswer, ReadsTheSizeOfAPrime) {
  Bytes exchange{0, 129, 0, 0x7F};
  exchange.insert(exchange.end(), 127, 0xFF);
  Bytes flight = server_hello(0x0302, 0x0033);
  const Bytes m = message(12, exchange);
  flight.insert(flight.end(), m.begin(), m.end());
  EXPECT_EQ(read_answer(record(22, flight)).dh_bits, 1023);
}

TEST(TlsServerAnswer, ReadsTls13VersionAndShare) {
  const Bytes extensions{0, 43, 0, 2, 3, 4, 0, 51, 0, 5, 0, 0x1D, 0, 1, 7};
  const auto a = read_answer(record(22, server_hello(0x0303, 0x1301, extensions)));
  EXPECT_EQ(a.version, 0x0304);
  EXPECT_EQ(a.group, kX25519);
  EXPECT_FALSE(a.hello_retry);
}

TEST(TlsServerAnswer, OnlyFatalAlertsAndClosuresRefuse) {
  auto a = read_answer(record(21, {2, 70}));
  EXPECT_EQ(a.kind, AnswerKind::alert);
  EXPECT_EQ(a.describe(), "alert protocol_version");
  EXPECT_EQ(read_answer(record(21, {1, 0})).kind, AnswerKind::alert);
  // A warning about the name, and then the hello.
  Bytes warned = record(21, {1, 112});
  const Bytes hello = record(22, server_hello(0x0301, 0x002F));
  warned.insert(warned.end(), hello.begin(), hello.end());
  EXPECT_EQ(read_answer(warned).kind, AnswerKind::server_hello);
  // A warning and nothing else.
  EXPECT_EQ(read_answer(record(21, {1, 112})).kind, AnswerKind::alert);
  AnswerReader reader;
  reader.feed(record(21, {1, 112}));
  reader.end(Error{ErrorCode::timeout, "server", "no answer in time", {}});
  EXPECT_EQ(reader.answer().kind, AnswerKind::failed) << "silence after a warning is no refusal";
}

TEST(TlsServerAnswer, TellsWhatIsNotTls) {
  const auto kind = [](std::string_view text) { return read_answer(Bytes(text.begin(), text.end())).kind; };
  EXPECT_EQ(kind("HTTP/1.1 400 Bad Request\r\n"), AnswerKind::plain_http);
  EXPECT_EQ(kind("<html><body>Bad request"), AnswerKind::plain_http);
  EXPECT_EQ(kind("<!DOCTYPE html>"), AnswerKind::plain_http);
  EXPECT_EQ(kind("SSH-2.0-OpenSSH_9.2"), AnswerKind::not_tls);
  EXPECT_EQ(kind("220 mail.example ESMTP"), AnswerKind::not_tls);
  EXPECT_EQ(kind(std::string_view("\x80\x2e\x04\x00\x01\x00\x02", 7)), AnswerKind::not_tls) << "SSLv2";
  EXPECT_EQ(kind(""), AnswerKind::closed);
  EXPECT_EQ(kind("\x16\x03"), AnswerKind::not_tls) << "cut";
  EXPECT_EQ(read_answer(record(23, {1, 2, 3})).kind, AnswerKind::not_tls);
  EXPECT_EQ(read_answer(record(22, message(11, {0}))).kind, AnswerKind::not_tls);
  EXPECT_THAT(read_answer({22, 3, 1, 0xFF, 0xFF}).describe(), HasSubstr("65535 bytes"));
}

TEST(TlsServerAnswer, LyingLengthsAndEndlessAnswersEnd) {
  Bytes hello = server_hello(0x0303, 0xC02F, {0, 43, 0xFF, 0xFF});
  EXPECT_EQ(read_answer(record(22, hello)).version, 0x0303) << "an extension longer than its list is not read";
  hello[38] = 200;  // the session id
  EXPECT_EQ(read_answer(record(22, hello)).kind, AnswerKind::not_tls);
  EXPECT_EQ(read_answer(record(22, {2, 0xFF, 0xFF, 0xFF})).kind, AnswerKind::not_tls);
  // Empty records for ever.
  AnswerReader reader;
  const Bytes empty = record(22, {});
  int fed = 0;
  while (!reader.feed(empty)) ASSERT_LT(++fed, 100'000);
  EXPECT_EQ(reader.answer().kind, AnswerKind::not_tls);
}

TEST(TlsServerAnswer, HelloRetryFromOpenssl) {
  const Certificate certificate = make_certificate({});
  const ContextPtr server = make_server({.groups = "P-384", .certificates = {&certificate}});
  ServerProber prober(server.get());
  const auto a = run_now(prober.ask(hello_for(Version::tls13)));
  EXPECT_TRUE(a.hello_retry);
  EXPECT_EQ(a.version, 0x0304);
  EXPECT_EQ(a.group, 0x0018);
}

}  // namespace
}  // namespace assay::net::tls::testing
