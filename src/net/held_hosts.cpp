#include "net/held_hosts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/time.h"

namespace assay::net {

void HeldHosts::replace(std::vector<Pause> pauses) {
  auto fresh = std::make_shared<const std::vector<Pause>>(std::move(pauses));
  const std::scoped_lock lock(mutex_);
  list_.swap(fresh);
  version_.fetch_add(1, std::memory_order_release);
}

HeldHosts::List HeldHosts::list() const {
  const std::scoped_lock lock(mutex_);
  return list_;
}

Result<void> HeldHostsView::check(std::string_view host) {
  if (!held_) return {};
  if (const auto version = held_->version(); !list_ || version != version_) {
    list_ = held_->list();
    version_ = version;
  }
  if (list_->empty()) return {};
  const Time at = now();
  const auto pause = std::ranges::find_if(*list_, [&](const Pause& one) { return one.until > at && one.covers(host); });
  if (pause == list_->end()) return {};
  return fail(ErrorCode::host_paused, std::string(host),
              "is paused until " + format_rfc3339(pause->until) + ": " + pause->reason,
              "scan again when the pause has ended");
}

}  // namespace assay::net
