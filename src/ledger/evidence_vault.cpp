#include "ledger/evidence_vault.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <zstd.h>

#include <array>
#include <memory>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/envelope.h"

namespace assay::ledger {

namespace {

constexpr std::string_view kPlain = "plain";        // compressed
constexpr std::string_view kSealed = "sealed";      // compressed, then encrypted under the record's data key
constexpr std::string_view kWithheld = "withheld";  // no body: it is confidential and there was no key

constexpr std::size_t kMaxBodyBytes = 64U << 20U;  // of one record's JSON
constexpr std::size_t kMaxDepth = 512;
constexpr std::size_t kBatchBytes = 1U << 20U;  // of base64 in one statement
constexpr int kCompressionLevel = 3;
constexpr long long kRewrapBatch = 500;
constexpr std::string_view kProofText = "assay evidence key";

constexpr std::array kColumns = {Column{"scan_id", ColumnType::text},        Column{"ordinal", ColumnType::integer},
                                 Column{"evidence_id", ColumnType::text},    Column{"kind", ColumnType::text},
                                 Column{"body_schema", ColumnType::integer}, Column{"subject", ColumnType::text},
                                 Column{"time_ms", ColumnType::integer},     Column{"probe", ColumnType::text},
                                 Column{"probe_version", ColumnType::text},  Column{"storage", ColumnType::text},
                                 Column{"key_id", ColumnType::text},         Column{"wrapped_key", ColumnType::bytes},
                                 Column{"body", ColumnType::bytes}};

using Compressor = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;

Result<Bytes> compress(ZSTD_CCtx* context, std::string_view text) {
  Bytes out(ZSTD_compressBound(text.size()));
  const auto n = ZSTD_compressCCtx(context, out.data(), out.size(), text.data(), text.size(), kCompressionLevel);
  if (ZSTD_isError(n) != 0) return fail(ErrorCode::internal, "zstd", ZSTD_getErrorName(n));
  out.resize(n);
  return out;
}

Result<std::string> inflate(ByteView packed) {
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > kMaxBodyBytes)
    return fail(ErrorCode::io, "stored evidence", "its compressed form is damaged");
  std::string out(size, '\0');
  const auto n = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(n) != 0 || n != size)
    return fail(ErrorCode::io, "stored evidence", "its compressed form is damaged");
  return out;
}

// The bytes of base64 text as either engine prints it: PostgreSQL breaks it into lines.
Result<Bytes> stored_bytes(std::string text) {
  return from_base64(replace_all(std::move(text), "\n", ""));
}

// Data keys are bound to the record they belong to, so that no two can be exchanged in the store.
std::string wrap_context(std::string_view evidence_id) {
  return fmt::format("data key of {}", evidence_id);
}

// Adds storage, key_id, wrapped_key and body to `row`.
Result<void> protect(Json& row, const Evidence& e, const std::optional<Ledger::Key>& key, Bytes packed) {
  row["key_id"] = row["wrapped_key"] = row["body"] = nullptr;
  if (!is_confidential(e.kind)) {
    row["storage"] = kPlain;
    row["body"] = to_base64(packed);
    return {};
  }
  if (!key) {
    row["storage"] = kWithheld;
    return {};
  }
  Bytes data_key = random_bytes(kKeyBytes);
  auto sealed = seal(data_key, packed, e.id);
  auto wrapped = seal(as_bytes(key->bytes), data_key, wrap_context(e.id));
  OPENSSL_cleanse(data_key.data(), data_key.size());
  if (!sealed) return std::unexpected(sealed.error());
  if (!wrapped) return std::unexpected(wrapped.error());
  row["storage"] = kSealed;
  row["key_id"] = key->id;
  row["wrapped_key"] = to_base64(*wrapped);
  row["body"] = to_base64(*sealed);
  return {};
}

