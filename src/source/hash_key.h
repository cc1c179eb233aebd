#pragma once

// The key under which secrets are hashed. Hashes of one key can be compared with each other and say nothing to
// anybody without it; a key that everybody knows would let passwords be guessed.

#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace assay::source {

inline constexpr std::size_t kMinHashKey = 32;  // characters of ASSAY_HASH_KEY

// ASSAY_HASH_KEY; without it, the user's own key: a file "hash-key" of random bytes in $XDG_STATE_HOME/assay (default
// ~/.local/state/assay), made at first use, mode 0600. Errors: the variable is shorter than kMinHashKey; there is no
// home, the file cannot be made, belongs to another user or can be read by others. Thread-safe, and safe between
// processes.
Result<Bytes> hash_key();

}  // namespace assay::source
