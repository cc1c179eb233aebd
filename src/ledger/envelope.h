#pragma once

// Sealing of confidential bytes: AES-256-GCM (NIST SP 800-38D) with a fresh random 96-bit nonce for every message.

#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace assay::ledger {

inline constexpr std::size_t kKeyBytes = 32;

// `plain` encrypted under `key` (kKeyBytes) and bound to `context` (the associated data): nonce (12) ‖ ciphertext ‖ tag
// (16).
Result<Bytes> seal(ByteView key, ByteView plain, std::string_view context);

// The inverse. Error `crypto` when the key or the context is another, or when a byte was altered.
Result<Bytes> unseal(ByteView key, ByteView sealed, std::string_view context);

}  // namespace assay::ledger
