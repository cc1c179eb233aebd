// Notices in the outbox: what became of them, and another try for those that were given up.

#include <array>
#include <string>

#include "ledger/outbox.h"
#include "server/api/api.h"
#include "server/api/form.h"

namespace assay::server::api {

namespace {

using ledger::Work;

Json notice_json(const OutboxNotice& notice) {
  return to_json(notice);
}

Result<Response> list_notices(const Call& call) {
  auto query = call.list();
  for (const auto* name : {"sink", "state"})
    if (const std::string value = call.text(name); !value.empty())
      query.filter += std::string(query.filter.empty() ? "" : " ") + name + ":" + value;
  const auto page = call.services.ledger.read([&](Work& work) { return ledger::list_notices(work, query); });
  if (!page) return std::unexpected(page.error());
  return ok(page_json(*page, notice_json));
}

Result<Response> resend_notice(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto notice = ledger::resend_notice(work, call.text("notice"));
    if (!notice) return std::unexpected(notice.error());
    const Json what{{"sink", notice->sink_id}, {"kind", notice->kind}};
    if (auto audited = call.audit(work, "notice.resend", "notice:" + notice->id, what); !audited)
      return std::unexpected(audited.error());
    return ok(notice_json(*notice));
  });
}

constexpr std::array kOperations{
    Operation{"listNotices", Permission::administer, list_notices},
    Operation{"resendNotice", Permission::administer, resend_notice},
};

}  // namespace

std::span<const Operation> notice_operations() {
  return kOperations;
}

}  // namespace assay::server::api
