#pragma once

// One scan of one app: load the surface, plan, probe, judge. A coroutine on one worker's loop.

#include <map>
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
  // The requirements that Catalog::select() gave for each kind of app: the same for every scan of a run.
  std::map<std::string, Result<std::vector<Requirement>>>& selections;
};

struct ScanOutcome {
  ScanRecord record;
  // Why there is no surface: the descriptor could not be fetched or read. The record then has one inconclusive verdict
  // a requirement. `bad_input` when the cause is a file that the user gave.
  std::optional<Error> no_surface;
  bool bad_input = false;
};

net::Task<ScanOutcome> run_scan(const Worker& worker, Target target);

// Judges `evidence`, which is `record.evidence` decoded, with `requirements` and fills verdicts and not_verified: the
// same for a live scan and a replay. `no_surface` explains the verdicts when the evidence names no app.
void judge_record(ScanRecord& record, const EvidenceSet& evidence, const catalog::Catalog& catalog,
                  const std::vector<Requirement>& requirements, const std::vector<std::string>& skipped,
                  const std::optional<Error>& no_surface);

}  // namespace assay::scan
