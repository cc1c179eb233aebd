#pragma once

// Lines of PostgreSQL's password file: host:port:database:user:password, where all but the last may be "*", and "\"
// stands before a ":" or a "\" that belongs to a field (PostgreSQL's documentation, "The Password File").

#include <string_view>
#include <vector>

#include "secrets/generic.h"

namespace assay::secrets {

// Whether a path is one that PostgreSQL reads passwords from: .pgpass, pgpass.conf.
bool is_password_file(std::string_view path);

// Adds the password of each line of such a file.
void find_in_password_file(std::string_view text, std::vector<GenericFind>& finds);

// Adds the password of the line that [begin, end) is a part of, wherever people write it down: the port must be a
// number or "*".
void find_in_password_line(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                           std::vector<GenericFind>& finds);

}  // namespace assay::secrets
