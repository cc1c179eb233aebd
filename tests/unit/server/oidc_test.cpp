// ID tokens and the flow around them, with keys of the test's own and a provider that is a function.

#include "server/auth/oidc.h"

#include <cjose/cjose.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>

#include "base/bytes.h"
#include "base/text.h"
#include "server/router.h"

namespace assay::server::auth {
namespace {

using ::testing::HasSubstr;

// A signing key of the provider; the test ends when cjose fails.
class SigningKey {
 public:
  SigningKey(std::string kid, bool rsa, std::size_t bits = 2048) : kid_(std::move(kid)) {
    cjose_err error{};
    constexpr std::array<std::uint8_t, 3> kExponent{1, 0, 1};
    key_ = rsa ? cjose_jwk_create_RSA_random(bits, kExponent.data(), kExponent.size(), &error)
               : cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error);
    if (key_ == nullptr) std::abort();
    cjose_jwk_set_kid(key_, kid_.c_str(), kid_.size(), &error);
  }
  ~SigningKey() { cjose_jwk_release(key_); }
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  Json public_json() const {
    cjose_err error{};
    char* text = cjose_jwk_to_json(key_, false, &error);
    Json json = Json::parse(text);
    std::free(text);
    return json;
  }
  std::string sign(const Json& claims, const char* algorithm) const { return sign_with(key_, claims, algorithm); }

  // An HS256 token whose secret is the text of the public key: what a verifier that trusts "alg" would accept.
  std::string sign_hmac(const Json& claims) const {
    const std::string secret = dump_json(public_json());
    cjose_err error{};
    cjose_jwk_t* const hmac =
        cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size(), &error);
    std::string token = sign_with(hmac, claims, "HS256");
    cjose_jwk_release(hmac);
    return token;
  }

 private:
  std::string sign_with(cjose_jwk_t* key, const Json& claims, const char* algorithm) const {
    cjose_err error{};
    cjose_header_t* const header = cjose_header_new(&error);
    cjose_header_set(header, CJOSE_HDR_ALG, algorithm, &error);
    cjose_header_set(header, CJOSE_HDR_KID, kid_.c_str(), &error);
    const std::string text = dump_json(claims);
    cjose_jws_t* const jws =
        cjose_jws_sign(key, header, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), &error);
    if (jws == nullptr) std::abort();
    const char* token = nullptr;
    cjose_jws_export(jws, &token, &error);
    std::string copy = token;
    cjose_jws_release(jws);
    cjose_header_release(header);
    return copy;
  }

  std::string kid_;
  cjose_jwk_t* key_ = nullptr;
};

std::shared_ptr<const KeySet> key_set(std::initializer_list<const SigningKey*> keys) {
  Json json{{"keys", Json::array()}};
  for (const auto* key : keys) json["keys"].push_back(key->public_json());
  auto set = KeySet::parse(dump_json(json));
  EXPECT_TRUE(set) << set.error().message();
  return set.value_or(nullptr);
}

