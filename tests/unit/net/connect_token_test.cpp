#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "net/connect/lifecycle.h"
#include "net/connect/token.h"

namespace assay::net::connect {
namespace {

Url url(std::string_view text) {
  return parse_url(text).value();
}

struct Canonical {
  std::string_view method, url, base, expected;
};

class CanonicalRequest : public testing::TestWithParam<Canonical> {};

TEST_P(CanonicalRequest, IsBuiltByTheRules) {
  const auto& c = GetParam();
  EXPECT_EQ(canonical_request(c.method, url(c.url), url(c.base)), c.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, CanonicalRequest,
    testing::Values(
        Canonical{"get", "https://a.example/app/page", "https://a.example/app", "GET&/page&"},
        Canonical{"GET", "https://a.example/app/page/", "https://a.example/app/", "GET&/page&"},
        Canonical{"GET", "https://a.example/app", "https://a.example/app", "GET&/&"},
        Canonical{"GET", "https://a.example/", "https://a.example", "GET&/&"},
        Canonical{"GET", "https://a.example/apple/pie", "https://a.example/app", "GET&/apple/pie&"},
        Canonical{"POST", "https://a.example/a&b/c", "https://a.example", "POST&/a%26b/c&"},
        Canonical{"GET", "https://a.example/s?zee_last=param&repeated=parameter 1&first=param&repeated=parameter 2",
                  "https://a.example", "GET&/s&first=param&repeated=parameter%201,parameter%202&zee_last=param"},
        Canonical{"GET", "https://a.example/s?r=b&r=a&R=z", "https://a.example", "GET&/s&R=z&r=a,b"},
        Canonical{"GET", "https://a.example/s?jwt=x.y.z&a=1", "https://a.example", "GET&/s&a=1"},
        Canonical{"GET", "https://a.example/s?a=x+y&b=%7e%2B*", "https://a.example", "GET&/s&a=x%20y&b=~%2B%2A"},
        Canonical{"GET", "https://a.example/s?a&b=&c=1=2&&", "https://a.example", "GET&/s&a=&b=&c=1%3D2"},
        Canonical{"GET", "https://a.example/s?q=a,b", "https://a.example", "GET&/s&q=a%2Cb"}));

TEST(QueryStringHash, IsTheSha256OfTheCanonicalRequest) {
  // printf 'GET&/page&a=1' | sha256sum
  EXPECT_EQ(query_string_hash("GET", url("https://a.example/app/page?a=1"), url("https://a.example/app")),
            "e9dff59f6fa04efa05150a7c7c598109ca902d7835a77bc631eb670ff3cd0919");
}

TEST(Hs256, VerifiesWithItsKeyOnly) {
  const auto token = sign_hs256({{"iss", "x"}}, "secret");
  const auto decoded = decode_token(token).value();
  EXPECT_EQ(decoded.header, Json({{"alg", "HS256"}, {"typ", "JWT"}}));
  EXPECT_EQ(decoded.claims, Json({{"iss", "x"}}));
  const auto right = hmac_sha256(as_bytes("secret"), as_bytes(decoded.signing_input));
  EXPECT_EQ(decoded.signature, Bytes(right.begin(), right.end()));
  EXPECT_NE(sign_hs256({{"iss", "x"}}, "other"), token);
}

TEST(Hs256, EmptyKeyIsAKey) {
  const auto decoded = decode_token(sign_hs256({{"iss", "x"}}, "")).value();
  const auto right = hmac_sha256({}, as_bytes(decoded.signing_input));
  EXPECT_EQ(decoded.signature, Bytes(right.begin(), right.end()));
}

TEST(AlgNone, HasNoSignature) {
  const auto token = unsigned_token({{"iss", "x"}});
  EXPECT_TRUE(token.ends_with("."));
  const auto decoded = decode_token(token).value();
  EXPECT_EQ(decoded.header.at("alg"), "none");
  EXPECT_TRUE(decoded.signature.empty());
}

TEST(ForgedRs256, LooksLikeATokenOfAnUnknownKey) {
  const auto token = forged_rs256({{"iss", "x"}}, kForgedKeyId);
  const auto decoded = decode_token(token).value();
  EXPECT_EQ(decoded.header, Json({{"alg", "RS256"}, {"kid", kForgedKeyId}, {"typ", "JWT"}}));
  EXPECT_EQ(decoded.claims, Json({{"iss", "x"}}));
  EXPECT_EQ(decoded.signature.size(), 256U);
  EXPECT_NE(token, forged_rs256({{"iss", "x"}}, kForgedKeyId));
}

TEST(Tampered, ChangesTheSubjectAndKeepsTheSignature) {
  const auto given = sign_hs256({{"iss", "tenant"}, {"sub", "user-1"}, {"qsh", "context-qsh"}}, "secret");
  const auto before = decode_token(given).value();
  const auto after = decode_token(tampered_token(given).value()).value();
  EXPECT_EQ(after.signature, before.signature);
  EXPECT_EQ(after.header, before.header);
  EXPECT_EQ(after.claims.at("sub"), "user-1-assay-tampered-ignore");
  EXPECT_EQ(after.claims.at("iss"), "tenant");
  const auto real = hmac_sha256(as_bytes("secret"), as_bytes(after.signing_input));
  EXPECT_NE(after.signature, Bytes(real.begin(), real.end()));
  EXPECT_EQ(decode_token(tampered_token(sign_hs256({{"iss", "t"}}, "s")).value())->claims.at("sub"),
            "assay-tampered-ignore");
}

TEST(DecodeToken, RefusesWhatIsNone) {
  for (const std::string text :
       {"", "a.b", "a.b.c.d", "!!.e30.", "e30.bm8.", "W10.e30.", "Bearer e30.e30.", "e30.e30.?"})
    EXPECT_FALSE(decode_token(text)) << text;
  EXPECT_FALSE(decode_token("e30.e30." + std::string(20'000, 'A')));
  EXPECT_TRUE(decode_token(" e30.e30. \n"));
}

TEST(Lifecycle, BodyIsHarmlessAndSaysWhatItIs) {
  Surface surface;
  surface.app_key = "com.example.app";
  const auto client_key = forged_client_key();
  EXPECT_NE(client_key, forged_client_key());
  const auto body = lifecycle_body(surface, "installed", client_key);
  EXPECT_EQ(body.at("key"), "com.example.app");
  EXPECT_EQ(body.at("clientKey"), client_key);
  EXPECT_EQ(body.at("eventType"), "installed");
  EXPECT_TRUE(parse_url(body.at("baseUrl").get<std::string>())->host.ends_with(".invalid"));
  for (const auto* field : {"sharedSecret", "clientKey", "description"})
    EXPECT_THAT(body.at(field).get<std::string>(), testing::EndsWith("ignore")) << field;
  EXPECT_TRUE(is_signed_event("uninstalled"));
  EXPECT_FALSE(is_signed_event("enabled"));
}

}  // namespace
}  // namespace assay::net::connect
