// The audit log.

#include "ledger/audit.h"

#include <array>
#include <charconv>

#include "server/api/api.h"
#include "server/api/form.h"

namespace assay::server::api {

namespace {

using ledger::AuditEntry;
using ledger::Work;

Json entry_json(const AuditEntry& entry) {
  return Json{{"seq", entry.seq},       {"at", format_rfc3339(entry.at)},
              {"actor", entry.actor},   {"act", entry.act},
              {"object", entry.object}, {"request_id", entry.request_id},
              {"body", entry.body},     {"previous_hash", entry.previous_hash},
              {"hash", entry.hash}};
}

// The cursor is the seq of the last entry that was shown.
Result<std::optional<long long>> read_cursor(const std::string& text) {
  if (text.empty()) return std::nullopt;
  long long seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error != std::errc{} || end != text.data() + text.size())
    return fail(ErrorCode::invalid_input, "cursor", "is none of this list", "take next_cursor as it was given");
  return seq;
}

Result<Response> list_audit(const Call& call) {
  const auto before = read_cursor(call.text("cursor"));
  if (!before) return std::unexpected(before.error());
  const auto limit = static_cast<int>(call.number("limit"));
  const auto entries = call.services.ledger.read([&](Work& work) {
    return ledger::audit_entries(work, {.actor = call.text("actor"),
                                        .act = call.text("act"),
                                        .object = call.text("object"),
                                        .before = *before,
                                        .limit = limit});
  });
  if (!entries) return std::unexpected(entries.error());
  const bool more = entries->size() == static_cast<std::size_t>(limit);
  return ok(page_json(
      ledger::Page<ledger::AuditEntry>{.items = *entries,
                                       .next_cursor = more ? std::to_string(entries->back().seq) : std::string()},
      entry_json));
}

Result<Response> verify_audit(const Call& call) {
  const auto check = call.services.ledger.read([](Work& work) { return ledger::verify_audit(work); });
  if (!check) return std::unexpected(check.error());
  Json json{{"intact", !check->broken_at},
            {"entries", check->entries},
            {"first_seq", check->first_seq},
            {"last_seq", check->last_seq},
            {"head", check->head}};
  if (check->broken_at) json["broken_at"] = *check->broken_at;
  put(json, "reason", check->reason);
  return ok(json);
}

constexpr std::array kOperations{
    Operation{"listAudit", Permission::read_audit, list_audit},
    Operation{"verifyAudit", Permission::read_audit, verify_audit},
};

}  // namespace

std::span<const Operation> audit_operations() {
  return kOperations;
}

}  // namespace assay::server::api