Result<Bytes> unwrap(const Ledger::Key& key, std::string_view evidence_id, std::string wrapped_key) {
  const auto wrapped = stored_bytes(std::move(wrapped_key));
  if (!wrapped) return std::unexpected(wrapped.error());
  auto data_key = unseal(as_bytes(key.bytes), *wrapped, wrap_context(evidence_id));
  if (data_key) return data_key;
  return fail(ErrorCode::crypto, fmt::format("evidence {}", evidence_id),
              fmt::format("its data key cannot be unwrapped with the key \"{}\"", key.id),
              "the record was altered in the store; restore it from a backup copy");
}

struct StoredBody {
  std::string storage, key_id, wrapped_key, body;  // the last two in base64
};

// The whole record of which `e` is the public part; `e` itself and a reason in `missing` when there is no reading it.
Result<Evidence> open_record(Evidence e, StoredBody stored, const std::optional<Ledger::Key>& key,
                             std::string& missing) {
  if (stored.storage == kWithheld) {
    missing = "stored without body, because no evidence key was given when it was recorded";
    return e;
  }
  auto bytes = stored_bytes(std::move(stored.body));
  if (!bytes) return std::unexpected(bytes.error());
  if (stored.storage == kSealed) {
    if (!key || key->id != stored.key_id) {
      missing = fmt::format("encrypted with the key \"{}\", which was not given", stored.key_id);
      return e;
    }
    const auto data_key = unwrap(*key, e.id, std::move(stored.wrapped_key));
    if (!data_key) return std::unexpected(data_key.error());
    bytes = unseal(*data_key, *bytes, e.id);
    if (!bytes)
      return fail(ErrorCode::crypto, "evidence " + e.id, "was altered in the store", "restore it from a backup copy");
  }
  const auto text = inflate(*bytes);
  if (!text) return std::unexpected(text.error());
  const auto line = parse_json(*text, "evidence " + e.id, {.max_bytes = kMaxBodyBytes, .max_depth = kMaxDepth});
  if (!line) return std::unexpected(line.error());
  auto record = evidence_from_json(*line);  // compares the id with the content
  if (record && record->id == e.id) return record;
  return fail(ErrorCode::conflict, "evidence " + e.id, "was altered in the store", "restore it from a backup copy");
}

// That `key` is the one the store knows under its id, when it knows one.
Result<void> prove(soci::session& sql, const Ledger::Key& key) {
  std::string known;
  sql << "select encode(proof, 'base64') from evidence_keys where key_id = :id", soci::use(key.id, "id"),
      soci::into(known);
  if (!sql.got_data()) return {};
  const auto bytes = stored_bytes(known);
  if (!bytes) return std::unexpected(bytes.error());
  if (!unseal(as_bytes(key.bytes), *bytes, key.id))
    return fail(ErrorCode::crypto, "evidence key \"" + key.id + "\"",
                "is not the key that this ledger knows by that id", "give the right key, or a new key another id");
  return {};
}

}  // namespace

bool is_confidential(std::string_view kind) {
  return kind.starts_with("http.");
}

EvidenceVault::~EvidenceVault() {
  if (key_) OPENSSL_cleanse(key_->bytes.data(), key_->bytes.size());
}

std::optional<Ledger::Key> EvidenceVault::key() const {
  const std::lock_guard lock(mutex_);
  return key_;
}

Result<void> EvidenceVault::check_key() {
  const auto current = key();
  if (!current) return {};
  if (!database_.read_only()) return register_key(*current);
  return database_.run([&](soci::session& sql) { return prove(sql, *current); });
}

