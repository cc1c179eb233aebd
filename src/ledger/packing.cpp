#include "ledger/packing.h"

#include <utility>

#include "base/text.h"

namespace assay::ledger {

namespace {

constexpr int kCompressionLevel = 3;

}  // namespace

Result<Bytes> Packer::pack(std::string_view text) const {
  if (!context_) return fail(ErrorCode::internal, "zstd", "has no memory");
  Bytes out(ZSTD_compressBound(text.size()));
  const auto n = ZSTD_compressCCtx(context_.get(), out.data(), out.size(), text.data(), text.size(), kCompressionLevel);
  if (ZSTD_isError(n) != 0) return fail(ErrorCode::internal, "zstd", ZSTD_getErrorName(n));
  out.resize(n);
  return out;
}

Result<std::string> unpack(ByteView packed, std::string_view what, std::size_t most) {
  const auto damaged = [&] { return fail(ErrorCode::io, std::string(what), "its compressed form is damaged"); };
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > most) return damaged();
  std::string out(size, '\0');
  const auto n = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(n) != 0 || n != size) return damaged();
  return out;
}

Result<Bytes> stored_bytes(std::string text) {
  return from_base64(replace_all(std::move(text), "\n", ""));
}

}  // namespace assay::ledger
