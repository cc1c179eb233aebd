// catalog/takeover.yaml; docs/catalog.md describes the shape.

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.h"
#include "base/url.h"
#include "catalog/files.h"
#include "catalog/yaml.h"

namespace assay::catalog {

namespace {

using yaml::Mapping;
using yaml::Value;

constexpr int kMaxLabels = 8;
constexpr std::size_t kMaxRuns = 3;  // in a pattern: matching it takes time in the power of them
constexpr int kMinStatus = 100;
constexpr int kMaxStatus = 599;

// The values of one list whose ids and sources are checked.
class Reader {
 public:
  explicit Reader(const Value& sources) {
    for (const auto& [id, meaning] : sources.entries())
      if (!meaning.text().empty()) sources_.insert(id);
  }

  std::vector<std::string> sources(const Mapping& fields) const {
    std::vector<std::string> result;
    for (const auto& item : fields.required("sources").list()) {
      result.push_back(item.text());
      if (!sources_.contains(result.back()))
        item.reject(fmt::format("\"{}\" is none of the file's sources", printable(result.back())),
                    fmt::format("the file's sources are {}", fmt::join(sources_, ", ")));
    }
    return result;
  }

 private:
  std::set<std::string> sources_;
};

std::string unused_id(const Mapping& fields, std::set<std::string>& used) {
  const auto value = fields.required("id");
  auto id = value.text();
  if (!used.insert(id).second) value.reject(fmt::format("the id \"{}\" stands twice", printable(id)));
  return id;
}

Claim read_claim(const Mapping& fields) {
  return *claim_from_string(fields.required("class").one_of({"claimable", "edge", "not-claimable"}));
}

bool read_flag(const Mapping& fields, std::string_view key) {
  const auto value = fields.optional(key);
  return value && value->one_of({"true", "false"}) == "true";
}

std::string read_host(const Value& value) {
  auto host = value.text();
  const auto normal = normalise_host(host);
  if (!normal || *normal != host) value.reject(fmt::format("\"{}\" is no host name in lower case", printable(host)));
  return host;
}

// "s3.*.amazonaws.com": a star stands for a whole label and never for the last one.
std::string read_suffix(const Value& value) {
  auto suffix = value.text();
  const auto labels = split(suffix, '.');
  const auto broken = [](std::string_view label) {
    return label.empty() || (label != "*" && label.find('*') != std::string_view::npos) || ascii_lower(label) != label;
  };
  if (labels.size() < 2 || std::ranges::any_of(labels, broken) || labels.back() == "*")
    value.reject(fmt::format("\"{}\" is no suffix of a host name", printable(suffix)),
                 "write labels in lower case; \"*\" may stand for a whole one that is not the last");
  return suffix;
}

std::vector<std::string> read_patterns(const Value& value) {
  std::vector<std::string> patterns;
  for (const auto& item : value.list()) {
    patterns.push_back(item.text());
    const auto& p = patterns.back();
    const auto runs = std::ranges::count_if(p, [](char c) { return c == '#' || c == '*'; });
    if (static_cast<std::size_t>(runs) > kMaxRuns || ascii_lower(p) != p || p.find('.') == std::string::npos)
      item.reject(fmt::format("\"{}\" is no pattern of a name server", printable(p)),
                  "write it in lower case, with at most three of \"#\" and \"*\"");
  }
  return patterns;
}

TakeoverPage read_page(const Value& value) {
  const auto fields = value.mapping({"all", "any", "none", "status", "header", "ambiguous"});
  TakeoverPage page;
  if (const auto all = fields.optional("all")) page.all = all->texts();
  if (const auto any = fields.optional("any")) page.any = any->texts();
  if (const auto none = fields.optional("none")) page.none = none->texts();
  if (const auto status = fields.optional("status")) page.status = status->integer(kMinStatus, kMaxStatus);
  if (const auto header = fields.optional("header"))
    for (const auto& [name, text] : header->entries()) page.fields.push_back({name, text.text()});
  page.ambiguous = read_flag(fields, "ambiguous");
  // A status alone, or nothing at all, is what half of the web answers.
  if (page.all.empty() && page.any.empty() && page.fields.empty())
    value.reject("a page without a text that it shows", "give it all, any or header");
  return page;
}

std::vector<TakeoverPage> read_pages(const Mapping& fields) {
  std::vector<TakeoverPage> pages;
  if (const auto list = fields.optional("pages"))
    for (const auto& item : list->list()) pages.push_back(read_page(item));
  return pages;
}

TakeoverService read_service(const Value& value, const Reader& reader, std::set<std::string>& used) {
  const auto fields = value.mapping(
      {"id", "name", "class", "suffixes", "labels", "addresses", "nxdomain", "pages", "control", "sources"});
  TakeoverService service;
  service.id = unused_id(fields, used);
  service.name = fields.required("name").text();
  service.claim = read_claim(fields);
  for (const auto& item : fields.required("suffixes").list()) service.suffixes.push_back(read_suffix(item));
  if (const auto labels = fields.optional("labels"))
    service.labels = static_cast<std::size_t>(labels->integer(0, kMaxLabels));
  if (const auto addresses = fields.optional("addresses")) service.addresses = addresses->texts();
  service.nxdomain = read_flag(fields, "nxdomain");
  service.pages = read_pages(fields);
  if (const auto control = fields.optional("control")) service.control = read_host(*control);
  service.sources = reader.sources(fields);
  if (service.claim != Claim::not_claimable && !service.nxdomain && service.pages.empty())
    value.reject(fmt::format("{} has nothing to tell names by that nobody holds", service.id),
                 "give it pages or nxdomain, or the class not-claimable");
  if (service.claim == Claim::not_claimable && (service.nxdomain || !service.pages.empty()))
    value.reject(fmt::format("{} is not claimable, so its evidence counts for nothing", service.id),
                 "leave pages and nxdomain out");
  return service;
}

NameServerProvider read_name_server(const Value& value, const Reader& reader, std::set<std::string>& used) {
  const auto fields = value.mapping({"id", "name", "class", "patterns", "sources"});
  NameServerProvider provider;
  provider.id = unused_id(fields, used);
  provider.name = fields.required("name").text();
  provider.claim = read_claim(fields);
  provider.patterns = read_patterns(fields.required("patterns"));
  provider.sources = reader.sources(fields);
  return provider;
}

Parking read_parking(const Value& value, const Reader& reader) {
  const auto fields = value.mapping({"name", "pages", "name_servers", "sources"});
  Parking parking;
  parking.name = fields.required("name").text();
  parking.pages = read_pages(fields);
  if (const auto patterns = fields.optional("name_servers")) parking.name_servers = read_patterns(*patterns);
  reader.sources(fields);
  return parking;
}

ElasticRange read_elastic(const Value& value, const Reader& reader) {
  const auto fields = value.mapping({"name", "networks", "sources"});
  ElasticRange range{.name = fields.required("name").text(), .networks = fields.required("networks").texts()};
  reader.sources(fields);
  return range;
}

std::shared_ptr<const TakeoverFacts> read_fields(const Value& file) {
  const auto fields = file.mapping({"version", "sources", "services", "name_servers", "parking", "elastic"});
  fields.required("version").integer(1, std::numeric_limits<int>::max());
  const Reader reader(fields.required("sources"));
  std::vector<TakeoverService> services;
  std::set<std::string> used;
  for (const auto& item : fields.required("services").list()) services.push_back(read_service(item, reader, used));
  std::vector<NameServerProvider> name_servers;
  used.clear();
  for (const auto& item : fields.required("name_servers").list())
    name_servers.push_back(read_name_server(item, reader, used));
  std::vector<Parking> parking;
  if (const auto list = fields.optional("parking"))
    for (const auto& item : list->list()) parking.push_back(read_parking(item, reader));
  std::vector<ElasticRange> elastic;
  if (const auto list = fields.optional("elastic"))
    for (const auto& item : list->list()) elastic.push_back(read_elastic(item, reader));
  return std::make_shared<const TakeoverFacts>(std::move(services), std::move(name_servers), std::move(parking),
                                               std::move(elastic));
}

}  // namespace

Result<std::shared_ptr<const TakeoverFacts>> read_takeover(std::string_view text, const std::string& file) {
  return yaml::read_document(text, file, read_fields);
}

}  // namespace assay::catalog