Result<void> EvidenceVault::register_key(const Ledger::Key& key) {
  if (key.bytes.size() != kKeyBytes)
    return fail(ErrorCode::invalid_input, "evidence key", fmt::format("is {} bytes long, not 32", key.bytes.size()),
                "make one with: openssl rand -base64 32");
  if (key.id.empty() || key.id.find('\0') != std::string::npos || !is_valid_utf8(key.id))
    return fail(ErrorCode::invalid_input, "evidence key", "has no usable id", "name it, for example 2026-11");
  const auto fresh = seal(as_bytes(key.bytes), as_bytes(kProofText), key.id);
  if (!fresh) return std::unexpected(fresh.error());
  return database_.transact([&](soci::session& sql) -> Result<void> {
    const std::string proof = to_base64(*fresh);
    sql << "insert into evidence_keys (key_id, proof) values (:id, decode(:proof, 'base64')) on conflict do nothing",
        soci::use(key.id, "id"), soci::use(proof, "proof");
    return prove(sql, key);
  });
}

Result<std::vector<Json>> EvidenceVault::pack(const std::vector<Evidence>& evidence, const std::string& scan_id) const {
  const Compressor compressor(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  if (!compressor) return fail(ErrorCode::internal, "zstd", "has no memory");
  const auto current = key();
  std::vector<Json> rows;
  rows.reserve(evidence.size());
  for (const auto& e : evidence) {
    if (evidence_id(e) != e.id)
      return fail(ErrorCode::invalid_input, "evidence " + e.id, "its id does not match its content",
                  "it was altered after it was collected; use the original");
    const std::string text = dump_json(to_json_line(e));
    if (text.size() > kMaxBodyBytes)
      return fail(ErrorCode::limit_exceeded, "evidence " + e.id,
                  fmt::format("is {} long, the limit is {}", format_bytes(text.size()), format_bytes(kMaxBodyBytes)));
    auto packed = compress(compressor.get(), text);
    if (!packed) return std::unexpected(packed.error());
    Json row{{"scan_id", scan_id},
             {"ordinal", rows.size()},
             {"evidence_id", e.id},
             {"kind", storable(e.kind)},
             {"body_schema", e.schema},
             {"subject", storable(e.subject)},
             {"time_ms", e.time.time_since_epoch().count()},
             {"probe", storable(e.probe)},
             {"probe_version", storable(e.probe_version)}};
    if (auto done = protect(row, e, current, std::move(*packed)); !done) return std::unexpected(done.error());
    rows.push_back(std::move(row));
  }
  return rows;
}

void EvidenceVault::insert(soci::session& sql, const std::vector<Json>& rows) const {
  const std::string statement = database_.dialect().insert_rows("evidence", kColumns);
  std::string batch;
  const auto flush = [&] {
    if (batch.empty()) return;
    batch += ']';
    sql << statement, soci::use(batch, "rows");
    batch.clear();
  };
  for (const auto& row : rows) {
    batch += batch.empty() ? '[' : ',';
    batch += dump_json(row);
    if (batch.size() > kBatchBytes) flush();
  }
  flush();
}

Result<void> EvidenceVault::load(soci::session& sql, ScanRecord& record) const {
  const auto current = key();
  Evidence e;
  StoredBody stored;
  long long schema = 0, time = 0;
  soci::statement rows =
      (sql.prepare << "select evidence_id, kind, body_schema, subject, time_ms, probe, probe_version, storage, "
                      "coalesce(key_id, ''), coalesce(encode(wrapped_key, 'base64'), ''), "
                      "coalesce(encode(body, 'base64'), '') from evidence where scan_id = :scan order by ordinal",
       soci::use(record.id, "scan"), soci::into(e.id), soci::into(e.kind), soci::into(schema), soci::into(e.subject),
       soci::into(time), soci::into(e.probe), soci::into(e.probe_version), soci::into(stored.storage),
       soci::into(stored.key_id), soci::into(stored.wrapped_key), soci::into(stored.body));
  std::map<std::string, std::size_t> missing;  // reason → records
  rows.execute();
  while (rows.fetch()) {
    e.schema = static_cast<int>(schema);
    e.time = Time{std::chrono::milliseconds(time)};
    std::string reason;
    auto whole = open_record(e, stored, current, reason);
    if (!whole) return std::unexpected(whole.error());
    if (!reason.empty()) ++missing[reason];
    record.evidence.push_back(std::move(*whole));
  }
  for (const auto& [reason, count] : missing)
    record.notes.push_back({"evidence-without-body", "", plural(count, "evidence record") + " " + reason});
  return {};
}

Result<std::size_t> EvidenceVault::rewrap_some(soci::session& sql, const Ledger::Key& old_key,
                                               const Ledger::Key& new_key) const {
  static constexpr std::array kRewrapped = {Column{"scan_id", ColumnType::text}, Column{"ordinal", ColumnType::integer},
                                            Column{"wrapped_key", ColumnType::bytes}};
  std::string scan, id, wrapped;
  long long ordinal = 0;
  const long long limit = kRewrapBatch;
  soci::statement found =
      (sql.prepare << "select scan_id, ordinal, evidence_id, encode(wrapped_key, 'base64') from evidence "
                      "where key_id = :key limit :limit",
       soci::use(old_key.id, "key"), soci::use(limit, "limit"), soci::into(scan), soci::into(ordinal), soci::into(id),
       soci::into(wrapped));
  Json rows = Json::array();
  found.execute();
  while (found.fetch()) {
    auto data_key = unwrap(old_key, id, wrapped);
    if (!data_key) return std::unexpected(data_key.error());
    const auto again = seal(as_bytes(new_key.bytes), *data_key, wrap_context(id));
    OPENSSL_cleanse(data_key->data(), data_key->size());
    if (!again) return std::unexpected(again.error());
    rows.push_back({{"scan_id", scan}, {"ordinal", ordinal}, {"wrapped_key", to_base64(*again)}});
  }
  if (rows.empty()) return 0;
  const std::string batch = dump_json(rows);
  sql << fmt::format(
      "update evidence set key_id = :key, wrapped_key = n.wrapped_key from ({}) as n "
      "where evidence.scan_id = n.scan_id and evidence.ordinal = n.ordinal",
      database_.dialect().rows(kRewrapped)),
      soci::use(new_key.id, "key"), soci::use(batch, "rows");
  return rows.size();
}

Result<std::size_t> EvidenceVault::rewrap(const Ledger::Key& new_key) {
  const auto old_key = key();
  if (!old_key)
    return fail(ErrorCode::conflict, database_.name(),
                "was opened without an evidence key, so nothing can be re-wrapped", "open it with the present key");
  if (old_key->id == new_key.id)
    return fail(ErrorCode::conflict, "evidence key \"" + new_key.id + "\"", "is the present key's id too",
                "give the new key another id");
  if (auto known = register_key(new_key); !known) return std::unexpected(known.error());
  auto others = database_.run([&](soci::session& sql) -> Result<std::string> {
    std::string other;
    sql << "select coalesce(min(key_id), '') from evidence where key_id is not null and key_id <> :old and key_id <> "
           ":new",
        soci::use(old_key->id, "old"), soci::use(new_key.id, "new"), soci::into(other);
    return other;
  });
  if (!others) return std::unexpected(others.error());
  if (!others->empty())
    return fail(ErrorCode::conflict, database_.name(),
                fmt::format("holds evidence of the key \"{}\", which is neither the present nor the new one", *others),
                "open the ledger with that key and re-wrap its evidence first");
  {
    // From here on new evidence is sealed with the new key, so that the loop below comes to an end.
    const std::lock_guard lock(mutex_);
    key_ = new_key;
  }
  std::size_t total = 0;
  for (;;) {
    auto done = database_.transact([&](soci::session& sql) { return rewrap_some(sql, *old_key, new_key); });
    if (!done) {
      const std::lock_guard lock(mutex_);
      key_ = old_key;  // what is not re-wrapped yet stays readable, and the call can be repeated
      return std::unexpected(done.error());
    }
    if (*done == 0) return total;
    total += *done;
  }
}

}  // namespace assay::ledger
