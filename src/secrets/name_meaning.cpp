#include "secrets/name_meaning.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/text.h"

namespace assay::secrets {
namespace {

using Words = std::vector<std::string>;

template <std::size_t N>
bool one_of(std::string_view s, const std::array<std::string_view, N>& all) {
  return std::ranges::find(all, s) != all.end();
}

// `all` is sorted.
template <std::size_t N>
bool is_among(std::string_view s, const std::array<std::string_view, N>& all) {
  return std::ranges::binary_search(all, s);
}

template <std::size_t N>
bool ends_with_one_of(std::string_view s, const std::array<std::string_view, N>& all) {
  return std::ranges::any_of(all, [s](std::string_view end) { return s.ends_with(end); });
}

bool iends_with(std::string_view s, std::string_view end) {
  return s.size() >= end.size() && iequals(s.substr(s.size() - end.size()), end);
}

// Say which one or in which form, and leave the noun before them the head.
constexpr auto kTails = std::to_array<std::string_view>(
    {"a",          "b",       "b64",         "base",        "base64", "clear",     "const",   "current",
     "default",    "dev",     "development", "env",         "eu",     "here",      "hex",     "literal",
     "live",       "local",   "new",         "old",         "plain",  "plaintext", "primary", "prod",
     "production", "raw",     "sandbox",     "secondary",   "stage",  "staging",   "str",     "string",
     "test",       "testing", "text",        "unencrypted", "us",     "value"});
constexpr auto kPasswords = std::to_array<std::string_view>(
    {"adminpass",  "authpass",  "contrasena", "dbpass",   "ftppass",    "keypass",   "mailpass",
     "motdepasse", "mypass",    "mysqlpass",  "passcode", "passphrase", "passw",     "passwd",
     "password",   "passwords", "passwort",   "passwrd",  "pgpass",     "psk",       "pw",
     "pwd",        "rootpass",  "senha",      "smtppass", "sshpass",    "storepass", "userpass"});
constexpr auto kPasswordEnds = std::to_array<std::string_view>({"password", "passwd", "passphrase", "passwort"});
constexpr auto kTokens =
    std::to_array<std::string_view>({"secret", "token", "credential", "credentials", "secrets", "auth", "jwt", "bearer",
                                     "cred", "creds", "authorization", "pepper"});
constexpr auto kTokenEnds = std::to_array<std::string_view>({"secret", "token"});
// Whose tokens open something: those of a parser are not named so.
constexpr auto kTokenKinds =
    std::to_array<std::string_view>({"api", "access", "auth", "bearer", "refresh", "session", "admin", "service"});
constexpr auto kKeys =
    std::to_array<std::string_view>({"apikey", "accesskey", "secretkey", "authkey", "privatekey", "apisecret",
                                     "masterkey", "appkey", "signingkey", "encryptionkey", "accountkey"});
// What makes a "key" one that opens something.
constexpr auto kKeyKinds = std::to_array<std::string_view>(
    {"access",      "account",  "admin",      "aes",          "api",     "app",     "application", "auth",
     "cipher",      "client",   "consumer",   "cookie",       "crypto",  "deploy",  "deployment",  "des",
     "dsa",         "encrypt",  "encryption", "function",     "hmac",    "host",    "ingest",      "instrumentation",
     "integration", "jwt",      "license",    "master",       "private", "rest",    "root",        "rsa",
     "secret",      "security", "server",     "service",      "session", "shared",  "sign",        "signature",
     "signing",     "ssh",      "storage",    "subscription", "user",    "webhook", "write"});

// Keys of data, not of doors.
constexpr auto kOtherKeys = std::to_array<std::string_view>(
    {"alias",    "alt",         "analytics", "any",     "arrow",       "attribute",    "blob",        "bucket",
     "build",    "by",          "cache",     "chunk",   "column",      "compare",      "component",   "config",
     "context",  "control",     "ctrl",      "data",    "dedupe",      "dict",         "enter",       "entry",
     "escape",   "event",       "field",     "file",    "fingerprint", "for",          "foreign",     "get",
     "group",    "has",         "hash",      "host",    "hot",         "i18n",         "idempotency", "image",
     "index",    "input",       "is",        "item",    "keyboard",    "known",        "label",       "limit",
     "list",     "lock",        "lookup",    "map",     "measurement", "message",      "meta",        "modifier",
     "module",   "mutex",       "name",      "natural", "no",          "node",         "object",      "of",
     "on",       "option",      "output",    "param",   "parameter",   "partition",    "path",        "peer",
     "primary",  "property",    "query",     "react",   "recaptcha",   "record",       "result",      "route",
     "routing",  "row",         "s3",        "set",     "setting",     "settings",     "shard",       "shift",
     "shortcut", "site",        "sort",      "state",   "table",       "test",         "text",        "the",
     "tracking", "translation", "trigger",   "unique",  "url",         "verification", "verify",      "verifying",
     "with"});
static_assert(std::ranges::is_sorted(kTails) && std::ranges::is_sorted(kPasswords) &&
              std::ranges::is_sorted(kKeyKinds) && std::ranges::is_sorted(kOtherKeys));

Words without_tails(Words parts) {
  const auto is_tail = [](const std::string& part) {
    return is_among(part, kTails) || std::ranges::all_of(part, is_digit);
  };
  while (parts.size() > 1 && is_tail(parts.back())) parts.pop_back();
  return parts;
}

// "pagerKey", "MEILISEARCH_KEY"
bool is_some_key(const Words& parts) {
  return parts.size() > 1 && parts.back() == "key" && !is_among(parts[parts.size() - 2], kOtherKeys);
}

// "MotDePasse", "ConvertTo-SecureString": of several words.
bool is_password_of_words(std::string_view name) {
  if (!iends_with(name, "passe") && !iends_with(name, "string")) return false;
  std::string whole;
  for (const char c : name)
    if (is_lower(c) || is_upper(c)) whole += c;
  whole = ascii_lower(whole);
  return whole.ends_with("motdepasse") || whole.ends_with("securestring");
}

// "api_keys": ["…", "…"]
bool names_many(const Words& parts, std::string_view before) {
  if (parts.back() == "tokens") return parts.size() == 1 || one_of(before, kTokenKinds);
  return parts.back() == "keys" && is_among(before, kKeyKinds);
}

// "user[name]=pass" and "$config->pass": "pass" alone is a password only as a name's own part.
bool is_pass(const Words& parts) {
  if (parts.back() != "pass") return false;
  constexpr auto kOther =
      std::to_array<std::string_view>({"by", "com", "first", "second", "one", "two", "single", "render", "multi", "low",
                                       "high", "band", "boarding", "next", "sub", "did"});
  return parts.size() == 1 || !one_of(parts[parts.size() - 2], kOther);
}

}  // namespace

std::vector<std::string> parts_of_name(std::string_view name) {
  constexpr std::size_t kFew = 6;
  Words parts;
  parts.reserve(kFew);
  std::string part;
  const auto finish = [&] {
    if (!part.empty()) parts.push_back(ascii_lower(part));
    part.clear();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_lower(c) && !is_upper(c) && !is_digit(c)) {
      finish();
      continue;
    }
    if (!part.empty()) {
      const char before = part.back();
      const bool next_lower = i + 1 < name.size() && is_lower(name[i + 1]);
      const bool seam = (is_lower(before) && is_upper(c)) || (is_upper(before) && is_upper(c) && next_lower) ||
                        (is_digit(c) != is_digit(before) && part != "b" && !part.ends_with("base"));
      if (seam) finish();
    }
    part += c;
  }
  finish();
  return parts;
}

