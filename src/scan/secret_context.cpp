#include "scan/secret_context.h"

#include "model/evidence.h"

namespace assay::scan {

UnrecordedContext::UnrecordedContext(const Worker& worker, net::ScanContext& scan, std::uint64_t bytes) : scan_(scan) {
  context_.scan_id = scan.scan_id;
  context_.app_key = scan.app_key;
  context_.deadline = scan.deadline;
  context_.resolutions = scan.resolutions;
  auto limits = worker.settings.limits;
  limits.bytes = bytes;
  context_.budget = net::Budget(limits);
  context_.record = [](const Evidence& evidence) { return evidence.id; };
}

UnrecordedContext::~UnrecordedContext() {
  auto& total = scan_.statistics;
  const auto& spent = context_.statistics;
  total.http_requests += spent.http_requests;
  total.tls_connections += spent.tls_connections;
  total.dns_queries += spent.dns_queries;
  total.bytes_received += spent.bytes_received;
  total.bytes_sent += spent.bytes_sent;
}

}  // namespace assay::scan
