#include "model/bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"
#include "base/url.h"

namespace assay {

namespace {

constexpr std::string_view kS3Listing = "?list-type=2&max-keys=1";
constexpr std::string_view kGcsListing = "?max-keys=1";
constexpr std::string_view kAzureListing = "?restype=container&comp=list&maxresults=1";
constexpr std::string_view kGcsHost = "storage.googleapis.com";
constexpr std::size_t kMaxNameBytes = 255;

// Letters, digits and what the stores allow besides: a name can be put into a URL as it is.
bool is_bucket_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '.' || c == '_' ||
           c == '$';
  };
  return name.size() >= 3 && name.size() <= kMaxNameBytes && std::ranges::all_of(name, good);
}

std::string_view first_segment(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  return path.substr(0, path.find_first_of("/?#"));
}

Bucket s3(std::string_view name, std::string_view listing_host, bool in_path) {
  return {"s3", std::string(name),
          fmt::format("https://{}/{}{}", listing_host, in_path ? name : std::string_view(), kS3Listing)};
}

// "eu-west-1": what stands between "s3" and "amazonaws.com".
bool is_region(std::string_view s) {
  return s.size() >= 6 && is_digit(s.back()) && s.find('-') != std::string_view::npos &&
         s.find('.') == std::string_view::npos;
}

// [<bucket>.]s3[-website][.dualstack][.-]<region>.amazonaws.com
std::optional<Bucket> s3_bucket(std::string_view host, std::string_view path) {
  const std::string_view tail = host.ends_with(".amazonaws.com.cn") ? ".amazonaws.com.cn" : ".amazonaws.com";
  if (!host.ends_with(tail)) return std::nullopt;
  const auto front = host.substr(0, host.size() - tail.size());
  // The endpoint is the last label that begins with "s3", and what follows it.
  std::size_t at = front.size();
  for (std::size_t start = 0; start < front.size();) {
    const auto label = front.substr(start, front.find('.', start) - start);
    if (label == "s3" || label.starts_with("s3-")) at = start;
    start += label.size() + 1;
  }
  if (at == front.size()) return std::nullopt;
  auto rest = front.substr(at + 2);
  const bool website = rest.starts_with("-website");
  if (website) rest.remove_prefix(std::string_view("-website").size());
  if (rest.starts_with(".dualstack")) rest.remove_prefix(std::string_view(".dualstack").size());
  if (!rest.empty()) rest.remove_prefix(1);
  if (!rest.empty() && !is_region(rest)) return std::nullopt;
  const auto name = at == 0 ? first_segment(path) : front.substr(0, at - 1);
  if (!is_bucket_name(name)) return std::nullopt;
  if (at != 0 && !website) return s3(name, host, false);
  // Website endpoints list nothing themselves; the region's own endpoint does.
  const auto endpoint = rest.empty() ? "s3" + std::string(tail) : fmt::format("s3.{}{}", rest, tail);
  return s3(name, endpoint, true);
}

std::optional<Bucket> gcs_bucket(std::string_view host, std::string_view path) {
  std::string_view name;
  if (host == kGcsHost) {
    name = first_segment(path);
  } else if (host.ends_with("." + std::string(kGcsHost))) {
    name = host.substr(0, host.size() - kGcsHost.size() - 1);
    if (name == "c") return std::nullopt;  // what hosts with a bucket of their own name point at
  } else {
    return std::nullopt;
  }
  if (!is_bucket_name(name)) return std::nullopt;
  return Bucket{"gcs", std::string(name), fmt::format("https://{}/{}{}", kGcsHost, name, kGcsListing)};
}

std::optional<Bucket> azure_bucket(std::string_view host, std::string_view path) {
  if (!host.ends_with(".blob.core.windows.net")) return std::nullopt;
  const auto account = host.substr(0, host.find('.'));
  const auto container = first_segment(path);
  // A path of one segment is a file in the account's root container.
  const bool has_container = path.find('/', 1) != std::string_view::npos;
  if (!is_bucket_name(account) || !has_container || !is_bucket_name(container)) return std::nullopt;
  return Bucket{"azure-blob", fmt::format("{}/{}", account, container),
                fmt::format("https://{}/{}{}", host, container, kAzureListing)};
}

class Collector {
 public:
  void add(const Bucket& bucket, bool of_app, const std::string& named_by, const std::string& evidence) {
    const auto [at, first] = found_.try_emplace(bucket.id(), NamedBucket{bucket, of_app, named_by, {}});
    auto& known = at->second;
    if (!first && of_app && !known.of_app) {
      known.of_app = true;
      known.named_by = named_by;
    }
    if (std::ranges::find(known.evidence, evidence) == known.evidence.end()) known.evidence.push_back(evidence);
  }

