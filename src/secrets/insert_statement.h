#pragma once

// Secrets in rows of SQL, which the names of their columns tell: INSERT INTO users (name, password) VALUES ('bob',
// '…').

#include <string_view>
#include <vector>

#include "secrets/generic.h"

namespace assay::secrets {

// Adds what the rows of the statement whose "insert into " or "replace into " is [begin, end) give to columns of
// secrets; digests of passwords are none. Looks at 64 columns, 500 rows and 32 KiB at most.
void find_in_insert(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                    std::vector<GenericFind>& finds);

}  // namespace assay::secrets
