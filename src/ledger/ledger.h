#pragma once

// The ledger: the store of apps, scans, evidence, verdicts and findings. SQLite or PostgreSQL through SOCI; the same
// code. Thread-safe: each call takes a session of its own from a small pool. Each call that writes is one transaction:
// it is stored whole or not at all. docs/ledger.md tells the rules and the form of the store.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "ledger/location.h"
#include "ledger/scan_effect.h"
#include "ledger/work.h"
#include "model/scan_record.h"

namespace assay::ledger {

// What is known of one app's last scans.
struct ScanSummary {
  std::string id;
  Time started{}, finished{};
  bool complete = true;
  int pass = 0, fail = 0, inconclusive = 0, not_applicable = 0;
};

class Ledger {
 public:
  // `url`: "sqlite:PATH", a plain path, or "postgresql://user@host/db" (libpq URL or "postgresql:KEY=VALUE …"). Creates
  // and migrates the store; a store newer than this build is an error and is left alone. `evidence_key`: 32 bytes for
  // AES-256-GCM, named by `key_id`; without one, evidence that may hold what an owner would not publish is not stored
  // (only its record without body), and stored encrypted evidence cannot be read back. With Access::read a SQLite file
  // that may not be written can be read, and each call that writes fails; otherwise it is an error.
  struct Key {
    std::string id;
    std::string bytes;  // 32
  };
  static Result<std::unique_ptr<Ledger>> open(const std::string& url, std::optional<Key> evidence_key,
                                              Access access = Access::write);
  ~Ledger();

  // Runs `body` (Work& → Result<T>) over the areas: write as one transaction, committed when `body` gives a value and
  // rolled back when it gives an error; read outside of one. `body` is run again when the connection was lost or the
  // server chose it as the victim of a deadlock: it must have no effect but on the store. snapshot is a read of several
  // statements that all see the store as of one moment. `stop` ends the statement under way, and a call that has not
  // begun does not begin: error cancelled.
  template <class Body>
  std::invoke_result_t<Body&, Work&> write(Body&& body, const std::stop_token& stop = {}) {
    return collect(&Ledger::write_work, body, stop);
  }
  template <class Body>
  std::invoke_result_t<Body&, Work&> read(Body&& body, const std::stop_token& stop = {}) {
    return collect(&Ledger::read_work, body, stop);
  }
  template <class Body>
  std::invoke_result_t<Body&, Work&> snapshot(Body&& body, const std::stop_token& stop = {}) {
    return collect(&Ledger::snapshot_work, body, stop);
  }

  // Apps. add: conflict when the key exists with another target; with the same target it updates name, kind and owner.
  // apps: sorted by key. remove: deletes everything of the app. scans_of: newest first, at most `limit`. findings_of:
  // suspected and open ones first, then by requirement, subject, locator. Error not_found when the ledger does not know
  // the app.
  Result<void> add_app(const App& app);
  Result<std::vector<App>> apps();
  Result<std::optional<App>> find_app(const std::string& key);
  Result<void> remove_app(const std::string& key);
  Result<std::vector<ScanSummary>> scans_of(const std::string& app_key, int limit);
  Result<std::vector<KnownFinding>> findings_of(const std::string& app_key);

  // Compares `record` with what is known (fills compared, standing, fixed, gone) and stores it, in one transaction; the
  // app is added when it is new. Idempotent by scan id. docs/ledger.md tells what a scan changes; without options one
  // look opens and closes. A finding that was closed and is back is Standing::fresh again; one that a newer, already
  // recorded scan has closed is Standing::fixed or gone.
  Result<void> record_scan(ScanRecord& record, const RecordOptions& options = {});

  // The same of several scans in one transaction, because scans can come faster than a disk confirms transactions. Each
  // is stored whole or not at all, whatever becomes of the others; gives what became of each, in their order. A
  // follow_up may be called again after a scan beside its own was refused.
  struct Recording {
    ScanRecord& record;
    RecordOptions options;
  };
  std::vector<Result<void>> record_scans(std::span<const Recording> scans);

  // A stored scan with its evidence (decrypted, inflated). Evidence that was stored without body, or that is encrypted
  // with a key that was not given, has a null body, and one more note with the code "evidence-without-body" says so.
  // Errors: not_found; conflict or crypto when evidence was altered in the store.
  Result<ScanRecord> load_scan(const std::string& scan_id);

  // One of its records, by id; without body, and with the reason in `missing`, when there is no reading it. Errors as
  // above; not_found when the scan has no such record.
  Result<Evidence> load_evidence(const std::string& scan_id, const std::string& evidence_id,
                                 std::string* missing = nullptr);

  // Reads every record of evidence and compares it with its id. Gives how many were compared, how many have no body or
  // none that the key opens, and what is wrong with the others, at most 100.
  struct EvidenceCheck {
    std::size_t compared = 0, unread = 0;
    std::vector<Error> altered;
  };
  Result<EvidenceCheck> verify_evidence();

  // A copy of a SQLite store as of one moment in the new file `path`. Errors: unsupported for PostgreSQL, which has
  // tools of its own; conflict when there is such a file.
  Result<void> backup(const std::string& path);

  // What the engine finds wrong with the store, one line each; evidence and the audit log are checked apart.
  Result<std::vector<std::string>> find_damage();

  // Rotation: wraps the data keys of all encrypted evidence with `new_key` instead of the present key and uses
  // `new_key` from then on; the evidence itself is not encrypted again. Gives the number of re-wrapped records. It may
  // be interrupted and called again with the same keys. Other processes that still hold the present key go on writing
  // with it: call once more when they have ended.
  Result<std::size_t> rewrap_evidence(const Key& new_key);

 private:
  struct Impl;
  using Step = std::function<Result<void>(Work&)>;
  Result<void> write_work(const Step& step, const std::stop_token& stop);
  Result<void> read_work(const Step& step, const std::stop_token& stop);
  Result<void> snapshot_work(const Step& step, const std::stop_token& stop);

  template <class Body>
  std::invoke_result_t<Body&, Work&> collect(Result<void> (Ledger::*run)(const Step&, const std::stop_token&),
                                             Body& body, const std::stop_token& stop) {
    using Answer = std::invoke_result_t<Body&, Work&>;
    std::optional<Answer> answer;
    const auto done = (this->*run)(
        [&](Work& work) -> Result<void> {
          answer.emplace(body(work));
          if (!*answer) return std::unexpected(answer->error());
          return {};
        },
        stop);
    if (!done) return std::unexpected(done.error());
    return std::move(*answer);
  }

  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::ledger
