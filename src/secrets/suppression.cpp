#include "secrets/suppression.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "secrets/checks.h"
#include "secrets/literal_set.h"
#include "secrets/name_meaning.h"
#include "secrets/randomness.h"

namespace assay::secrets {
namespace {

using namespace std::string_view_literals;

// Anywhere in a value. Long enough that no random token holds one by chance.
constexpr auto kExampleWords =
    std::to_array({"example"sv,    "sample"sv,      "placeholder"sv,  "changeme"sv,     "change_me"sv,  "change-me"sv,
                   "replaceme"sv,  "replace_"sv,    "replace-"sv,     "redacted"sv,     "dummy"sv,      "your_"sv,
                   "your-"sv,      "yourkey"sv,     "yoursecret"sv,   "yourtoken"sv,    "yourpass"sv,   "youraccess"sv,
                   "yourapi"sv,    "insert_"sv,     "insert-"sv,      "fill_in"sv,      "not_a_real"sv, "notreal"sv,
                   "not-a-real"sv, "supersecret"sv, "super-secret"sv, "super_secret"sv, "foobar"sv,     "deadbeef"sv});
// From this score on, what is no words was drawn by a machine, and an example that holds it may hold a real one.
constexpr double kDrawn = 0.5;
// As a part of a value that people write by hand.
constexpr auto kPlaceholderParts = std::to_array(
    {"your"sv,      "my"sv,       "test"sv,    "tests"sv,     "testing"sv, "fake"sv,   "mock"sv,     "demo"sv,
     "todo"sv,      "tbd"sv,      "foo"sv,     "bar"sv,       "baz"sv,     "null"sv,   "none"sv,     "nil"sv,
     "undefined"sv, "true"sv,     "false"sv,   "empty"sv,     "unset"sv,   "secret"sv, "password"sv, "passwd"sv,
     "pass"sv,      "token"sv,    "string"sv,  "hidden"sv,    "here"sv,    "value"sv,  "some"sv,     "any"sv,
     "invalid"sv,   "wrong"sv,    "bad"sv,     "new"sv,       "old"sv,     "admin"sv,  "root"sv,     "user"sv,
     "default"sv,   "username"sv, "correct"sv, "incorrect"sv, "api"sv,     "key"sv,    "the"sv,      "enter"sv});
constexpr auto kHashWords =
    std::to_array({"sha1"sv, "sha256"sv, "sha512"sv, "sha384"sv, "sha-"sv, "md5"sv, "integrity"sv, "checksum"sv,
                   "digest"sv, "commit"sv, "revision"sv, "etag"sv, "fingerprint"sv, "thumbprint"sv, "hash"sv, "crc32"sv,
                   "\"rev\""sv, "resolved"sv, "cksum"sv});

bool is_hex(std::string_view s) {
  return std::ranges::all_of(
      s, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

bool is_uuid(std::string_view s) {
  std::string note;
  return check_secret({"structure", "uuid"}, s, note) == CheckResult::right;
}

bool holds_example_word(std::string_view value) {
  static const LiteralSet kWords([] {
    std::vector<Literal> words;
    words.reserve(kExampleWords.size());
    for (const auto word : kExampleWords) words.push_back({std::string(word), true});
    return words;
  }());
  bool holds = false;
  auto found = [&](std::uint32_t, std::size_t) { holds = true; };
  kWords.scan(value, found);
  return holds;
}

// "somepassword": placeholder parts one behind the other. `part` is in lower case; nobody writes longer ones.
bool is_placeholder_part(std::string_view part) {
  constexpr std::size_t kLongest = 48;
  if (part.empty()) return true;
  if (part.size() > kLongest) return false;
  return std::ranges::any_of(kPlaceholderParts, [part](std::string_view word) {
    return part.front() == word.front() && part.starts_with(word) && is_placeholder_part(part.substr(word.size()));
  });
}

// Characters that are the next of the one before, whatever stands between them: "1234abcd-12ab-34cd-…".
std::size_t steps_to_next(std::string_view value) {
  std::size_t steps = 0;
  char before = '\0';
  for (const char c : value) {
    if (c == '-' || c == '_') continue;
    if (before != '\0' && c == before + 1) ++steps;
    before = c;
  }
  return steps;
}

// "xxxxxx", "******": characters that stand for others, more of them in a row than a secret has.
bool is_masked(std::string_view value) {
  constexpr std::size_t kShort = 6;  // of these three are enough
  std::size_t run = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    run = i > 0 && c == value[i - 1] ? run + 1 : 1;
    const bool stands_for_any = c == 'x' || c == '*';
    if (value.size() <= kShort && stands_for_any && run >= 3) return true;
    if (run >= 6 && (stands_for_any || c == 'X' || c == '.' || c == '_' || c == '#')) return true;
    if (run >= 9 && c == '0') return true;
  }
  return false;
}

// "xxxxxxxx", "aaaa…", "12345678", "abcdefgh": half of it or more is one run.
bool is_filler(std::string_view value) {
  constexpr std::size_t kLong = 16;
  if (is_masked(value)) return true;
  if (value.size() >= kLong && steps_to_next(value) * 2 >= value.size()) return true;
  const auto sequence = longest_sequence(value);
  return sequence * 2 >= value.size() || sequence >= 10 ||
         distinct_characters(value) <= (value.size() >= kLong ? 5U : 3U);
}

// The text of its line before the secret, at most 100 bytes.
std::string line_before(const Candidate& c) {
  constexpr std::size_t kMost = 100;
  const auto begin = begin_of_line(c.text, c.at > kMost ? c.at - kMost : 0, c.at);
  return ascii_lower(c.text.substr(begin, c.at - begin));
}

bool is_hash(const Candidate& c) {
  const std::string_view secret = c.hit.secret;
  if (secret.starts_with("sha256-") || secret.starts_with("sha384-") || secret.starts_with("sha512-")) return true;
  constexpr std::size_t kShortest = 32;
  if (secret.size() < kShortest || !is_hex(secret)) return false;
  const auto before = line_before(c);
  return std::ranges::any_of(kHashWords, [&](std::string_view w) { return before.find(w) != std::string::npos; });
}

bool is_public_key(const Candidate& c) {
  auto before = line_before(c);
  // public_key: "…", private_key: "…"
  if (const auto comma = before.rfind(','); comma != std::string::npos && !c.key.empty()) before.erase(0, comma);
  return c.hit.secret.starts_with("ssh-") || before.find("publickey") != std::string::npos ||
         before.find("public_key") != std::string::npos || before.find("public key") != std::string::npos ||
         before.find("pubkey") != std::string::npos;
}

bool is_client_id(const Candidate& c) {
  const auto parts = parts_of_name(c.key);
  return !parts.empty() && (parts.back() == "id" || parts.back() == "uuid" || parts.back() == "guid");
}

// Identity providers draw client secrets as UUIDs.
bool is_client_secret(const Candidate& c) {
  const auto parts = parts_of_name(c.key);
  return parts.size() > 1 && parts.back() == "secret" && parts[parts.size() - 2] == "client";
}

bool was_proven(const Hit& hit) {
  return std::ranges::any_of(hit.reasons, [](const std::string& r) {
    return r == "checksum-right" || r.starts_with("key-") || r == "pem-encrypted";
  });
}

// "PagerDutyIntegration": words with hardly a digit; groups of hexadecimal digits are none.
bool is_name_of_words(std::string_view value) {
  const auto digits = std::ranges::count_if(value, [](char c) { return c >= '0' && c <= '9'; });
  return static_cast<std::size_t>(digits) * 8 <= value.size() && reads_as_words(value);
}

// "recaptchaV3Token": "my_recaptchaV3Token", AuthType.SHA2_PASSWORD = "SHA2_PASSWORD": the name again.
bool holds_own_name(const Candidate& c) {
  constexpr std::size_t kShortest = 8;
  const auto key = ascii_lower(c.key);
  const auto value = ascii_lower(c.hit.secret);
  return (key.size() >= kShortest && value.find(key) != std::string::npos) ||
         (value.size() >= kShortest && key.ends_with(value));
}

// Of rules that know a name only: the value itself must look like a secret.
std::string suppress_by_value(const PlaceFacts& facts, const Candidate& c) {
  const std::string_view value = c.hit.secret;
  if (is_placeholder(value) || holds_own_name(c)) return "placeholder";
  if (is_uuid(value) && !is_client_secret(c)) return "uuid";
  if (facts.minified && !c.key.empty() && c.key.size() <= 2) return "minified";
  if (facts.translation) return "translation";
  const bool drawn = c.hit.score >= kDrawn && !made_by_people(value);
  return facts.example && !drawn ? "example" : "";
}

// Whether it holds a character that some template needs. Cheap: for each value.
bool may_be_template(std::string_view value) {
  static constexpr auto kMarks = [] {
    std::array<bool, 256> marks{};
    for (const char c : "$<>{}[]%@#!:"sv) marks.at(static_cast<unsigned char>(c)) = true;
    return marks;
  }();
  return std::ranges::any_of(value, [](char c) { return kMarks[static_cast<unsigned char>(c)]; });
}

}  // namespace

bool in_document_comment(const PlaceFacts& facts, const Candidate& c) {
  if (facts.configuration) return false;  // "* password: …" is an item of a list
  constexpr std::size_t kMost = 400;
  const auto begin = begin_of_line(c.text, c.at > kMost ? c.at - kMost : 0, c.at);
  auto line = c.text.substr(begin, c.at - begin);
  if (const auto escaped = line.rfind("\\n"sv); escaped != std::string_view::npos) line.remove_prefix(escaped + 2);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return line.starts_with("* ") || line.starts_with("*\t") || line.starts_with("*\\t") || line.starts_with("///");
}

bool is_template(std::string_view value) {
  if (!may_be_template(value)) return false;
  for (const auto mark : {"${"sv, "{{"sv, "$("sv, "<%"sv, "#{"sv, "}}"sv, "%("sv, "{%"sv, "[["sv})
    if (value.find(mark) != std::string_view::npos) return true;
  if (value.empty()) return false;
  const char first = value.front();
  const char last = value.back();
  if ((first == '<' || first == '{' || first == '[' || first == '%' || first == '@') && value.size() > 2 &&
      (last == '>' || last == '}' || last == ']' || last == '%' || last == '@'))
    return true;
  // "$NAME", "%s", "{name}"
  if (first == '$' && value.size() > 1 && std::ranges::all_of(value.substr(1), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == ':';
      }))
    return true;
  const auto open = value.find('{');
  return (open != std::string_view::npos && value.find('}', open) != std::string_view::npos) || value == "%s" ||
         value.starts_with("!!") || value.starts_with("!Ref") || value.starts_with("ENC[") ||
         value.starts_with("vault:");
}

bool is_placeholder(std::string_view value) {
  if (holds_example_word(value) || is_filler(value)) return true;
  const auto parts = parts_of_name(value);
  if (parts.empty()) return true;
  // "my-secret-password", "test123": words that stand for a secret, and numbers.
  std::size_t explained = 0;
  for (const auto& part : parts) {
    const bool number = std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    if ((number && part.size() <= 4) || is_placeholder_part(part)) explained += part.size();
  }
  std::size_t letters = 0;
  for (const auto& part : parts) letters += part.size();
  return explained == letters;
}

std::string reason_to_suppress(const RuleTable& table, const PlaceFacts& facts, const Candidate& c) {
  const std::string_view value = c.hit.secret;
  const auto& compiled = table.compiled[c.rule];
  if (was_proven(c.hit)) return "";
  const bool generic = compiled.generic();
  const bool whole = generic || compiled.pattern().group == 0;  // the secret is all that the pattern matches
  const bool by_context = generic || !c.hit.rule->value.empty();
  if (holds_example_word(value)) return "example";
  if (!compiled.pem && is_template(value)) return "template";
  // What is fixed begins the match, and the secret only where it is the whole match.
  const std::size_t prefix = whole ? compiled.fixed() : 0;
  if (!compiled.pem && is_filler(value.substr(std::min(prefix, value.size())))) return "placeholder";
  // A password that is found by what stands around it, not by its own form.
  const bool surrounded = !by_context && !whole;
  if (surrounded && is_placeholder(value)) return "placeholder";
  if (generic && in_document_comment(facts, c)) return "documentation";
  if ((surrounded || generic) && facts.documentation && made_by_people(value)) return "documentation";
  if (!by_context) return "";
  if (facts.lockfile) return "lockfile";
  if (is_hash(c)) return "hash";
  if (is_public_key(c)) return "public-key";
  // A form without a beginning of its own ("32 letters and digits") fits the names of classes and settings, too.
  if (!generic) return compiled.fixed() < kLeastPrefix && is_name_of_words(value) ? "words" : "";
  if (is_client_id(c)) return "client-id";
  return suppress_by_value(facts, c);
}

}  // namespace assay::secrets
