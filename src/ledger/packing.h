#pragma once

// How large texts are kept: compressed with zstd. For the .cpp files of this room.

#include <zstd.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace assay::ledger {

// Reuse one for many texts; not thread-safe.
class Packer {
 public:
  Packer() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {}
  Result<Bytes> pack(std::string_view text) const;

 private:
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
};

// The text again. An io error that names `what` when it is damaged or longer than `most` bytes.
Result<std::string> unpack(ByteView packed, std::string_view what, std::size_t most);

// The bytes of base64 text as either engine prints it: PostgreSQL breaks it into lines.
Result<Bytes> stored_bytes(std::string text);

}  // namespace assay::ledger
