#pragma once

// Asks a host for the page that its provider shows of names that nobody holds, and buckets for a listing. Kind
// "http.takeover", subject the host. Nothing is claimed, written or downloaded.

#include <map>
#include <string>

#include "model/bucket.h"
#include "model/dns.h"
#include "model/takeover.h"
#include "net/gate.h"
#include "net/http/client.h"
#include "net/task.h"

namespace assay::net::dns {

struct TakeoverPorts {
  int https = 443;  // tests map both
  int http = 80;
};

// What the claimed name of each provider answered, so that it is asked once in six hours. One per loop; not
// thread-safe.
class TakeoverControls {
 public:
  struct Answer {
    Time time;
    HttpExchange exchange;
  };
  const Answer* find(const std::string& service) const;
  // Only answers are kept: a failure is tried again by the next scan.
  void keep(const std::string& service, Answer answer);

 private:
  std::map<std::string, Answer> answers_;
};

// For a host with an address whose chain (the host itself and every target) or address belongs to a service that has
// pages in `facts` and is not out of reach for strangers: GET "/" over https and http, no redirect followed,
// certificates that do not verify tolerated; and when one of them shows such a page, a random path over the same
// scheme, and the service's control (recorded for this host, with the time it was asked at). At most four requests,
// booked on the host. Does nothing for other hosts.
Task<void> probe_takeover(http::Client& client, ScanContext& scan, DnsHost host, const TakeoverFacts& facts,
                          TakeoverControls& controls, TakeoverPorts ports = {});

// One request for the bucket's listing without credentials, asking for one entry; booked on Bucket::id(). Does nothing
// when a request is booked on it already.
Task<void> probe_bucket(http::Client& client, ScanContext& scan, Bucket bucket);

}  // namespace assay::net::dns
