#pragma once

// Secrets of no known provider: by the name that a value is given to, in URLs, and in Authorization fields.
// arguments.h and command_line.h have those in calls and commands.

#include <optional>
#include <string_view>
#include <vector>

#include "secrets/name_meaning.h"
#include "secrets/place_facts.h"
#include "secrets/reader.h"

namespace assay::secrets {

struct GenericFind {
  std::size_t begin = 0, end = 0;  // of the secret in the text
  std::string_view key;            // the name it is given to; empty in URLs, fields, calls and commands
  double score = 0;                // 0 to 1; under kGenericLeast it is no finding
  bool words = false;              // words explain it
};

inline constexpr double kGenericLeast = 0.3;
inline constexpr double kGenericMostOfLow = 0.39;  // of what is never told with more than low confidence

// Adds the values of the assignment whose name holds [begin, end); nothing when the name, or what it is given, is none
// of a secret's. What stands about the name in [begin, end) ("psk=", "?pw=") is left out of account.
void find_assigned(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                   std::vector<GenericFind>& finds);

// Adds the password of the URL whose "://" is [begin, end): before its host, or in its query beside a user
// ("?u=…&p=…").
void find_in_url(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                 std::vector<GenericFind>& finds);

// Adds the credentials of the field whose name, "authorization", is [begin, end).
void find_in_field(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                   std::vector<GenericFind>& finds);

// Those behind the scheme [begin, end), "Bearer " or "Basic ", wherever it stands.
void find_behind_scheme(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                        std::vector<GenericFind>& finds);

// What a call or a command is given, when it may be a secret of this meaning.
std::optional<GenericFind> find_in_argument(std::string_view text, const QuotedText& argument, NameMeaning meaning);

}  // namespace assay::secrets
