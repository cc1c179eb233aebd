#pragma once

// Evidence in the store: compressed, and sealed where it may hold what an owner would not publish.
// Each sealed record has a data key of its own, which the master key wraps; rotation re-wraps data keys only.

#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "ledger/database.h"
#include "ledger/ledger.h"
#include "ledger/row_batch.h"

namespace assay::ledger {

// True for the kinds whose bodies may hold what an owner would not publish: every http.* kind, because responses carry
// pages, error texts, cookies and tokens, and what a search for secrets found. Descriptors, names, addresses and
// certificates are public by nature.
bool is_confidential(std::string_view kind);

// Thread-safe.
class EvidenceVault {
 public:
  EvidenceVault(Database& database, std::optional<Ledger::Key> key) : database_(database), key_(std::move(key)) {}
  ~EvidenceVault();
  EvidenceVault(const EvidenceVault&) = delete;
  EvidenceVault& operator=(const EvidenceVault&) = delete;

  // Proves that the key is the one this store knows under its id, or makes the id known if the store can be written.
  // Call once, after migrate().
  Result<void> check_key();

  // Rows for insert(): the work that needs no database, done before a transaction begins.
  Result<RowBatch> pack(const std::vector<Evidence>& evidence, const std::string& scan_id) const;
  void insert(soci::session& sql, std::span<const RowBatch* const> scans) const;

  // The evidence of one scan in the order it was collected. Records whose body is not stored, or that another key or
  // none at all protects, come without body and with a note. Error when a record was altered.
  Result<void> load(soci::session& sql, ScanRecord& record) const;

  // One record, nullopt when the scan has none of this id; `missing` says why there is no body.
  Result<std::optional<Evidence>> load_one(soci::session& sql, const std::string& scan_id,
                                           const std::string& evidence_id, std::string& missing) const;

  // Compares the records of one scan with their ids and counts them into `check`.
  Result<void> verify(soci::session& sql, const std::string& scan_id, Ledger::EvidenceCheck& check) const;

  // See Ledger::rewrap_evidence.
  Result<std::size_t> rewrap(const Ledger::Key& new_key);

 private:
  // What is done with each record that is read: itself, without body when a reason says why, or what is wrong with it.
  using Take = std::function<Result<void>(Result<Evidence> record, const std::string& missing)>;
  Result<void> read(soci::session& sql, std::string_view where, const std::string& scan_id,
                    const std::string& evidence_id, const Take& take) const;
  std::optional<Ledger::Key> key() const;
  Result<void> register_key(const Ledger::Key& key);
  Result<std::size_t> rewrap_some(soci::session& sql, const Ledger::Key& old_key, const Ledger::Key& new_key) const;

  Database& database_;
  mutable std::mutex mutex_;  // guards key_
  std::optional<Ledger::Key> key_;
};

}  // namespace assay::ledger
