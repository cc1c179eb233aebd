#pragma once

// One scan of one app: load the surface, plan, probe, judge. A coroutine on one worker's loop.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "model/evidence_view.h"
#include "model/scan_record.h"
#include "net/dns/client.h"
#include "net/dns/takeover.h"
#include "net/gate.h"
#include "net/registration/probe.h"
#include "net/task.h"
#include "net/tls/session.h"
#include "scan/progress.h"
#include "scan/settings.h"
#include "scan/target.h"

namespace assay::scan {

// What the scans of one thread share. Lives longer than every scan.
struct Worker {
  const catalog::Catalog& catalog;
  const Settings& settings;
  net::Loop& loop;
  net::Gate& gate;
  net::tls::ClientContext& tls;
  net::dns::Client& dns;
  net::registration::Registry& registry;
  net::dns::TakeoverControls& controls;
  Progress& progress;
  // What Catalog::select() gave, by the kind of app and what was asked for: the same for many scans.
  std::map<std::string, std::shared_ptr<const Result<std::vector<Requirement>>>>& selections;
  SecretSearch& secrets;  // of all threads
};

// Ends one scan early, on its loop's thread: what it has seen is kept, and the record says that it is incomplete.
// Waits that are under way still end by themselves, within the timeout of one request.
class ScanStop {
 public:
  void request(std::string why);
  const std::string& why() const { return why_; }  // "" until it was requested

  // For the scan. nullptr when it ends.
  void watch(net::ScanContext* context);

 private:
  net::ScanContext* context_ = nullptr;
  std::string why_;
};

// One scan that is to be made.
struct Order {
  Target target;
  std::string app_key;            // the key under which the app is known; "" for the one that it gives itself
  std::vector<std::string> only;  // requirement ids instead of Settings::only; empty: those
  std::function<void(const ScanStep&)> progress;  // called on the loop's thread, often; must return at once
  std::shared_ptr<ScanStop> stop;                 // may be null
};

struct ScanOutcome {
  ScanRecord record;
  // Why there is no surface: the descriptor could not be fetched or read. The record then has one inconclusive verdict
  // a requirement. `bad_input` when the cause is a file that the user gave.
  std::optional<Error> no_surface;
  bool bad_input = false;
};

net::Task<ScanOutcome> run_scan(const Worker& worker, Order order);

// Judges `evidence`, which is `record.evidence` decoded, with `requirements` and fills verdicts and not_verified: the
// same for a live scan and a replay. `no_surface` explains the verdicts when the evidence names no app.
void judge_record(ScanRecord& record, const EvidenceSet& evidence, const catalog::Catalog& catalog,
                  const std::vector<Requirement>& requirements, const std::vector<std::string>& skipped,
                  const std::optional<Error>& no_surface);

}  // namespace assay::scan
