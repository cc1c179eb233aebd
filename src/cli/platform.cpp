#include "cli/platform.h"

#include <chrono>
#include <utility>

#include "ledger/idempotency.h"
#include "ledger/posture.h"
#include "ledger/retention.h"
#include "ledger/sessions.h"
#include "server/fleet_figures.h"
#include "ticket/hooks.h"

namespace assay::cli {

namespace {

constexpr int kPrunedAtOnce = 1000;  // rows of one transaction

server::Severity severity_of(fleet::LogLevel level) {
  switch (level) {
    case fleet::LogLevel::error:
      return server::Severity::error;
    case fleet::LogLevel::warning:
      return server::Severity::warning;
    case fleet::LogLevel::info:
      return server::Severity::info;
  }
  return server::Severity::info;
}

// Attempts that the sink did not take; what it took is in the outbox.
void log_attempt(server::Log& log, const OutboxNotice& notice, const ticket::Receipt& receipt) {
  if (receipt.kind == ticket::Receipt::Kind::taken) return;
  log.write(server::Severity::warning, "notice.not-taken",
            {{"notice", notice.id},
             {"sink", notice.sink_id},
             {"final", receipt.kind == ticket::Receipt::Kind::refused},
             {"detail", receipt.detail}});
}

}  // namespace

Platform::Platform(const catalog::Catalog& catalog, ledger::Ledger& ledger, server::Log& log, PlatformSettings settings,
                   const net::RequestSigner* signer)
    : catalog_(catalog),
      ledger_(ledger),
      log_(log),
      desk_(catalog.policy(), ticket::ledger_hooks(std::move(settings.public_url))),
      dispatcher_(ledger,
                  [&] {
                    settings.dispatcher.observe = [this](const auto& notice, const auto& receipt) {
                      log_attempt(log_, notice, receipt);
                    };
                    return std::move(settings.dispatcher);
                  }()),
      fleet_(
          catalog, ledger, std::move(settings.fleet), ticket::follow_up_of(desk_), chores(),
          [this](fleet::LogLevel level, std::string_view type, Json fields) {
            log_.write(severity_of(level), type, std::move(fields));
          },
          signer) {}

Result<void> Platform::start() {
  if (auto started = fleet_.start(); !started) return started;
  dispatcher_.start();
  return {};
}

std::vector<prometheus::MetricFamily> Platform::figures() {
  const auto statistics = fleet_.statistics();
  if (statistics) return server::fleet_figures(*statistics, now());
  log_.write(server::Severity::error, "metrics.failed", {{"error", statistics.error().message()}});
  return {};
}

std::vector<fleet::Chore> Platform::chores() {
  using namespace std::chrono_literals;
  std::vector<fleet::Chore> all;
  all.push_back({.name = "tickets", .every = 5min, .run = [this](const auto& stop) {
                   return ticket::run_clock(ledger_, desk_, stop);
                 }});
  // Soon after the start, so that the chart of a new ledger begins on its first day.
  all.push_back({.name = "posture",
                 .every = 1min,
                 .run = [this](const auto& stop) -> Result<void> {
                   const auto stored = ledger::store_postures(ledger_, stop);
                   if (!stored) return std::unexpected(stored.error());
                   return {};
                 },
                 .after = 2s});
  all.push_back({.name = "retention", .every = 6h, .run = [this](const auto& stop) -> Result<void> {
                   const auto pruned = ledger::prune(ledger_, catalog_.policy().retention_days, kPrunedAtOnce, stop);
                   if (!pruned) return std::unexpected(pruned.error());
                   return {};
                 }});
  all.push_back({.name = "sessions", .every = 24h, .run = [this](const auto& stop) {
                   return ledger_.write(
                       [](ledger::Work& work) -> Result<void> {
                         if (auto forgotten = ledger::forget_sessions(work); !forgotten)
                           return std::unexpected(forgotten.error());
                         if (auto forgotten = ledger::forget_answers(work); !forgotten)
                           return std::unexpected(forgotten.error());
                         return {};
                       },
                       stop);
                 }});
  return all;
}

}  // namespace assay::cli
