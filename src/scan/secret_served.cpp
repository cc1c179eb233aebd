#include "scan/secret_served.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/domain.h"
#include "base/text.h"
#include "base/url.h"
#include "model/exchange.h"
#include "net/http/client.h"
#include "scan/inventory.h"
#include "scan/secret_context.h"
#include "source/page_links.h"
#include "source/script_links.h"

namespace assay::scan {

namespace {

constexpr int kRedirects = 2;

enum class FileKind { page, script, source_map };

struct File {
  Url url;
  FileKind kind = FileKind::script;
};

struct Text {
  std::string bytes;
  Url url;
  FileKind kind = FileKind::page;
};

// What works beside the loop, and may still run when the scan has ended.
struct Search {
  std::stop_source stop;
  source::SweepProgress progress;
  std::unique_ptr<source::Sweep> sweep;
  std::optional<Error> error;
};

// Without the query, in which people put keys, and which changes with every build.
std::string name_of(const Url& url) {
  return url.origin() + url.path;
}

bool is_html(const HttpResponseRecord& response) {
  const auto type = field_value(response.fields, "content-type").value_or("");
  return istarts_with(type, "text/html") || istarts_with(type, "application/xhtml");
}

void search_text(Search& search, const Text& text) {
  const auto name = name_of(text.url);
  if (text.kind == FileKind::source_map) {
    if (const auto sources = source::sources_of_map(text.bytes, name); sources && !sources->empty()) {
      for (const auto& one : *sources) search.sweep->served(one.text, name + "!/" + one.name, false);
      return;
    }
  }
  search.sweep->served(text.bytes, name, text.kind == FileKind::page);
}

// Of the scan's budget, but no more than is due to scripts.
std::uint64_t bytes_left(const Worker& worker, const net::ScanContext& scan) {
  const auto most = worker.settings.limits.bytes;
  return std::min(kMaxServedBytes, most - std::min(most, scan.budget.bytes_received()));
}

class ServedSearch {
 public:
  ServedSearch(const Worker& worker, net::ScanContext& scan, const Surface& surface, std::function<bool()> stopped)
      : worker_(worker),
        scan_(scan),
        context_(worker, scan, bytes_left(worker, scan)),
        own_domains_(own_domains(surface)),
        stopped_(std::move(stopped)) {
    for (const auto& origin : surface.origins)
      if (origin.own && std::ranges::find(own_hosts_, origin.host) == own_hosts_.end())
        own_hosts_.push_back(origin.host);
  }

  void take_pages(const EvidenceSet& seen) {
    for (const auto& observed : seen.exchanges()) {
      const auto& exchange = observed.value;
      if (!exchange.response || exchange.request.method != "GET" || exchange.request.credential != credential::kNone ||
          !is_html(*exchange.response))
        continue;
      const auto url = parse_url(exchange.request.url);
      if (!url || !is_own(*url) || !bodies_.insert(exchange.response->body_sha256).second) continue;
      const auto& body = exchange.response->body;
      if (exchange.response->truncated) {
        want(*url, FileKind::page);  // the record does not have all of it
      } else {
        pages_.push_back({body, *url, FileKind::page});
      }
    }
  }

  net::Task<Result<std::optional<SecretSweep>>> run() {
    std::optional<SecretSweep> sweep;
    if (pages_.empty() && wanted_.empty()) co_return sweep;
    SecretSearch& secrets = worker_.secrets;
    std::function<void(Search&)> begin = [&secrets](Search& search) {
      auto begun = secrets.served(search.progress, search.stop.get_token());
      if (begun) {
        search.sweep = std::move(*begun);
      } else {
        search.error = std::move(begun.error());
      }
    };
    co_await beside(std::move(begin));
    if (!lost_ && search_->error) co_return std::unexpected(*search_->error);
    for (auto& page : pages_) co_await take(std::move(page));
    co_await fetch_all();
    if (lost_) co_return sweep;
    if (left_out_ > 0)
      miss("", gap::kLimit,
           fmt::format("{} more to fetch; a scan fetches {}", plural(left_out_, "file"), kMaxServedFiles));
    sweep = search_->sweep->finish();
    co_return sweep;
  }

 private:
  bool is_own(const Url& url) const {
    if (std::ranges::find(own_hosts_, url.host) != own_hosts_.end()) return true;
    return !url.host_is_ip() && own_domains_.contains(split_domain(url.host).registrable_domain);
  }

  void want(const Url& url, FileKind kind) {
    if (!is_own(url) || !known_.insert(url.to_string()).second) return;
    if (known_.size() > kMaxServedFiles) {
      ++left_out_;
    } else {
      wanted_.push_back({url, kind});
    }
  }

  void miss(const std::string& name, std::string_view reason, std::string detail) {
    search_->sweep->missed({name.empty() ? "." : name, std::string(reason), std::move(detail)});
  }