NameMeaning meaning_of(std::string_view name) {
  const auto parts = without_tails(parts_of_name(name));
  if (parts.empty()) return NameMeaning::nothing;
  const auto& head = parts.back();
  const std::string before = parts.size() > 1 ? parts[parts.size() - 2] : "";
  if (std::ranges::find(parts, "public") != parts.end()) return NameMeaning::nothing;
  if (is_among(head, kPasswords) || ends_with_one_of(head, kPasswordEnds) || is_pass(parts) ||
      is_password_of_words(name))
    return NameMeaning::password;
  // What the next page of a listing, a search or a parser calls a token opens nothing.
  constexpr auto kOtherTokens = std::to_array<std::string_view>(
      {"page",  "next",   "continuation", "pagination", "cancellation", "cancel",    "sync", "design", "syntax",
       "lexer", "parser", "word",         "stop",       "eos",          "bos",       "pad",  "unk",    "mask",
       "sep",   "cls",    "special",      "csrf",       "xsrf",         "injection", "theme"});
  if ((one_of(head, kTokens) || ends_with_one_of(head, kTokenEnds)) && !one_of(before, kOtherTokens))
    return NameMeaning::token;
  if (one_of(head, kKeys)) return NameMeaning::key;
  if (head == "key" && is_among(before, kKeyKinds)) return NameMeaning::key;
  if (head == "cookie" && before == "erlang") return NameMeaning::token;
  if (names_many(parts, before)) return NameMeaning::token;
  if (is_some_key(parts)) return NameMeaning::some_key;
  return NameMeaning::nothing;
}

bool names_credentials(std::string_view name) {
  constexpr auto kCredentials = std::to_array<std::string_view>(
      {"auth", "credential", "credentials", "cred", "creds", "login", "authenticate", "signin", "logon", "basicauth"});
  // Most names are none, and to part them costs more: "th", "al", … are the ends of the above.
  constexpr auto kEnds = std::to_array<std::string_view>({"th", "al", "ls", "ed", "ds", "in", "te", "on"});
  const std::string end = ascii_lower(name.substr(name.size() - std::min<std::size_t>(name.size(), 2)));
  if (!one_of(end, kEnds)) return false;
  const auto parts = parts_of_name(name);
  return !parts.empty() && one_of(parts.back(), kCredentials);
}

}  // namespace assay::secrets