  std::vector<NamedBucket> take() {
    std::vector<NamedBucket> all;
    all.reserve(found_.size());
    for (auto& [id, bucket] : found_) all.push_back(std::move(bucket));
    std::ranges::sort(all, {}, [](const NamedBucket& b) { return std::pair(!b.of_app, b.bucket.id()); });
    if (all.size() > kMaxBuckets) all.resize(kMaxBuckets);
    std::ranges::sort(all, {}, [](const NamedBucket& b) { return b.bucket.id(); });
    return all;
  }

 private:
  std::map<std::string, NamedBucket> found_;
};

// A host of the app that leads to a bucket by CNAME. Google and website endpoints look the bucket up by the host's
// name.
void add_chain(Collector& into, const Observed<DnsHost>& seen) {
  const auto& chain = seen.value.chain;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    auto bucket = bucket_of(chain[i], "");
    const bool by_name = chain[i] == "c." + std::string(kGcsHost);
    if (by_name) bucket = gcs_bucket(kGcsHost, "/" + seen.value.host);
    if (bucket) into.add(*bucket, true, fmt::format("{} leads to {} by CNAME", seen.value.host, chain[i]), seen.id);
  }
}

void add_host(Collector& into, const NamedHost& host, const std::string& id) {
  const auto bucket = bucket_of(host.host, "");
  if (!bucket) return;
  const bool described =
      std::ranges::any_of(host.named_by, [](const HostMention& m) { return m.source == host_source::kDescriptor; });
  const bool of_app = described || host.host_class != host_class::kThirdParty;
  into.add(*bucket, of_app, of_app ? "the app names " + host.host : "a page of the app names " + host.host, id);
}

// URLs of stores in the text of a page: what stands between "//" and the first character that no URL has unescaped.
void add_text(Collector& into, std::string_view text, const std::string& id) {
  constexpr std::array<std::string_view, 4> kStores = {".amazonaws.com/", ".amazonaws.com.cn/",
                                                       "storage.googleapis.com/", ".blob.core.windows.net/"};
  for (const auto store : kStores) {
    for (auto at = text.find(store); at != std::string_view::npos; at = text.find(store, at + store.size())) {
      const auto from = at > kMaxNameBytes ? at - kMaxNameBytes : 0;
      const auto start = text.substr(from, at - from + 2).rfind("//");
      if (start == std::string_view::npos) continue;
      const auto rest = text.substr(from + start, 2 * kMaxNameBytes);
      const auto url = parse_url("https:" + std::string(rest.substr(0, rest.find_first_of("\"'<>\\ \t\r\n()"))));
      if (!url) continue;
      if (const auto bucket = bucket_of(url->host, url->path))
        into.add(*bucket, false, "a page of the app names " + url->host, id);
    }
  }
}

}  // namespace

std::optional<Bucket> bucket_of(std::string_view host, std::string_view path) {
  if (auto bucket = s3_bucket(host, path)) return bucket;
  if (auto bucket = gcs_bucket(host, path)) return bucket;
  return azure_bucket(host, path);
}

bool is_account_regional(std::string_view bucket_name) {
  constexpr std::size_t kAccountDigits = 12;
  if (!bucket_name.ends_with("-an")) return false;
  bucket_name.remove_suffix(3);
  // From the right: the region's number, its two or three words, the account.
  const auto parts = split(bucket_name, '-');
  for (std::size_t i = 1; i + 3 <= parts.size(); ++i) {
    const bool account = parts[i].size() == kAccountDigits && std::ranges::all_of(parts[i], is_digit);
    const bool region =
        parts[i + 1].size() == 2 && !parts.back().empty() && std::ranges::all_of(parts.back(), is_digit);
    if (account && region) return true;
  }
  return false;
}

std::vector<NamedBucket> named_buckets(const EvidenceSet& evidence) {
  Collector found;
  std::set<std::string> own;  // hosts of the app
  if (const auto* named = evidence.hosts()) {
    for (const auto& host : named->value.hosts) {
      if (host.host_class != host_class::kThirdParty) own.insert(host.host);
      add_host(found, host, named->id);
    }
  }
  for (const auto& host : evidence.dns_hosts())
    if (own.contains(host.value.host)) add_chain(found, host);
  if (const auto* surface = evidence.surface()) {
    for (const auto& endpoint : surface->value.endpoints) {
      const auto url = parse_url(endpoint.url);
      if (!url) continue;
      if (const auto bucket = bucket_of(url->host, url->path))
        found.add(*bucket, true, "the descriptor names " + endpoint.url, surface->id);
    }
  }
  for (const auto& exchange : evidence.exchanges()) {
    const auto url = parse_url(exchange.value.origin);
    const bool of_app = url && own.contains(url->host) && exchange.kind != kind::kHttpTakeover;
    if (of_app && exchange.value.response) add_text(found, exchange.value.response->body, exchange.id);
  }
  return found.take();
}

}  // namespace assay