  // Runs `work` on the thread for what burns a core. It may outlive this object, so that it gets what it works on.
  net::Task<void> beside(std::function<void(Search&)> work) {
    if (lost_) co_return;
    std::function<void()> run = [search = search_, work = std::move(work)] { work(*search); };
    const auto done = co_await worker_.loop.aside(std::move(run), scan_.deadline);
    if (done) co_return;
    lost_ = true;
    search_->stop.request_stop();
  }

  net::Task<void> take(Text text) {
    if (text.kind == FileKind::page) {
      for (const auto& link : source::links_of_page(text.bytes, text.url))
        if (link.script) want(link.url, FileKind::script);
    }
    if (text.kind != FileKind::source_map) {
      const auto links = source::links_of_script(text.bytes, text.url);
      for (const auto& module : links.modules) want(module, FileKind::script);
      if (links.source_map) want(*links.source_map, FileKind::source_map);
    }
    const auto shared = std::make_shared<const Text>(std::move(text));
    std::function<void(Search&)> work = [shared](Search& search) { search_text(search, *shared); };
    co_await beside(std::move(work));
  }

  net::Task<void> fetch_all() {
    net::http::Client client(worker_.gate, context_.get(), worker_.tls);
    while (!wanted_.empty() && !lost_) {
      const File file = std::move(wanted_.front());
      wanted_.pop_front();
      if (stopped_()) {
        miss(name_of(file.url), gap::kInterrupted, "the scan ended before it was fetched");
        continue;
      }
      co_await fetch(client, file);
    }
  }

  net::Task<void> fetch(net::http::Client& client, const File& file) {
    net::http::Request request;
    request.url = file.url;
    request.link = "script:" + name_of(file.url);
    request.evidence_kind = kind::kHttpOrigin;
    request.subject = file.url.origin();
    request.purpose = kScriptPurpose;
    request.max_body = kMaxServedFile;
    request.max_redirects = kRedirects;
    request.redirect_hosts = own_hosts_;
    if (std::ranges::find(own_hosts_, file.url.host) == own_hosts_.end())
      request.redirect_hosts.push_back(file.url.host);
    auto hops = co_await client.fetch(std::move(request));
    co_await take_answer(file, std::move(hops.back()));
  }

  net::Task<void> take_answer(const File& file, net::http::Hop hop) {
    const auto name = name_of(file.url);
    if (hop.exchange.failure) {
      miss(name, kUnanswered, hop.exchange.failure->detail);
      co_return;
    }
    const auto& response = *hop.exchange.response;
    if (response.status == 404 || response.status == 410) co_return;  // named, and not served
    if (response.status >= 300 && response.status < 400) {
      miss(name, kElsewhere, "the server sends browsers to another place for it");
      co_return;
    }
    if (response.status < 200 || response.status > 299) {
      miss(name, kUnanswered, fmt::format("was answered with status {}", response.status));
      co_return;
    }
    if (!hop.whole) {
      const bool large = hop.body.size() >= kMaxServedFile;
      miss(name, large ? gap::kLimit : gap::kIncomplete,
           large ? fmt::format("is larger than {}", format_bytes(kMaxServedFile))
                 : std::string("did not arrive whole, or in a coding that is not undone"));
    }
    Text text{std::move(hop.body), file.url, file.kind};
    if (const auto url = parse_url(hop.exchange.request.url)) text.url = *url;
    if (is_html(response)) text.kind = FileKind::page;
    if (text.kind == FileKind::script)
      if (const auto map = field_value(response.fields, "SourceMap"))
        if (const auto at = resolve_url(text.url, *map)) want(*at, FileKind::source_map);
    co_await take(std::move(text));
  }

  const Worker& worker_;
  net::ScanContext& scan_;
  UnrecordedContext context_;
  std::set<std::string> own_domains_;
  std::vector<std::string> own_hosts_;
  std::function<bool()> stopped_;
  std::shared_ptr<Search> search_ = std::make_shared<Search>();
  std::vector<Text> pages_;
  std::set<std::string> bodies_;  // hashes of the pages that were taken
  std::deque<File> wanted_;
  std::set<std::string> known_;  // URLs that were wanted
  std::size_t left_out_ = 0;
  bool lost_ = false;  // the search has gone on without us: the scan is over
};

}  // namespace

net::Task<Result<std::optional<SecretSweep>>> search_served(const Worker& worker, net::ScanContext& scan,
                                                            const Surface& surface, const EvidenceSet& seen,
                                                            std::function<bool()> stopped) {
  ServedSearch search(worker, scan, surface, std::move(stopped));
  search.take_pages(seen);
  auto sweep = co_await search.run();
  co_return sweep;
}

}  // namespace assay::scan
