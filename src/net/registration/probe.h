#pragma once

// Looks into the registries: RDAP (RFC 9082, 9083) where the bootstrap names a service, WHOIS (RFC 3912) where it does
// not, or where the service gives no answer that can be read. Every connection goes through the gate; referrals to
// registrars are not followed.

#include <cstddef>
#include <memory>
#include <string>

#include "base/time.h"
#include "model/dns.h"
#include "model/registries.h"
#include "net/gate.h"
#include "net/task.h"
#include "net/tls/session.h"

namespace assay::net::registration {

struct Settings {
  double queries_per_second = 1.0;                     // to each server, over all scans of the loop; <= 0: unlimited
  Duration second_look = std::chrono::seconds(10);     // between the two sightings of a free name
  Duration longest_wait = std::chrono::seconds(60);    // that a server may ask for (Retry-After) before the one retry
  Duration answer_timeout = std::chrono::seconds(20);  // of one WHOIS answer, connecting included
  Duration keep_answers = std::chrono::hours(24);      // of registered names, for later scans of the same run
  Duration keep_unsettled = std::chrono::hours(6);     // of names in any other state that is known
  std::size_t max_whois_bytes = 64U << 10U;
};

// What a loop remembers of registries: when each may be asked again, and what each said. One per loop, not thread-safe;
// outlives the look-ups. `registries` must outlive it.
class Registry {
 public:
  Registry(Gate& gate, tls::ClientContext& tls, const Registries& registries, Settings settings = {});
  ~Registry();

 private:
  friend Task<Registration> look_up(Registry&, ScanContext&, std::string, std::string);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Kind "registration.domain", subject `domain` (a registered domain in A-labels; base/domain.h). `parent_says`:
// Registration::parent_says. Records each sighting, a second one after Settings::second_look when the first said
// "free", and returns the last. A domain that another scan of the loop looks up, or has looked up not long ago, is not
// asked for again: what was seen then is recorded with its own time. Never fails: what went wrong is in the record.
// The exchanges themselves are not kept as evidence, because registries tell more than is needed about people.
Task<Registration> look_up(Registry& registry, ScanContext& scan, std::string domain, std::string parent_says);

}  // namespace assay::net::registration
