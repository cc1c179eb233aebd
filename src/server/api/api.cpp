#include "server/api/api.h"

namespace assay::server::api {

Result<void> add_routes(Router& router, const Services& services) {
  const auto document = Document::embedded();
  if (!document) return std::unexpected(document.error());
  for (const auto operations :
       {account_operations(), approval_operations(), audit_operations(), catalogue_operations(), people_operations()}) {
    for (const auto& operation : operations) {
      auto route = document->route(operation, services);
      if (!route) return std::unexpected(route.error());
      if (auto added = router.add(std::move(*route)); !added) return added;
    }
  }
  return {};
}

}  // namespace assay::server::api
