#pragma once

// What secrets look like: catalog/secrets/*.yaml as plain values (docs/secrets.md says what each key means). Immutable
// once loaded; safe to share between threads.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/requirement.h"

namespace assay {

// What is looked at beyond the pattern. A check that fails takes the candidate away, unless it says otherwise.
struct SecretCheck {
  // "classes" (argument: of which of "lower", "upper", "digit" each secret has at least one, joined by blanks),
  // "entropy" (argument: least Shannon entropy, bits a character), "checksum" (argument: its scheme; a wrong one leaves
  // the candidate at low confidence, because people mangle what they publish), "structure" (argument: jwt, pem, basic,
  // base64, uuid, url-userinfo, …).
  std::string kind;
  std::string argument;
  bool operator==(const SecretCheck&) const = default;
};

// Another rule's secret that must, or may, stand near: a key id and its secret.
struct SecretCompanion {
  std::string rule;
  std::size_t within_lines = 10;
  bool required = false;  // without it, nothing is found
  bool operator==(const SecretCompanion&) const = default;
};

// How a provider is asked whether the secret works: one read-only request (docs/secrets.md). "{{secret}}" and
// "{{companion}}" stand for values; they go nowhere but to this host.
struct SecretValidation {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> fields;  // "Authorization: Bearer {{secret}}"
  std::string body;
  std::vector<int> valid;    // statuses that say that it works
  std::vector<int> invalid;  // that it does not; any other says nothing
  bool operator==(const SecretValidation&) const = default;
};

struct SecretRule {
  std::string id;                      // "github-personal-token"
  std::string provider;                // "GitHub"
  std::string title;                   // "GitHub personal access token (classic)"
  std::string opens;                   // what a thief gets: "every repository of the account, as far as its scopes go"
  Severity severity = Severity::high;  // where neither validity nor publicity is known

  // A token rule: one of these literals, of four characters or more, is part of every match, and `pattern` (RE2 syntax)
  // matches the secret, or its group "secret". Case-sensitive.
  std::vector<std::string> keywords;
  std::string pattern;

  // Or an assignment rule: the value of an assignment whose key, or whose line before the value, holds one of these
  // words (without regard to case), when `value` (RE2 syntax) matches it whole.
  std::vector<std::string> context;
  std::string value;

  bool bounded = true;  // the secret has no letter, digit, "_" or "-" directly before or after it
  std::vector<SecretCheck> checks;
  std::vector<SecretCompanion> companions;
  bool public_by_design = false;  // meant for browsers (a publishable key): reported only with its companion's misuse
  std::string remedy;             // how to revoke it at this provider
  std::string references;
  std::optional<SecretValidation> validation;

  // Templates (docs/secrets.md): "GITHUB_TOKEN={{base62:30}}". No real-looking token stands in the catalogue itself.
  std::vector<std::string> examples;   // each holds exactly one secret of this rule
  std::vector<std::string> negatives;  // each holds none of it

  // Part of this build, whose tests have shown that it is sound: it is not looked at again before it is needed.
  bool built_in = false;
  bool operator==(const SecretRule&) const = default;
};

}  // namespace assay
