#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/bytes.h"
#include "net/request_signer.h"
#include "net/signature_base.h"

namespace assay::net {
namespace {

// RFC 9421 appendix B.1.4: test-key-ed25519.
constexpr std::string_view kKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view kPublic = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs";
constexpr std::string_view kThumbprint = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";

const Time kNoon = parse_rfc3339("2026-11-22T12:00:00Z").value();

std::unique_ptr<RequestSigner> signer(std::string directory_url = {}) {
  auto made = RequestSigner::from_pem(kKey, std::move(directory_url));
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

Url url_of(std::string_view text) {
  return parse_url(text).value();
}

// OpenSSL's own verification with the key given in raw form: shares nothing with verify_signature().
bool openssl_verifies(std::string_view public_key, std::string_view signature, std::string_view text) {
  const auto raw = from_base64(public_key).value();
  const auto bytes = from_base64(signature).value();
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size());
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const auto message = as_bytes(text);
  const bool good = EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key) == 1 &&
                    EVP_DigestVerify(context, bytes.data(), bytes.size(), message.data(), message.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

TEST(SignatureBase, IsThatOfTheRfc) {
  // RFC 9421 appendix B.2.6: the base, and the signature that its authors made over it.
  const std::vector<HttpField> fields{
      {"Date", "Tue, 20 Apr 2021 02:07:55 GMT"}, {"Content-Type", "application/json"}, {"Content-Length", "18"}};
  const std::vector<std::string> components{"date", "@method", "@path", "@authority", "content-type", "content-length"};
  const auto parameters = component_list(components) + R"(;created=1618884473;keyid="test-key-ed25519")";
  const auto base =
      signature_base(components, parameters, "POST", url_of("https://example.com/foo?param=Value&Pet=dog"), fields);
  ASSERT_TRUE(base);
  EXPECT_EQ(*base,
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n"
            "\"@method\": POST\n"
            "\"@path\": /foo\n"
            "\"@authority\": example.com\n"
            "\"content-type\": application/json\n"
            "\"content-length\": 18\n"
            "\"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")"
            ";created=1618884473;keyid=\"test-key-ed25519\"");
  EXPECT_TRUE(openssl_verifies(
      kPublic, "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==", *base));
}

TEST(SignatureBase, DerivesComponentsByTheRfc) {
  const auto of = [](const std::string& component, std::string_view url) {
    const auto base = signature_base({component}, "", "GET", url_of(url), {{"X-A", "1"}, {"x-a", "2"}});
    return base ? base->substr(0, base->find('\n')) : base.error().reason;
  };
  EXPECT_EQ(of("@authority", "https://EXAMPLE.com:443/"), "\"@authority\": example.com");
  EXPECT_EQ(of("@authority", "https://example.com:8443/"), "\"@authority\": example.com:8443");
  EXPECT_EQ(of("@query", "https://example.com/"), "\"@query\": ?");
  EXPECT_EQ(of("@query", "https://example.com/?a=b"), "\"@query\": ?a=b");
  EXPECT_EQ(of("@target-uri", "https://example.com/p?a"), "\"@target-uri\": https://example.com/p?a");
  EXPECT_EQ(of("@request-target", "https://example.com/p?a"), "\"@request-target\": /p?a");
  EXPECT_EQ(of("@scheme", "http://example.com"), "\"@scheme\": http");
  EXPECT_EQ(of("x-a", "http://example.com"), "\"x-a\": 1, 2");
  EXPECT_EQ(of("@status", "http://example.com"), "is a component that is not known here");
  EXPECT_EQ(of("date", "http://example.com"), "is signed and not in the request");
  EXPECT_FALSE(signature_base({"@path", "@path"}, "", "GET", url_of("http://a/"), {}));
}

TEST(RequestSigner, NamesItsKeyByTheThumbprintOfTheRfc) {
  // RFC 8037 appendix A.3 computes such a thumbprint; this is the same rule over the key of RFC 9421.
  const auto s = signer();
  EXPECT_EQ(s->key_id(), kThumbprint);
  const auto key = s->directory()["keys"][0];
  EXPECT_EQ(key["x"], kPublic);
  EXPECT_EQ(key["kty"], "OKP");
  EXPECT_EQ(key["crv"], "Ed25519");
  EXPECT_EQ(key["kid"], kThumbprint);
  EXPECT_FALSE(key.contains("d"));
}

TEST(RequestSigner, SignsWhatAnotherImplementationVerifies) {
  const auto s = signer();
  const auto fields = s->sign("GET", url_of("https://app.example.com:8443/page?x=1"), "Assay/1", kNoon, "n0nce");
  ASSERT_EQ(fields.size(), 2U);
  const auto input = field_value(fields, "signature-input").value();
  const std::string parameters =
      "(\"@method\" \"@authority\" \"@path\" \"@query\" "
      "\"user-agent\");created=1795348800;expires=1795349100;keyid=\"" +
      std::string(kThumbprint) + "\";alg=\"ed25519\";nonce=\"n0nce\";tag=\"assay\"";
  EXPECT_EQ(input, "assay=" + parameters);
  const std::string text =
      "\"@method\": GET\n\"@authority\": app.example.com:8443\n\"@path\": /page\n\"@query\": ?x=1\n\"user-agent\": "
      "Assay/1\n"
      "\"@signature-params\": " +
      parameters;
  const auto signature = field_value(fields, "signature").value();
  ASSERT_TRUE(signature.starts_with("assay=:") && signature.ends_with(":"));
  EXPECT_TRUE(openssl_verifies(kPublic, signature.substr(7, signature.size() - 8), text));
}

TEST(RequestSigner, NoncesAreFresh) {
  const auto s = signer();
  const auto url = url_of("https://app.example.com/");
  EXPECT_NE(field_value(s->sign("GET", url, "Assay/1", kNoon), "signature"),
            field_value(s->sign("GET", url, "Assay/1", kNoon), "signature"));
}

struct Signed {
  std::vector<HttpField> fields;
  Json directory;
};

Signed signed_request(std::string directory_url = {}) {
  const auto s = signer(std::move(directory_url));
  auto fields = s->sign("GET", url_of("https://app.example.com/page?x=1"), "Assay/1", kNoon);
  fields.push_back({"User-Agent", "Assay/1"});
  return {std::move(fields), s->directory()};
}

TEST(VerifySignature, AcceptsWhatWasSigned) {
  for (const auto* directory_url : {"", "https://scanner.example.com"}) {
    const auto s = signed_request(directory_url);
    const auto verified =
        verify_signature(s.directory, "GET", url_of("https://app.example.com/page?x=1"), s.fields, kNoon);
    EXPECT_TRUE(verified) << verified.error().message();
  }
  EXPECT_EQ(field_value(signed_request("https://scanner.example.com").fields, "signature-agent"),
            "\"https://scanner.example.com\"");
}

TEST(VerifySignature, RefusesWhatWasChanged) {
  const auto s = signed_request("https://scanner.example.com");
  const auto reason = [&](std::string_view method, std::string_view url, const std::vector<HttpField>& fields,
                          Time at) {
    const auto verified = verify_signature(s.directory, method, url_of(url), fields, at);
    return verified ? std::string() : verified.error().reason;
  };
  const auto changed = [&](std::string_view name, const std::function<void(std::string&)>& change) {
    auto fields = s.fields;
    const auto field = std::ranges::find(fields, name, &HttpField::name);
    EXPECT_NE(field, fields.end());
    change(field->value);
    return reason("GET", "https://app.example.com/page?x=1", fields, kNoon);
  };
  constexpr std::string_view kUrl = "https://app.example.com/page?x=1";
  constexpr std::string_view kUnfit = "does not fit the request";
  EXPECT_EQ(reason("GET", kUrl, s.fields, kNoon), "");
  EXPECT_EQ(reason("POST", kUrl, s.fields, kNoon), kUnfit);
  EXPECT_EQ(reason("GET", "https://app.example.com/page?x=2", s.fields, kNoon), kUnfit);
  EXPECT_EQ(reason("GET", "https://app.example.com/other?x=1", s.fields, kNoon), kUnfit);
  EXPECT_EQ(reason("GET", "https://other.example.com/page?x=1", s.fields, kNoon), kUnfit);
  EXPECT_EQ(reason("GET", kUrl, s.fields, kNoon + std::chrono::minutes(5)), "");
  EXPECT_EQ(reason("GET", kUrl, s.fields, kNoon + std::chrono::seconds(301)), "has expired");
  EXPECT_EQ(reason("GET", kUrl, s.fields, kNoon - std::chrono::seconds(1)), "is dated in the future");
  EXPECT_EQ(reason("GET", kUrl, {}, kNoon), "the request is not signed");
  EXPECT_EQ(changed("User-Agent", [](std::string& v) { v = "curl"; }), kUnfit);
  EXPECT_EQ(changed("Signature-Agent", [](std::string& v) { v = "\"https://evil.example\""; }), kUnfit);
  EXPECT_EQ(changed("Signature", [](std::string& v) { v[20] = v[20] == 'A' ? 'B' : 'A'; }), kUnfit);
  EXPECT_EQ(changed("Signature", [](std::string& v) { v = "other=:AAAA:"; }), "Signature cannot be read");
  EXPECT_EQ(changed("Signature", [](std::string& v) { v = "assay=:%%%:"; }), "Signature is not base64");
  EXPECT_EQ(changed("Signature-Input", [](std::string& v) { v.replace(v.find("expires=1"), 9, "expires=2"); }), kUnfit);
  EXPECT_EQ(changed("Signature-Input", [](std::string& v) { v.replace(v.find("\"@path\" "), 8, ""); }),
            "does not cover @path");
  EXPECT_EQ(changed("Signature-Input", [](std::string& v) { v.replace(v.find("alg=\"ed25519"), 12, "alg=\"hmac"); }),
            "is not made with ed25519");
  EXPECT_NE(changed("Signature-Input", [](std::string& v) { v.replace(v.find("keyid=\"") + 7, 1, "Z"); })
                .find("the directory has no key"),
            std::string::npos);
  EXPECT_EQ(verify_signature(Json::array(), "GET", url_of(kUrl), s.fields, kNoon).error().code,
            ErrorCode::invalid_input);
}

TEST(VerifySignature, ReadsHostileInputsWithoutHarm) {
  const auto s = signed_request();
  for (const auto* input :
       {"", "=", "a", "a=", "a=(", "a=(\"", "a=(\"x", "a=(\"x\"", "a=(\"x\"y)", "a=()", "a=();", "a=();b", "a=();b=\"",
        "a=()x", "a=(\"\\\"\")", "a=();created=99999999999999999999;expires=1"}) {
    const std::vector<HttpField> fields{{"Signature-Input", input}, {"Signature", "a=:AAAA:"}};
    EXPECT_FALSE(verify_signature(s.directory, "GET", url_of("https://a.example/"), fields, kNoon)) << input;
  }
}

TEST(RequestSigner, RefusesOtherKeys) {
  const auto reason = [](std::string_view pem) {
    const auto made = RequestSigner::from_pem(pem);
    return made ? std::string() : made.error().reason;
  };
  EXPECT_EQ(reason(""), "is no PEM of an unencrypted PKCS #8 private key");
  EXPECT_EQ(reason("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            "is no PEM of an unencrypted PKCS #8 private key");
  // X25519: the same curve for another purpose.
  EXPECT_EQ(
      reason("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n-----END "
             "PRIVATE KEY-----\n"),
      "is not an Ed25519 key");
}

}  // namespace
}  // namespace assay::net
