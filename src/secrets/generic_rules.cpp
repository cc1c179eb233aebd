#include "secrets/generic_rules.h"

#include <array>

#include "secrets/arguments.h"
#include "secrets/command_line.h"
#include "secrets/insert_statement.h"
#include "secrets/password_file.h"
#include "secrets/session_cookie.h"

namespace assay::secrets {

std::vector<SecretRule> generic_rules() {
  SecretRule assignment{.id = "generic-assignment",
                        .provider = "unknown",
                        .title = "Secret in an assignment",
                        .opens = "what the name says, at a provider that is not known",
                        .severity = Severity::medium};
  assignment.remedy =
      "Change it where it is used, and keep the new one outside of the code: in the environment or a vault.";
  assignment.examples = {"db_password = \"{{alnum:4}}!{{base62:8}}#{{digit:2}}\"",
                         "{\"api_secret\": \"{{base62:24}}\"}", "const authToken = '{{hex:32}}';",
                         "export ADMIN_PASSWORD={{base62:14}}"};
  assignment.negatives = {"password = \"password\"", "const token = getToken();", "api_key = \"${API_KEY}\"",
                          "secret: '<your-secret>'", "\"password\": \"Please enter your password\""};
  SecretRule url{.id = "generic-url-credentials",
                 .provider = "unknown",
                 .title = "Password in a URL",
                 .opens = "the server that the URL names",
                 .severity = Severity::high};
  url.remedy = "Change the password at this server, and keep the new one outside of the code.";
  url.examples = {"curl https://deploy:{{base62:12}}@ci.acme-corp.net/job/7",
                  "BROKER=mqtt://app:{{base62:9}}@10.2.3.4:1883"};
  url.negatives = {"https://user:password@example.com/", "https://${USER}:${PASSWORD}@host/x",
                   "see https://host:8080/a@b"};
  SecretRule header{.id = "generic-authorization-header",
                    .provider = "unknown",
                    .title = "Credentials in an Authorization header",
                    .opens = "the service that the request goes to",
                    .severity = Severity::high};
  header.remedy = "Revoke it at the service that the request goes to, and keep the new one outside of the code.";
  header.examples = {"curl -H 'Authorization: Bearer {{base62:40}}' https://api.acme-corp.net/v1/me",
                     "headers = {\"Authorization\": \"Basic {{b64:svc-{{lower:4}}:{{base62:12}}}}\"}"};
  header.negatives = {"Authorization: Bearer <token>", "Authorization: Bearer ${TOKEN}",
                      "authorization: 'Bearer ' + token"};
  SecretRule argument{.id = "generic-argument",
                      .provider = "unknown",
                      .title = "Secret in an argument",
                      .opens = "what the call, command or statement connects to",
                      .severity = Severity::medium,
                      .bounded = false};  // mysql -p…
  argument.remedy = assignment.remedy;
  argument.examples = {"db = connect(\"db.acme-corp.net\", \"app\", \"{{base62:12}}4x\")",
                       "mysqldump -u backup -p{{base62:12}}7z shop", "CREATE USER app IDENTIFIED BY '{{base62:12}}9q';",
                       "redis-cli -h cache.acme-corp.net -a {{base62:12}}3k ping"};
  argument.negatives = {"connect(\"db.acme-corp.net\", \"app\", password)", "mysql -u root -p shop",
                        "CREATE USER app IDENTIFIED BY '${PASSWORD}';", "redis-cli -a \"$PASSWORD\" ping",
                        "login(\"user\", \"password\")"};
  SecretRule cookie{.id = "generic-session-cookie",
                    .provider = "unknown",
                    .title = "Session cookie",
                    .opens = "what its user may do at the service, until the session ends",
                    .severity = Severity::medium};
  cookie.remedy = "End the session at the service that set the cookie.";
  cookie.examples = {"Cookie: lang=en; JSESSIONID={{HEX:32}}",
                     "curl -H 'Cookie: session={{base62:40}}7' https://acme-corp.net/me",
                     "Set-Cookie: connect.sid={{base62:30}}7; Path=/; HttpOnly"};
  cookie.negatives = {"Cookie: session=${SESSION}", "Cookie: _ga=GA1.2.{{digit:10}}.{{digit:10}}",
                      "Set-Cookie: session=deleted; Max-Age=0", "document.cookie = \"session=\" + id"};
  return {std::move(assignment), std::move(url), std::move(header), std::move(argument), std::move(cookie)};
}

std::span<const std::string_view> key_words() {
  static constexpr auto kWords =
      std::to_array<std::string_view>({"pass", "secret", "token", "_key", "-key", ".key", "apikey", "accesskey",
                                       "authkey", "privatekey", "credential", "_pwd"});
  return kWords;
}

const std::vector<GenericTrigger>& generic_triggers() {
  static const auto kTriggers = [] {
    std::vector<GenericTrigger> triggers;
    // Names that are words, or parts of many: only with what follows them.
    for (const std::string_view name : {"basic_auth", "basicauth", "basic-auth", "_auth\"", "auth=(", "auth = (",
                                        ";pwd=", "&pwd=", " pwd=", "?pwd=", "\npwd=", "?pw=", "&pw="})
      triggers.push_back({name, true, GenericRule::assignment, find_assigned});
    for (const std::string_view name :
         {"auth: ", "auth(\"", "::authenticate(", "earer_auth(", "config.pepper =", "Pwd = \"", "Pwd\": \""})
      triggers.push_back({name, false, GenericRule::assignment, find_assigned});
    for (const std::string_view scheme : {"Bearer ", "Basic "})
      triggers.push_back({scheme, false, GenericRule::authorization_header, find_behind_scheme});
    for (const auto word : call_words()) triggers.push_back({word, false, GenericRule::argument, find_in_call});
    for (const auto word : program_words()) triggers.push_back({word, false, GenericRule::argument, find_in_program});
    for (const std::string_view word : {"insert into ", "replace into "})
      triggers.push_back({word, true, GenericRule::assignment, find_in_insert});
    triggers.push_back({"://", false, GenericRule::url_credentials, find_in_url});
    triggers.push_back({"cookie", true, GenericRule::session_cookie, find_in_cookie});
    triggers.push_back({"authorization", true, GenericRule::authorization_header, find_in_field});
    return triggers;
  }();
  return kTriggers;
}

const std::vector<GenericTrigger>& command_triggers() {
  static const auto kTriggers = [] {
    std::vector<GenericTrigger> triggers;
    for (const std::string_view name : {"psk=", "psk:", "psk\"", "psk =", "erlang_cookie", "securestring"})
      triggers.push_back({name, true, GenericRule::assignment, find_assigned});
    for (const std::string_view part : {":5432:", "*:*:", ":*:*"})
      triggers.push_back({part, false, GenericRule::argument, find_in_password_line});
    for (const auto word : command_words()) triggers.push_back({word, true, GenericRule::argument, find_in_command});
    return triggers;
  }();
  return kTriggers;
}

}  // namespace assay::secrets
