#include "ledger/evidence_vault.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <array>
#include <memory>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/envelope.h"
#include "ledger/packing.h"
#include "ledger/sinks.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::string_view kPlain = "plain";        // compressed
constexpr std::string_view kSealed = "sealed";      // compressed, then encrypted under the record's data key
constexpr std::string_view kWithheld = "withheld";  // no body: it is confidential and there was no key
constexpr std::string_view kExpired = "expired";    // no body any longer: prune()

constexpr std::size_t kMaxBodyBytes = 64U << 20U;  // of one record's JSON
constexpr std::size_t kMaxDepth = 512;
constexpr std::size_t kBatchBytes = 8U << 20U;  // of one statement, and of one more scan
constexpr long long kRewrapBatch = 500;
constexpr std::size_t kMaxAltered = 100;  // that are told
constexpr std::string_view kProofText = "assay evidence key";

constexpr std::array kColumns = {Column{"scan_id", ColumnType::text},        Column{"ordinal", ColumnType::integer},
                                 Column{"evidence_id", ColumnType::text},    Column{"kind", ColumnType::text},
                                 Column{"body_schema", ColumnType::integer}, Column{"subject", ColumnType::text},
                                 Column{"time_ms", ColumnType::integer},     Column{"probe", ColumnType::text},
                                 Column{"probe_version", ColumnType::text},  Column{"storage", ColumnType::text},
                                 Column{"key_id", ColumnType::text},         Column{"wrapped_key", ColumnType::bytes},
                                 Column{"body", ColumnType::bytes}};

// Data keys are bound to the record they belong to, so that no two can be exchanged in the store.
std::string wrap_context(std::string_view evidence_id) {
  return fmt::format("data key of {}", evidence_id);
}

// How a record's body is kept.
struct Protected {
  std::string_view storage;
  std::optional<Bytes> wrapped_key, body;
};

Result<Protected> protect(const Evidence& e, const std::optional<Ledger::Key>& key, Bytes packed) {
  if (!is_confidential(e.kind)) return Protected{kPlain, std::nullopt, std::move(packed)};
  if (!key) return Protected{kWithheld, std::nullopt, std::nullopt};
  Bytes data_key = random_bytes(kKeyBytes);
  auto sealed = seal(data_key, packed, e.id);
  auto wrapped = seal(as_bytes(key->bytes), data_key, wrap_context(e.id));
  OPENSSL_cleanse(data_key.data(), data_key.size());
  if (!sealed) return std::unexpected(sealed.error());
  if (!wrapped) return std::unexpected(wrapped.error());
  return Protected{kSealed, std::move(*wrapped), std::move(*sealed)};
}

