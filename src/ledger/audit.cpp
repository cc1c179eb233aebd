#include "ledger/audit.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/dialect.h"

namespace assay::ledger {

namespace {

// PostgreSQL's advisory lock of writers; any number that is ours.
constexpr long long kAuditLock = 0x41535359'41554449;
constexpr std::string_view kSelect =
    "select seq, at_ms, actor, act, object, request_id, body, previous_hash, hash from audit ";

// The variables that one row of kSelect is read into.
struct Row {
  long long seq = 0, at = 0;
  std::string actor, act, object, request_id, body, previous_hash, hash;
};

Result<AuditEntry> entry_of(const Row& row) {
  auto body = parse_json(row.body, fmt::format("audit entry {}", row.seq));
  if (!body) return std::unexpected(body.error());
  return AuditEntry{.seq = row.seq,
                    .at = Time{Duration{row.at}},
                    .actor = row.actor,
                    .act = row.act,
                    .object = row.object,
                    .request_id = row.request_id,
                    .body = std::move(*body),
                    .previous_hash = row.previous_hash,
                    .hash = row.hash};
}

void lock(Work& work) {
  if (work.dialect().engine() == Engine::sqlite) return;
  std::string nothing;
  soci::indicator indicator = soci::i_ok;
  work.sql() << "select cast(pg_advisory_xact_lock(:lock) as text)", soci::use(kAuditLock, "lock"),
      soci::into(nothing, indicator);
}

// Whether `row` follows from the entry before it; the reason when not.
std::optional<std::string> broken(const Row& row, const std::optional<Row>& before) {
  if (before && row.seq != before->seq + 1) return fmt::format("entry {} is missing", before->seq + 1);
  if (before && row.previous_hash != before->hash) return "does not name the hash of the entry before it";
  const auto entry = entry_of(row);
  if (!entry) return "its body is no JSON";
  if (audit_hash(*entry) != row.hash) return "its content does not give its hash";
  return std::nullopt;
}

}  // namespace

std::string audit_hash(const AuditEntry& entry) {
  std::string text;
  for (const auto& field : {std::to_string(entry.seq), std::to_string(entry.at.time_since_epoch().count()), entry.actor,
                            entry.act, entry.object, entry.request_id, dump_json(entry.body), entry.previous_hash})
    text += fmt::format("{}:{}", field.size(), field);
  return sha256_hex(text);
}

Result<void> append_audit(Work& work, const Act& act) {
  lock(work);
  AuditEntry entry{.at = work.now(),
                   .actor = storable(act.actor),
                   .act = storable(act.act),
                   .object = storable(act.object),
                   .request_id = storable(act.request_id)};
  // As it will be read back: U+0000 and invalid UTF-8 are replaced before the hash is taken.
  const std::string body = storable(dump_json(act.body));
  auto kept = parse_json(body, "audit entry");
  if (!kept) return std::unexpected(kept.error());
  entry.body = std::move(*kept);
  work.sql() << "select seq, hash from audit order by seq desc limit 1", soci::into(entry.seq),
      soci::into(entry.previous_hash);
  ++entry.seq;
  entry.hash = audit_hash(entry);
  const long long at = entry.at.time_since_epoch().count();
  work.sql() << "insert into audit (seq, at_ms, actor, act, object, request_id, body, previous_hash, hash) values "
                "(:seq, :at, :actor, :act, :object, :request, :body, :previous, :hash)",
      soci::use(entry.seq, "seq"), soci::use(at, "at"), soci::use(entry.actor, "actor"), soci::use(entry.act, "act"),
      soci::use(entry.object, "object"), soci::use(entry.request_id, "request"), soci::use(body, "body"),
      soci::use(entry.previous_hash, "previous"), soci::use(entry.hash, "hash");
  return {};
}

Result<std::vector<AuditEntry>> audit_entries(Work& work, const AuditQuery& query) {
  const bool prefix = query.act.ends_with('*');
  const std::string act = prefix ? query.act.substr(0, query.act.size() - 1) : query.act;
  // Both engines compare text by bytes: all texts with the prefix lie between it and its next neighbour.
  const std::string act_end = prefix ? act + "\xF4\x8F\xBF\xBF" : act;
  const long long before = query.before.value_or(std::numeric_limits<long long>::max());
  const long long limit = std::clamp(query.limit, 1, 500);
  std::string text(kSelect);
  text +=
      "where seq < :before and (:actor = '' or actor = :actor) and (:object = '' or object = :object) and "
      "(:act = '' or (act >= :act and act <= :act_end)) order by seq desc limit :limit";
  Row row;
  soci::statement rows = (work.sql().prepare << text, soci::use(before, "before"), soci::use(query.actor, "actor"),
                          soci::use(query.object, "object"), soci::use(act, "act"), soci::use(act_end, "act_end"),
                          soci::use(limit, "limit"), soci::into(row.seq), soci::into(row.at), soci::into(row.actor),
                          soci::into(row.act), soci::into(row.object), soci::into(row.request_id), soci::into(row.body),
                          soci::into(row.previous_hash), soci::into(row.hash));
  rows.execute();
  std::vector<AuditEntry> found;
  while (rows.fetch()) {
    auto entry = entry_of(row);
    if (!entry) return std::unexpected(entry.error());
    found.push_back(std::move(*entry));
  }
  return found;
}

Result<AuditCheck> verify_audit(Work& work) {
  AuditCheck check;
  Row row;
  std::optional<Row> before;
  soci::statement rows =
      (work.sql().prepare << std::string(kSelect) + "order by seq", soci::into(row.seq), soci::into(row.at),
       soci::into(row.actor), soci::into(row.act), soci::into(row.object), soci::into(row.request_id),
       soci::into(row.body), soci::into(row.previous_hash), soci::into(row.hash));
  rows.execute();
  while (rows.fetch()) {
    if (const auto reason = broken(row, before); reason && !check.broken_at) {
      check.broken_at = row.seq;
      check.reason = *reason;
    }
    if (check.entries++ == 0) check.first_seq = row.seq;
    before = row;
  }
  if (before) {
    check.last_seq = before->seq;
    check.head = before->hash;
  }
  return check;
}

}  // namespace assay::ledger