const Time kNow{std::chrono::seconds(1'800'000'000)};
const IdTokenRules kRules{.issuer = "https://id.example", .client_id = "assay", .nonce = "n", .now = kNow};

Json good_claims() {
  return {{"iss", "https://id.example"}, {"aud", "assay"},      {"sub", "42"}, {"nonce", "n"},
          {"iat", 1'799'999'990},        {"exp", 1'800'000'300}};
}

std::string unsigned_token(const Json& header, const Json& claims) {
  return to_base64url(as_bytes(dump_json(header))) + "." + to_base64url(as_bytes(dump_json(claims))) + ".";
}

class IdToken : public ::testing::Test {
 protected:
  static const SigningKey& rsa() {
    static const SigningKey key("rsa-1", true);
    return key;
  }
  static const SigningKey& ec() {
    static const SigningKey key("ec-1", false);
    return key;
  }
  Result<Json> verify(const std::string& token, const IdTokenRules& rules = kRules) {
    return verify_id_token(token, *key_set({&rsa(), &ec()}), rules);
  }
  std::string reason(const Json& claims) {
    const auto verified = verify(rsa().sign(claims, "RS256"));
    return verified ? "" : verified.error().reason;
  }
};

TEST_F(IdToken, IsTakenByItsThreeAlgorithms) {
  for (const auto& token :
       {rsa().sign(good_claims(), "RS256"), rsa().sign(good_claims(), "PS256"), ec().sign(good_claims(), "ES256")}) {
    const auto claims = verify(token);
    ASSERT_TRUE(claims) << claims.error().message();
    EXPECT_EQ(claims->at("sub"), "42");
  }
}

TEST_F(IdToken, NoOtherAlgorithm) {
  for (const auto& token : {rsa().sign_hmac(good_claims()), rsa().sign(good_claims(), "RS512"),
                            unsigned_token({{"alg", "none"}}, good_claims()),
                            unsigned_token({{"alg", "None"}, {"kid", "rsa-1"}}, good_claims()),
                            unsigned_token({{"alg", 7}}, good_claims())}) {
    const auto claims = verify(token);
    ASSERT_FALSE(claims);
    EXPECT_THAT(claims.error().reason, HasSubstr("RS256, PS256 and ES256 are taken"));
  }
  // An algorithm of ours with the key of another type.
  const auto crossed = verify(unsigned_token({{"alg", "ES256"}, {"kid", "rsa-1"}}, good_claims()) + "AAAA");
  ASSERT_FALSE(crossed);
  EXPECT_EQ(crossed.error().code, ErrorCode::not_found);
}

TEST_F(IdToken, NoForgery) {
  std::string changed = rsa().sign(good_claims(), "RS256");
  const std::size_t dot = changed.find('.');
  Json claims = good_claims();
  claims["sub"] = "43";
  changed = changed.substr(0, dot + 1) + to_base64url(as_bytes(dump_json(claims))) + changed.substr(changed.rfind('.'));
  EXPECT_EQ(verify(changed).error().code, ErrorCode::crypto);
  const SigningKey other("rsa-1", true);
  EXPECT_EQ(verify(other.sign(good_claims(), "RS256")).error().code, ErrorCode::crypto);
  const SigningKey unknown("rsa-9", true);
  EXPECT_EQ(verify(unknown.sign(good_claims(), "RS256")).error().code, ErrorCode::not_found);
  for (const std::string& token : {std::string(), std::string("a.b"), std::string("....."), std::string(20'000, 'a')})
    EXPECT_FALSE(verify(token));
  EXPECT_FALSE(verify(unsigned_token({{"alg", "RS256"}, {"kid", "rsa-1"}, {"crit", {"b64"}}}, good_claims()) + "AA"));
}

TEST_F(IdToken, ItsClaimsMustBeForUsAndNow) {
  const auto with = [](const char* name, const Json& value) {
    Json claims = good_claims();
    claims[name] = value;
    return claims;
  };
  EXPECT_EQ(reason(good_claims()), "");
  EXPECT_EQ(reason(with("aud", {"assay"})), "");
  EXPECT_THAT(reason(with("iss", "https://id.example/")), HasSubstr("iss"));
  EXPECT_THAT(reason(with("aud", "other")), HasSubstr("aud"));
  EXPECT_THAT(reason(with("aud", {"assay", "other"})), HasSubstr("azp"));
  EXPECT_THAT(reason(with("azp", "other")), HasSubstr("azp"));
  EXPECT_THAT(reason(with("exp", 1'799'999'940)), HasSubstr("exp"));
  EXPECT_EQ(reason(with("exp", 1'799'999'941)), "");  // within the skew
  EXPECT_THAT(reason(with("exp", "soon")), HasSubstr("exp"));
  EXPECT_THAT(reason(with("iat", 1'800'000'061)), HasSubstr("iat"));
  EXPECT_THAT(reason(with("nbf", 1'800'000'061)), HasSubstr("nbf"));
  EXPECT_THAT(reason(with("nonce", "m")), HasSubstr("nonce"));
  EXPECT_THAT(reason(with("sub", "")), HasSubstr("sub"));
  EXPECT_THAT(reason(with("sub", 42)), HasSubstr("sub"));
}

TEST_F(IdToken, WeakAndForeignKeysArePassedOver) {
  const SigningKey weak("weak", true, 1024);
  Json encryption = rsa().public_json();
  encryption["use"] = "enc";
  EXPECT_FALSE(KeySet::parse(dump_json(Json{{"keys", {weak.public_json(), encryption, "x", {{"kty", "oct"}}}}})));
  EXPECT_FALSE(KeySet::parse("[]"));
  // Without a kid the key must be the only one of its type.
  const SigningKey second("rsa-2", true);
  EXPECT_EQ(key_set({&rsa(), &second})->find("", "RS256"), nullptr);
  EXPECT_NE(key_set({&rsa(), &ec()})->find("", "RS256"), nullptr);
}

// A provider that answers from a map, and signs what the test wants.
class OidcFlow : public IdToken {
 protected:
  OidcFlow() {
    pages_["https://id.example/.well-known/openid-configuration"] =
        dump_json({{"issuer", "https://id.example"},
                   {"authorization_endpoint", "https://id.example/auth?tenant=1"},
                   {"token_endpoint", "https://id.example/token"},
                   {"jwks_uri", "https://id.example/keys"},
                   {"authorization_response_iss_parameter_supported", true}});
    pages_["https://id.example/keys"] = dump_json(Json{{"keys", {rsa().public_json()}}});
  }
  OidcProvider provider() {
    return {{.issuer = "https://id.example",
             .client_id = "assay",
             .client_secret = "s:ecret",
             .roles = {{.group = "sec", .role = ledger::Role::triager, .org_id = ""}}},
            [this](const net::WebRequest& request) { return answer(request); }};
  }
  Result<net::WebAnswer> answer(const net::WebRequest& request) {
    asked_.push_back(request);
    const auto page = pages_.find(request.url.to_string());
    if (page == pages_.end()) return net::WebAnswer{.status = 404};
    return net::WebAnswer{.status = 200, .body = page->second};
  }
  // What the provider's token endpoint gives for the sign-in of `secret`.
  void grant(const SigningKey& key, const std::string& secret, Json more = Json::object()) {
    Json claims = good_claims();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
    claims["iat"] = seconds;
    claims["exp"] = seconds + 60;
    claims["nonce"] = login_secrets(secret).nonce;
    claims.update(more);
    pages_["https://id.example/token"] = dump_json({{"access_token", "at"}, {"id_token", key.sign(claims, "RS256")}});
  }
  static Parameters came_back(const std::string& secret, const std::string& issuer = "https://id.example") {
    return Parameters({{"code", "c"}, {"state", login_secrets(secret).state}, {"iss", issuer}});
  }

  std::map<std::string, std::string> pages_;
  std::vector<net::WebRequest> asked_;
};

TEST_F(OidcFlow, SendsTheBrowserOnWithPkce) {
  auto provider = this->provider();
  const auto url = provider.login_url("secret", "https://assay.example/auth/callback");
  ASSERT_TRUE(url) << url.error().message();
  const auto parsed = parse_url(*url);
  const auto query = parse_query(*parsed->query);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("tenant"), "1");
  EXPECT_EQ(query->get("response_type"), "code");
  EXPECT_EQ(query->get("code_challenge_method"), "S256");
  EXPECT_EQ(query->get("code_challenge"), to_base64url(sha256(as_bytes(login_secrets("secret").verifier))));
  EXPECT_EQ(query->get("state"), login_secrets("secret").state);
  EXPECT_NE(query->get("state"), query->get("nonce"));
  EXPECT_EQ(query->get("redirect_uri"), "https://assay.example/auth/callback");
}

TEST_F(OidcFlow, RedeemsTheCode) {
  auto provider = this->provider();
  grant(rsa(), "secret", {{"email", "a@example.com"}, {"email_verified", true}, {"groups", {"x", "sec"}}});
  const auto who = provider.redeem(came_back("secret"), "secret", "https://assay.example/auth/callback");
  ASSERT_TRUE(who) << who.error().message();
  EXPECT_EQ(who->subject, "42");
  EXPECT_EQ(who->role, ledger::Role::triager);
  EXPECT_TRUE(who->email_verified);
  const auto& token_request = asked_.at(1);
  EXPECT_THAT(token_request.body, HasSubstr("code_verifier=" + login_secrets("secret").verifier));
  EXPECT_EQ(token_request.fields.back().value, "Basic " + to_base64(as_bytes("assay:s%3Aecret")));
}

TEST_F(OidcFlow, RefusesAnswersOfOtherSignIns) {
  auto provider = this->provider();
  grant(rsa(), "secret");
  EXPECT_FALSE(provider.redeem(came_back("other"), "secret", "r"));
  EXPECT_FALSE(provider.redeem(came_back("secret", "https://evil.example"), "secret", "r"));
  EXPECT_FALSE(provider.redeem(Parameters({{"code", "c"}, {"state", login_secrets("secret").state}}), "secret", "r"));
  grant(rsa(), "other");  // the code of somebody else's sign-in: its nonce does not fit
  const auto mixed = provider.redeem(came_back("secret"), "secret", "r");
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().reason, HasSubstr("nonce"));
}

TEST_F(OidcFlow, KeysMayChangeAtAnyTime) {
  auto provider = this->provider();
  grant(rsa(), "secret", {{"email", "a@example.com"}, {"groups", Json::array()}});
  ASSERT_TRUE(provider.redeem(came_back("secret"), "secret", "r"));
  const SigningKey fresh("rsa-2", true);
  pages_["https://id.example/keys"] = dump_json(Json{{"keys", {fresh.public_json()}}});
  grant(fresh, "secret", {{"email", "a@example.com"}, {"groups", Json::array()}});
  EXPECT_TRUE(provider.redeem(came_back("secret"), "secret", "r"));
  // Once a minute at most: a provider that names keys which it does not list is not asked for ever.
  const SigningKey unlisted("rsa-3", true);
  grant(unlisted, "secret");
  const std::size_t before = asked_.size();
  EXPECT_FALSE(provider.redeem(came_back("secret"), "secret", "r"));
  EXPECT_EQ(asked_.size(), before + 1);  // the token endpoint only
}

TEST_F(OidcFlow, TheProviderMustBeTheOneThatWasNamed) {
  auto& page = pages_["https://id.example/.well-known/openid-configuration"];
  const std::string good = page;
  page = replace_all(good, "\"issuer\":\"https://id.example\"", "\"issuer\":\"https://evil.example\"");
  EXPECT_FALSE(provider().login_url("secret", "r"));
  page = replace_all(good, "https://id.example/token", "http://id.example/token");
  EXPECT_FALSE(provider().login_url("secret", "r"));
}

TEST(GroupRole, IsReadFromTheCommandLine) {
  const auto partner = parse_group_role("cn=acme,dc=x=partner:org_1");
  ASSERT_TRUE(partner) << partner.error().message();
  EXPECT_EQ(partner->group, "cn=acme,dc=x");
  EXPECT_EQ(partner->org_id, "org_1");
  for (const char* text : {"", "admin", "=admin", "g=root", "g=partner", "g=admin:org_1"})
    EXPECT_FALSE(parse_group_role(text)) << text;
}

}  // namespace
}  // namespace assay::server::auth
