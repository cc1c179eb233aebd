// Organisations: the partners that own apps.

#include <array>

#include "base/text.h"
#include "base/url.h"
#include "ledger/apps.h"
#include "server/api/api.h"
#include "server/api/form.h"
#include "server/conditional.h"

namespace assay::server::api {

namespace {

using ledger::Organisation;
using ledger::Work;

Json organisation_json(const Organisation& organisation) {
  return Json{{"id", organisation.id},
              {"name", organisation.name},
              {"created_at", format_rfc3339(organisation.created)},
              {"apps", organisation.apps}};
}

Result<Organisation> find(Work& work, const Call& call) {
  const std::string id = call.text("organisation");
  auto organisation = ledger::find_organisation(work, id);
  if (!organisation) return std::unexpected(organisation.error());
  if (!*organisation || call.request.only_org.value_or(id) != id) {
    return fail(ErrorCode::not_found, printable(id), "is no organisation that you may see",
                "GET /api/v1/organisations lists them");
  }
  return std::move(**organisation);
}

// The tag is of what people change. A 304 by it would hide that there are more apps now, so there is none.
Response answer(const Organisation& organisation) {
  return std::move(ok(organisation_json(organisation)).with("ETag", etag_of(organisation.version)));
}

Result<Response> list_organisations(const Call& call) {
  auto organisations = call.services.ledger.read([](Work& work) { return ledger::organisations(work); });
  if (!organisations) return std::unexpected(organisations.error());
  std::erase_if(*organisations, [&](const Organisation& o) { return call.request.only_org.value_or(o.id) != o.id; });
  return ok(list_json(array_of(*organisations, organisation_json)));
}

Result<Response> get_organisation(const Call& call) {
  const auto organisation = call.services.ledger.read([&](Work& work) { return find(work, call); });
  if (!organisation) return std::unexpected(organisation.error());
  return answer(*organisation);
}

Result<Response> create_organisation(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto organisation = ledger::add_organisation(work, call.field("name"));
    if (!organisation) return std::unexpected(organisation.error());
    if (auto audited = call.audit(work, "organisation.create", "organisation:" + organisation->id, call.body); !audited)
      return std::unexpected(audited.error());
    return created(organisation_json(*organisation), "/organisations/" + percent_encode(organisation->id));
  });
}

Result<Response> change_organisation(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    auto organisation = find(work, call);
    if (!organisation) return std::unexpected(organisation.error());
    if (auto stale = check_if_match(call.request, organisation->version)) return std::move(*stale);
    if (auto renamed = ledger::rename_organisation(work, organisation->id, call.field("name"), organisation->version);
        !renamed)
      return std::unexpected(renamed.error());
    const Json change{{"name", Json::array({organisation->name, call.field("name")})}};
    organisation->name = call.field("name");
    ++organisation->version;
    if (auto audited = call.audit(work, "organisation.change", "organisation:" + organisation->id, change); !audited)
      return std::unexpected(audited.error());
    return answer(*organisation);
  });
}

constexpr std::array kOperations{
    Operation{"listOrganisations", Permission::read, list_organisations},
    Operation{"createOrganisation", Permission::manage_apps, create_organisation},
    Operation{"getOrganisation", Permission::read, get_organisation},
    Operation{"changeOrganisation", Permission::manage_apps, change_organisation},
};

}  // namespace

std::span<const Operation> organisation_operations() {
  return kOperations;
}

}  // namespace assay::server::api