RowBatch::Value bytes_or_null(const std::optional<Bytes>& bytes) {
  if (!bytes) return nullptr;
  return ByteView(*bytes);
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
  if (stored.storage == kExpired) {
    missing = "kept without body, because its time is over";
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
  const auto text = unpack(*bytes, "evidence " + e.id, kMaxBodyBytes);
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
  return kind.starts_with("http.") || kind == kind::kSecretSweep;
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

Result<RowBatch> EvidenceVault::pack(const std::vector<Evidence>& evidence, const std::string& scan_id) const {
  const Packer packer;
  const auto current = key();
  RowBatch rows(kColumns);
  std::int64_t ordinal = 0;
  for (const auto& e : evidence) {
    if (evidence_id(e) != e.id)
      return fail(ErrorCode::invalid_input, "evidence " + e.id, "its id does not match its content",
                  "it was altered after it was collected; use the original");
    const std::string text = dump_json(to_json_line(e));
    if (text.size() > kMaxBodyBytes)
      return fail(ErrorCode::limit_exceeded, "evidence " + e.id,
                  fmt::format("is {} long, the limit is {}", format_bytes(text.size()), format_bytes(kMaxBodyBytes)));
    auto packed = packer.pack(text);
    if (!packed) return std::unexpected(packed.error());
    const auto kept = protect(e, current, std::move(*packed));
    if (!kept) return std::unexpected(kept.error());
    rows.add({scan_id, ordinal++, e.id, storable(e.kind), e.schema, storable(e.subject), milliseconds_of(e.time),
              storable(e.probe), storable(e.probe_version), kept->storage,
              kept->wrapped_key ? RowBatch::Value(current->id) : nullptr, bytes_or_null(kept->wrapped_key),
              bytes_or_null(kept->body)});
  }
  return rows;
}

void EvidenceVault::insert(soci::session& sql, std::span<const RowBatch* const> scans) const {
  RowBatch batch(kColumns);
  for (const auto* rows : scans) {
    batch.append(*rows);
    if (batch.bytes() < kBatchBytes) continue;
    batch.insert(sql, database_.dialect(), "evidence");
    batch.clear();
  }
  batch.insert(sql, database_.dialect(), "evidence");
}

Result<void> EvidenceVault::read(soci::session& sql, std::string_view where, const std::string& scan_id,
                                 const std::string& evidence_id, const Take& take) const {
  const auto current = key();
  Evidence e;
  StoredBody stored;
  long long schema = 0, time = 0;
  soci::statement rows(sql);
  for (auto* text : {&e.id, &e.kind, &e.subject, &e.probe, &e.probe_version, &stored.storage, &stored.key_id,
                     &stored.wrapped_key, &stored.body})
    rows.exchange(soci::into(*text));
  rows.exchange(soci::into(schema));
  rows.exchange(soci::into(time));
  rows.exchange(soci::use(scan_id, "scan"));
  if (!evidence_id.empty()) rows.exchange(soci::use(evidence_id, "id"));
  rows.alloc();
  rows.prepare(
      fmt::format("select evidence_id, kind, subject, probe, probe_version, storage, coalesce(key_id, ''), "
                  "coalesce(encode(wrapped_key, 'base64'), ''), coalesce(encode(body, 'base64'), ''), body_schema, "
                  "time_ms from evidence where {} order by ordinal",
                  where));
  rows.define_and_bind();
  rows.execute();
  while (rows.fetch()) {
    e.schema = static_cast<int>(schema);
    e.time = time_of(time);
    std::string missing;
    if (auto taken = take(open_record(e, stored, current, missing), missing); !taken) return taken;
  }
  return {};
}

Result<void> EvidenceVault::load(soci::session& sql, ScanRecord& record) const {
  std::map<std::string, std::size_t> missing;  // reason → records
  auto loaded = read(sql, "scan_id = :scan", record.id, "", [&](Result<Evidence> e, const std::string& reason) {
    if (!e) return Result<void>(std::unexpected(e.error()));
    if (!reason.empty()) ++missing[reason];
    record.evidence.push_back(std::move(*e));
    return Result<void>();
  });
  for (const auto& [reason, count] : missing)
    record.notes.push_back({"evidence-without-body", "", plural(count, "evidence record") + " " + reason});
  return loaded;
}

Result<std::optional<Evidence>> EvidenceVault::load_one(soci::session& sql, const std::string& scan_id,
                                                        const std::string& evidence_id, std::string& missing) const {
  std::optional<Evidence> found;
  auto loaded = read(sql, "scan_id = :scan and evidence_id = :id", scan_id, evidence_id,
                     [&](Result<Evidence> e, const std::string& reason) {
                       if (!e) return Result<void>(std::unexpected(e.error()));
                       missing = reason;
                       found = std::move(*e);
                       return Result<void>();
                     });
  if (!loaded) return std::unexpected(loaded.error());
  return found;
}

Result<void> EvidenceVault::verify(soci::session& sql, const std::string& scan_id, Ledger::EvidenceCheck& check) const {
  return read(sql, "scan_id = :scan", scan_id, "", [&](const Result<Evidence>& e, const std::string& missing) {
    if (!e) {
      if (check.altered.size() < kMaxAltered) check.altered.push_back(e.error());
    } else if (missing.empty()) {
      ++check.compared;
    } else {
      ++check.unread;
    }
    return Result<void>();
  });
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
  auto sinks = database_.transact([&](soci::session& sql) {
    Work work(sql, database_.dialect(), now());
    return reseal_sinks(work, *old_key, new_key);
  });
  if (!sinks) return std::unexpected(sinks.error());
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
