#pragma once

// Storage buckets that an app names: in the DNS of its hosts, in its descriptor, and in the pages of its own servers.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/evidence_view.h"

namespace assay {

struct Bucket {
  std::string store;    // "s3" | "gcs" | "azure-blob"
  std::string name;     // for Azure "account/container"
  std::string listing;  // the URL that lists at most one object

  std::string id() const { return store + ":" + name; }
};

// The bucket that a URL of this host and path leads to, in the virtual-host or path style of Amazon S3 (website
// endpoints, too), Google Cloud Storage and Azure Blob. nullopt when it is none or the URL does not name it: an Azure
// host without a container in the path. `path` starts with "/" or is empty.
std::optional<Bucket> bucket_of(std::string_view host, std::string_view path);

// The end of S3 names that belong to one account for ever: "-123456789012-eu-west-1-an".
bool is_account_regional(std::string_view bucket_name);

struct NamedBucket {
  Bucket bucket;
  // A host of the app leads there or the descriptor names it. Otherwise only a page does, and it may be another's.
  bool of_app = false;
  std::string named_by;  // for people: "app.example leads to it by CNAME"
  std::vector<std::string> evidence;
};

// The most buckets that are asked for in one scan; those of the app come first.
inline constexpr std::size_t kMaxBuckets = 12;

// What to ask for a listing, and what a verdict must have seen the answer of: the same list for the scan and the judge.
// Sorted by id, at most kMaxBuckets.
std::vector<NamedBucket> named_buckets(const EvidenceSet& evidence);

}  // namespace assay
