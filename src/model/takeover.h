#pragma once

// What is known of providers whose customers' names others can claim: catalog/takeover.yaml as plain values. Immutable
// once built; safe to share between threads.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/dns.h"
#include "model/exchange.h"

namespace assay {

// Whether a stranger can get a name that nobody holds at the provider.
enum class Claim {
  not_claimable,  // names are random, reserved, or given only to who proves to own the domain
  edge,           // sometimes: the sources contradict each other, or the provider asks for proof in some cases
  claimable,
};
std::string_view to_string(Claim c);  // "not-claimable", "edge", "claimable"
std::optional<Claim> claim_from_string(std::string_view s);

// A page that the provider serves for names that nobody holds. Every condition that is given must hold.
struct TakeoverPage {
  std::vector<std::string> all;   // texts in the body, case-sensitive
  std::vector<std::string> any;   // at least one of these
  std::vector<std::string> none;  // none of these
  std::optional<int> status;
  std::vector<HttpField> fields;  // a response field of this name holds the value's text
  bool ambiguous = false;         // names in use show it, too, at times: it raises a doubt and proves nothing

  bool shown_by(const HttpResponseRecord& response) const;
};

struct TakeoverService {
  std::string id;
  std::string name;  // for people
  Claim claim = Claim::not_claimable;
  // Of host names, by whole labels; "*" stands for one label: "s3.*.amazonaws.com".
  std::vector<std::string> suffixes;
  // Names that can be claimed have exactly so many labels before the suffix.
  std::optional<std::size_t> labels;
  std::vector<std::string> addresses;  // that the provider tells its customers to point A and AAAA records at
  bool nxdomain = false;               // a name that nobody holds does not exist in the provider's own zone
  std::vector<TakeoverPage> pages;
  std::string control;  // a name at the provider that certainly is held; "" where none is certain
  std::vector<std::string> sources;
};

struct NameServerProvider {
  std::string id;
  std::string name;
  Claim claim = Claim::not_claimable;  // whether anybody can create a zone of any name there
  // Of name servers: "#" is a run of digits, "*" a run of anything but dots, "." in front any labels or none.
  std::vector<std::string> patterns;
  std::vector<std::string> sources;
};

// What is shown in place of a site when its domain was given up.
struct Parking {
  std::string name;
  std::vector<TakeoverPage> pages;
  std::vector<std::string> name_servers;  // patterns as above
};

// Addresses that pass from one customer of a cloud to the next.
struct ElasticRange {
  std::string name;
  std::vector<std::string> networks;  // "192.0.2.0/24"
};

class TakeoverFacts {
 public:
  TakeoverFacts() = default;
  TakeoverFacts(std::vector<TakeoverService> services, std::vector<NameServerProvider> name_servers,
                std::vector<Parking> parking, std::vector<ElasticRange> elastic);

  // The service whose suffix of the most labels `host` ends in, among those whose names have as many labels in front of
  // it as the host; nullptr when there is none. One hash look-up for each label. `host` is normalised.
  const TakeoverService* match(std::string_view host) const;
  // The service that has `address` ("192.0.2.1") among its own.
  const TakeoverService* match_address(std::string_view address) const;
  // The service whose pages tell whether `host` is held there, by its own name, a target of its chain or an address,
  // and which of these it was. Only of hosts that have an address; services without pages and those where nothing can
  // be claimed are passed over.
  struct Bound {
    const TakeoverService* service = nullptr;  // null: none
    std::string by;                            // the name or address
  };
  Bound bound_service(const DnsHost& host) const;
  const NameServerProvider* match_name_server(std::string_view name) const;
  const Parking* parked_at(std::string_view name_server) const;
  // The cloud whose customers' addresses `address` is one of.
  const ElasticRange* elastic(std::string_view address) const;

  const std::vector<TakeoverService>& services() const { return services_; }  // in the order of the file
  const std::vector<NameServerProvider>& name_servers() const { return name_servers_; }
  const std::vector<Parking>& parking() const { return parking_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct Suffix {
    std::vector<std::string> before;  // labels in front of the key, from right to left; "*" is any one
    std::size_t service = 0;
  };

  std::vector<TakeoverService> services_;
  std::vector<NameServerProvider> name_servers_;
  std::vector<Parking> parking_;
  std::vector<ElasticRange> elastic_;
  // The labels of each suffix after its last "*" → what stands before them.
  std::unordered_map<std::string, std::vector<Suffix>, Hash, std::equal_to<>> suffixes_;
  std::map<std::string, std::size_t, std::less<>> addresses_;
};

// Whether `name` is one that `pattern` describes; see NameServerProvider::patterns.
bool matches_name_pattern(std::string_view name, std::string_view pattern);

}  // namespace assay
