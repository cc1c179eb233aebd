// What our server reads before it knows who asks: head, framing, target, query, cookies.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/auth/cookies.h"
#include "server/auth/sign_in.h"
#include "server/request_head.h"
#include "server/router.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

assay::server::Headers fields_of(std::string_view head) {
  assay::server::Headers headers;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos)
      headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)));
    head = end == std::string_view::npos ? std::string_view{} : head.substr(end + 2);
  }
  return headers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(assay::server::check_raw_head(text));
  const auto headers = fields_of(text);
  const auto framing = assay::server::check_framing(size % 2 == 0, headers);
  // A body is framed in one way only.
  if (framing) check(!(framing->chunked && headers.count("Content-Length") != 0));
  static_cast<void>(assay::server::auth::find_cookie(headers, "__Host-assay"));
  const std::string_view line = text.substr(0, text.find("\r\n"));
  if (const auto target = assay::server::parse_target(line)) {
    check(target->path.starts_with('/'));
    for (const auto& [name, value] : target->query.all()) check(!value.contains('\0') && !name.contains('\0'));
  }
  check(assay::server::auth::local_page(line).starts_with('/') &&
        !assay::server::auth::local_page(line).starts_with("//"));
  return 0;
}
