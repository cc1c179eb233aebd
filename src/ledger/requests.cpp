#include "ledger/requests.h"

#include <algorithm>

#include "base/text.h"
#include "ledger/dialect.h"
#include "ledger/packing.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::size_t kMaxBytes = 32U << 20U;

}  // namespace

Result<void> store_requests(Work& work, const std::string& scan_id, std::string_view json_lines) {
  if (json_lines.size() > kMaxBytes)
    return fail(ErrorCode::limit_exceeded, "request log of scan " + scan_id,
                "is " + format_bytes(json_lines.size()) + " long, the limit is " + format_bytes(kMaxBytes));
  const auto packed = Packer().pack(json_lines);
  if (!packed) return std::unexpected(packed.error());
  const std::string id = storable(scan_id), body = to_base64(*packed);
  const long long entries = std::ranges::count(json_lines, '\n');
  work.sql() << "insert into scan_requests (scan_id, entries, body) values (:id, :entries, decode(:body, 'base64')) "
                "on conflict (scan_id) do update set entries = excluded.entries, body = excluded.body",
      soci::use(id, "id"), soci::use(entries, "entries"), soci::use(body, "body");
  return {};
}

Result<std::optional<StoredRequests>> requests_of(Work& work, const std::string& scan_id) {
  const std::string id = storable(scan_id);
  std::string body;
  long long entries = 0;
  work.sql() << "select entries, encode(body, 'base64') from scan_requests where scan_id = :id", soci::use(id, "id"),
      soci::into(entries), soci::into(body);
  if (!work.sql().got_data()) return std::nullopt;
  const auto bytes = stored_bytes(std::move(body));
  if (!bytes) return std::unexpected(bytes.error());
  auto text = unpack(*bytes, "request log of scan " + scan_id, kMaxBytes);
  if (!text) return std::unexpected(text.error());
  return StoredRequests{entries, std::move(*text)};
}

}  // namespace assay::ledger
