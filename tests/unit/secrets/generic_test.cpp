// Names, assignments and reasons: what is found without a provider's rule.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "secrets/assignment.h"
#include "secrets/engine.h"
#include "secrets/name_meaning.h"
#include "secrets/randomness.h"
#include "unit/secrets/template.h"

namespace assay::secrets {
namespace {

struct Line {
  std::string text;
  std::string value;  // "" when nothing is assigned
};

std::string value_in(const std::string& text, std::string_view word = "password") {
  const auto at = text.find(word);
  const auto found = read_assignment(text, at, at + word.size());
  return found ? text.substr(found->begin, found->end - found->begin) : "";
}

TEST(Assignment, ReadsTheLiteralInManyLanguages) {
  const std::vector<Line> lines = {
      {"password=abc", "abc"},
      {"password = \"abc\"", "abc"},
      {"db.password: 'a b'", "a b"},
      {"\"password\": \"abc\",", "abc"},
      {"\\\"password\\\": \\\"abc\\\"", "abc"},
      {"config['password'] = 'abc';", "abc"},
      {"password := `abc`", "abc"},
      {"password => 'abc'", "abc"},
      {"String password = \"abc\";", "abc"},
      {"password: string = \"abc\"", "abc"},
      {"var password string = \"abc\"", "abc"},
      {"password = b'abc'", "abc"},
      {"password = '''abc'''", "abc"},
      {"if (password == \"abc\")", "abc"},
      {"<password>abc</password>", "abc"},
      {"<string name=\"password\">abc</string>", "abc"},
      {"<add key=\"password\" value=\"abc\"/>", "abc"},
      {"- name: password\n  value: abc\n", "abc"},
      {"{\"name\": \"password\", \"value\": \"abc\"}", "abc"},
      {"curl --password abc -v", "abc"},
      {"define('password', 'abc')", "abc"},
      {"setpassword(\"abc\")", "abc"},
      {"password = SecretString(\"abc\")", "abc"},
      {"password = os.getenv(\"DB_PW\", \"abc\")", "abc"},
      {"password = process.env.PW || 'abc'", "abc"},
      {"password = env('PW') ?? 'abc'", "abc"},
      {"https://x/?password=abc&y=1", "abc"},
      {"password:\n  \"abc\"", "abc"},
      {"password = [\"abc\", \"def\"]", "abc"},
      {"password = getPassword()", ""},
      {"password = os.getenv(\"DB_PW\")", ""},
      {"password is required", ""},
      {"password", ""},
      {"password = \"abc", ""},
      {"password = \"\"", ""},
      {"password::new(abc)", ""},
  };
  for (const auto& line : lines) EXPECT_EQ(value_in(line.text), line.value) << line.text;
}

TEST(NameMeaning, IsThatOfTheHead) {
  for (const auto* name : {"password", "DB_PASSWORD", "dbPassword2", "pwd", "userPass", "spring.datasource.password",
                           "ADMIN_PASSWORD_PROD", "passphrase", "mysqlpassword"})
    EXPECT_EQ(meaning_of(name), NameMeaning::password) << name;
  for (const auto* name : {"token", "authToken", "client_secret", "CLIENTSECRET", "credentials", "access-token", "jwt"})
    EXPECT_EQ(meaning_of(name), NameMeaning::token) << name;
  for (const auto* name : {"api_key", "APIKey", "storageAccountKey", "x-api-key", "secret-key"})
    EXPECT_EQ(meaning_of(name), NameMeaning::key) << name;
  for (const auto* name :
       {"passwordField", "password_hash", "compass", "bypass", "tokenizer", "max_tokens", "nextPageToken",
        "primary_key", "foreignKey", "public_key", "secretName", "passed", "key", "password_label"})
    EXPECT_EQ(meaning_of(name), NameMeaning::nothing) << name;
}

TEST(Randomness, TellsDrawnFromWritten) {
  for (const auto* words : {"correct-horse-battery", "getUserName", "MY_SERVICE_URL", "application/json",
                            "userNotFound", "internationalization", "2024-01-31", "PasswordField", "please enter it"})
    EXPECT_TRUE(reads_as_words(words)) << words << " " << surprise(words);
  for (const auto* shape : {"{{base62:24}}", "{{hex:32}}", "{{base64:40}}", "{{alnum:20}}", "{{base62:16}}"})
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const auto drawn = fill_template(shape, seed);
      EXPECT_FALSE(reads_as_words(drawn)) << drawn << " " << surprise(drawn);
    }
  for (const auto* thought_up :
       {"hunter2", "Pa55word!", "monkey12", "somepassword", "s00pers3cret", "Welcome2019!", "1234"})
    EXPECT_TRUE(made_by_people(thought_up)) << thought_up;
  int taken_for_words = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    taken_for_words += static_cast<int>(made_by_people(fill_template("{{base62:12}}", seed)));
  EXPECT_LE(taken_for_words, 3);
  EXPECT_EQ(longest_sequence("xx12345yy"), 5U);
  EXPECT_EQ(longest_sequence("9876"), 4U);
  EXPECT_EQ(longest_sequence("aaaa"), 4U);
}

std::string reason_for(const std::string& text, std::string_view path = "src/app.py") {
  static const auto kEngine = Engine::build({}).value();
  Engine::Scratch scratch(*kEngine);
  std::vector<Hit> hits;
  kEngine->scan(text, {path}, scratch, hits);
  return hits.empty() ? "nothing" : hits.front().suppressed;
}

TEST(Suppression, SaysWhyACandidateIsNoFinding) {
  const auto filled = [](const char* text) { return fill_template(text, 7); };
  EXPECT_EQ(reason_for(filled("api_key = \"{{base62:32}}\"")), "");
  EXPECT_EQ(reason_for(filled("password = \"{{base62:12}}\"")), "");
  EXPECT_EQ(reason_for(filled("API_KEY={{base62:32}}"), "app.env"), "");
  EXPECT_EQ(reason_for("password = \"xxxxxxxxxx\""), "placeholder");
  EXPECT_EQ(reason_for("password = \"my-secret-password1\""), "placeholder");
  EXPECT_EQ(reason_for("password = \"12345678\""), "placeholder");
  EXPECT_EQ(reason_for(filled("api_key = \"{{base62:20}}EXAMPLE\"")), "example");
  EXPECT_EQ(reason_for(filled("api_key = \"your_{{base62:20}}\"")), "example");
  EXPECT_EQ(reason_for("api_key = \"${lookup:API_KEY_2}\""), "template");
  EXPECT_EQ(reason_for("token: \"{{ vault.token_11 }}\""), "nothing");
  EXPECT_EQ(reason_for(filled("auth_token = \"{{uuid}}\"")), "uuid");
  EXPECT_EQ(reason_for(filled("sha256_token = \"{{hex:64}}\"")), "hash");
  EXPECT_EQ(reason_for(filled("{\"token\": \"{{base62:30}}\"}"), "web/package-lock.json"), "lockfile");
  EXPECT_EQ(reason_for("password = \"correcthorse\""), "words");
  EXPECT_EQ(reason_for(filled("\"password\": \"{{base62:9}}\""), "src/locales/de.json"), "translation");
  EXPECT_EQ(reason_for("password = secret_store.password"), "nothing");
  EXPECT_EQ(reason_for(filled("postgres://app:{{base62:12}}@db.acme.net/x")), "");
  EXPECT_EQ(reason_for("postgres://postgres:postgres@localhost/x"), "words");
  EXPECT_EQ(reason_for("https://user:${PASSWORD}@host/x"), "template");
  EXPECT_EQ(reason_for("password = \"somepassword12\""), "placeholder");
  EXPECT_EQ(reason_for("\"recaptchaV3Token\": \"my_recaptchaV3Token\""), "placeholder");
  EXPECT_EQ(reason_for("token: \"keyword.language.gdscript\""), "weak");
  EXPECT_EQ(reason_for("'password' => 'required|min:8|confirmed'", "User.php"), "words");
  EXPECT_EQ(reason_for("password = find(\"#password-input-2\")"), "nothing");
}

TEST(Suppression, LeavesTheReturnValueOfAFunctionAlone) {
  const auto hash = fill_template("'{{hex:64}}'", 7);
  EXPECT_EQ(reason_for("sign('', 'test_secret') => " + hash), "nothing");
  EXPECT_EQ(reason_for("const next = (token) => " + hash), "nothing");
  EXPECT_EQ(reason_for("['api_secret' => " + hash + "]"), "");
}

TEST(Suppression, LeavesTheNamesOfSecretsAlone) {
  EXPECT_EQ(reason_for("const credentials = await this.getCredentials('boxOAuth2ApiV2');"), "nothing");
  EXPECT_EQ(reason_for("token = vault.fetch('boxOAuth2ApiV2')"), "nothing");
  EXPECT_EQ(reason_for("Type[\"X\"]; AuthType.SHA2_PASSWORD = \"SHA2_PASSWORD\""), "placeholder");
  EXPECT_EQ(reason_for(fill_template("password = os.getenv(\"DB_PW\", \"{{base62:12}}\")", 7)), "");
}

TEST(Suppression, TrustsCommentsThatDocumentLess) {
  EXPECT_EQ(reason_for("/**\n *   masterPassword: \"Mustbe8characters\",\n */"), "documentation");
  EXPECT_EQ(reason_for("\"/**\\n *   masterPassword: \\\"Mustbe8characters\\\",\\n */\"", "lib/a.js.map"),
            "documentation");
  EXPECT_EQ(reason_for("masterPassword: \"Mustbe8characters\","), "");
  EXPECT_EQ(reason_for(fill_template("/**\n * api_key: '{{base62:32}}'\n */", 7)), "documentation");
  EXPECT_EQ(reason_for(fill_template("* api_key: {{base62:32}}", 7), "notes.txt"), "");
}

TEST(Suppression, TakesWhatPeopleThinkUpInDocumentsForPlaceholders) {
  for (const auto* text : {"password: 's00pers3cret'", "https://app:hunter2@db.acme.net/x"}) {
    EXPECT_EQ(reason_for(text, "README.md"), "documentation") << text;
    EXPECT_EQ(reason_for(text, "src/app.py"), "") << text;
  }
  EXPECT_EQ(reason_for(fill_template("password: '{{base62:14}}'", 7), "README.md"), "");
}

TEST(Suppression, ShowsOnlyWhatWasDrawnInExamples) {
  EXPECT_EQ(reason_for(fill_template("api_key = \"{{base62:32}}\"", 7), "examples/app.py"), "");
  EXPECT_EQ(reason_for("db_password = \"Summer-19\"", "examples/app.py"), "example");
  EXPECT_EQ(reason_for("db_password = \"Summer-19\"", "src/app.py"), "");
}

}  // namespace
}  // namespace assay::secrets
