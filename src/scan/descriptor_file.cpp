#include "scan/descriptor_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"

namespace assay::scan {

Result<std::string> read_descriptor_file(const std::string& path) {
  constexpr std::uintmax_t kMaxBytes = 2U << 20U;
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec))
    return fail(ErrorCode::io, path, "is no regular file", "give a descriptor file");
  const auto size = std::filesystem::file_size(path, ec);
  if (ec) return fail(ErrorCode::io, path, ec.message());
  if (size > kMaxBytes)
    return fail(ErrorCode::limit_exceeded, path,
                "is " + format_bytes(size) + " long, and no descriptor is longer than " + format_bytes(kMaxBytes));
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::io, path, "cannot be opened", "check its permissions");
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return fail(ErrorCode::io, path, "could not be read to its end");
  return text;
}

}  // namespace assay::scan
