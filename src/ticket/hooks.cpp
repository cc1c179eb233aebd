#include "ticket/hooks.h"

#include <utility>

#include "ledger/audit.h"
#include "ledger/jobs.h"
#include "ticket/notices.h"

namespace assay::ticket {

namespace {

using ledger::Work;

constexpr int kAtOnce = 100;

// A scan of what the finding needs. An app that is paused or retired is not scanned: the claim stands until it is.
Result<void> ask_for_scan(Work& work, const Actor& actor, const Ticket& ticket) {
  const auto job = ledger::enqueue_job(work, {.app_key = ticket.app_key,
                                              .group = "",
                                              .origin = JobOrigin::verify,
                                              .only = {ticket.requirement},
                                              .requested_by = actor.id,
                                              .ready = std::nullopt});
  if (!job && job.error().code != ErrorCode::conflict) return std::unexpected(job.error());
  return {};
}

// Runs `step` (Work& → Result<int>) until it did less than kAtOnce.
template <class Step>
Result<void> drain(ledger::Ledger& ledger, const std::stop_token& stop, const Step& step) {
  for (;;) {
    const auto done = ledger.write(step, stop);
    if (!done) return std::unexpected(done.error());
    if (*done < kAtOnce) return {};
  }
}

}  // namespace

DeskHooks ledger_hooks(std::string base_url) {
  return {.audit = [](Work& work, const Actor& actor, std::string_view act, const std::string& object,
                      const Json& body) -> Result<void> {
            return ledger::append_audit(work, {.actor = actor.id,
                                               .act = std::string(act),
                                               .object = object,
                                               .request_id = actor.request_id,
                                               .body = body});
          },
          .verify = ask_for_scan,
          .notify = [url = std::move(base_url)](Work& work,
                                                const Notice& notice) { return post_notice(work, notice, url); }};
}

decltype(ledger::RecordOptions::follow_up) follow_up_of(const Desk& desk) {
  return [&desk](Work& work, const ScanRecord& record, const ledger::ScanEffect& effect) {
    return desk.follow_up(work, record, effect);
  };
}

Result<void> run_clock(ledger::Ledger& ledger, const Desk& desk, const std::stop_token& stop) {
  if (auto done = drain(ledger, stop, [&](Work& work) { return desk.remind(work, kAtOnce); }); !done) return done;
  return drain(ledger, stop, [&](Work& work) { return desk.expire_dispositions(work, kAtOnce); });
}

}  // namespace assay::ticket
