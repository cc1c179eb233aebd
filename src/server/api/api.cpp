#include "server/api/api.h"

namespace assay::server::api {

Result<void> add_routes(Router& router, const Services& services) {
  const auto document = Document::embedded();
  if (!document) return std::unexpected(document.error());
  for (const auto operations :
       {account_operations(),   app_operations(),         approval_operations(),      audit_operations(),
        catalogue_operations(), disposition_operations(), event_operations(),         export_operations(),
        finding_operations(),   job_operations(),         notice_operations(),        organisation_operations(),
        pause_operations(),     people_operations(),      posture_operations(),       scan_operations(),
        sink_operations(),      ticket_operations(),      tracker_event_operations(), view_operations()}) {
    for (const auto& operation : operations) {
      auto route = document->route(operation, services);
      if (!route) return std::unexpected(route.error());
      if (auto added = router.add(std::move(*route)); !added) return added;
    }
  }
  return {};
}

}  // namespace assay::server::api
