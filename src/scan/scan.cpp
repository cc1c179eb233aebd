#include "scan/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <stop_token>
#include <thread>

#include "base/bytes.h"
#include "base/file.h"
#include "base/text.h"
#include "judge/judge.h"
#include "net/connect/probe.h"
#include "net/http/client.h"
#include "net/http/probe.h"
#include "net/loop.h"
#include "net/tls/probe.h"
#include "scan/domains.h"
#include "scan/plan.h"
#include "scan/secret_served.h"
#include "scan/secret_trials.h"
#include "source/descriptor.h"
#include "source/git/staged.h"

namespace assay::scan {

namespace {

constexpr std::size_t kOriginsAtOnce = 4;
// Different selections that a worker remembers; orders that name requirements are of many kinds.
constexpr std::size_t kMaxSelections = 64;

// How long a search may go on that is not wanted any more.
constexpr Duration kLookIn{50};

Surface surface_of_source(const Target& target, const std::string& key) {
  std::error_code ec;
  // The index is the whole work tree's, from whatever folder of it somebody looks.
  const auto top =
      target.form == TargetForm::staged ? source::git::work_tree_of(target.text).value_or(target.text) : target.text;
  auto path = std::filesystem::weakly_canonical(top, ec);
  if (ec) path = top;
  if (!path.has_filename()) path = path.parent_path();  // libgit2 ends a directory with "/"
  Surface surface;
  surface.app_kind = "source";
  surface.app_key = key.empty() ? valid_utf8(path.filename().string()) : key;
  if (surface.app_key.empty()) surface.app_key = "/";
  surface.app_name = surface.app_key;
  surface.source = target.text;
  return surface;
}

// The state of one scan while it runs.
class Scan {
 public:
  Scan(const Worker& worker, Order order) : worker_(worker), order_(std::move(order)), target_(order_.target) {
    auto& record = outcome_.record;
    record.id = random_uuid();
    record.started = now();
    record.app.target = target_.text;
    record.app.kind = target_.kind;
    record.app.added = record.started;
    for (const auto& cidr : worker.settings.gate.allowed_networks) record.allowed_networks.push_back(cidr.to_string());
    context_.scan_id = record.id;
    context_.budget = net::Budget(worker.settings.limits);
    context_.deadline = deadline_in(worker.settings.scan_timeout);
    context_.record = [this](Evidence e) {
      std::string id = e.id;
      if (seen_.insert(id).second) outcome_.record.evidence.push_back(std::move(e));
      publish_counters();
      return id;
    };
    if (order_.stop) order_.stop->watch(&context_);
  }
  ~Scan() {
    if (order_.stop) order_.stop->watch(nullptr);
  }
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  net::Task<ScanOutcome> run() {
    enter(phase::kSurface);
    co_await load_surface();
    select_requirements();
    if (surface_ && !worker_.settings.identify_only) {
      if (is_source(target_.form)) {
        co_await probe_source();
      } else {
        co_await probe();
      }
    }
    enter(phase::kJudging);
    finish();
    co_return std::move(outcome_);
  }

 private:
  net::http::Client& client() {
    if (!client_) client_ = std::make_unique<net::http::Client>(worker_.gate, context_, worker_.tls);
    return *client_;
  }

  void publish_counters() {
    const auto& now_at = context_.statistics;
    worker_.progress.http_requests += now_at.http_requests - published_.http_requests;
    worker_.progress.tls_connections += now_at.tls_connections - published_.tls_connections;
    worker_.progress.bytes_received += now_at.bytes_received - published_.bytes_received;
    published_ = now_at;
    tell();
  }

  std::function<bool()> has_ended() {
    return [this] {
      return stopped() || worker_.loop.cancelled() || std::chrono::steady_clock::now() >= context_.deadline;
    };
  }

  bool stopped() const { return order_.stop && !order_.stop->why().empty(); }

  void enter(std::string_view phase) {
    step_.phase = phase;
    tell();
  }

  void tell() {
    if (!order_.progress) return;
    const auto& counts = context_.statistics;
    step_.requests = counts.http_requests + counts.tls_connections + counts.dns_queries;
    order_.progress(step_);
  }

  net::Task<void> load_surface() {
    if (stopped()) {
      outcome_.no_surface = Error{ErrorCode::cancelled, target_.text, order_.stop->why(), ""};
    } else if (is_source(target_.form)) {
      surface_ = surface_of_source(target_, order_.app_key);
    } else if (target_.form == TargetForm::file) {
      load_file();
    } else {
      co_await load_url();
    }
    auto& record = outcome_.record;
    if (!surface_) {
      record.app.key = order_.app_key.empty() ? target_.text : order_.app_key;
      if (record.app.kind.empty()) record.app.kind = "connect";
      co_return;
    }
    record.app.key = order_.app_key.empty() ? surface_->app_key : order_.app_key;
    record.app.name = surface_->app_name;
    record.app.kind = surface_->app_kind;
    record.notes = surface_->notes;
    if (record.app.key != surface_->app_key && surface_->app_kind == "connect")
      record.notes.push_back({"another-key", "/key", "the descriptor gives the app the key " + surface_->app_key});
    context_.app_key = record.app.key;
    context_.record(make_evidence(kind::kSurface, surface_->app_key, now(), "descriptor", Json(*surface_)));
  }

  void load_file() {
    const auto text = read_file(target_.text, source::kMaxDescriptorBytes);
    if (!text) {
      outcome_.no_surface = text.error();
      outcome_.bad_input = true;
      return;
    }
    take_descriptor(*text, nullptr);
    outcome_.bad_input = !surface_;
    if (outcome_.no_surface && outcome_.no_surface->remedy.empty())
      outcome_.no_surface->remedy = "give a Connect descriptor, or search any file for secrets with --kind source";
  }

  void take_descriptor(std::string_view text, const Url* url) {
    auto surface = source::read_descriptor(text, target_.text, url);
    if (!surface) {
      outcome_.no_surface = surface.error();
      return;
    }
    outcome_.record.release = sha256_hex(text);
    surface_ = std::move(*surface);
  }

  // Initial validation: at most two requests, the second one only for a redirect on the same site.
  net::Task<void> load_url() {
    const auto url = parse_url(target_.text);  // parse_target() has checked it
    if (target_.kind == "service") {
      surface_ = source::surface_of_base_url(*url, target_.text);
      co_return;
    }
    net::http::Request request;
    request.url = *url;
    request.link = std::string(net::Budget::kValidation);
    request.evidence_kind = std::string(kind::kHttpDescriptor);
    request.subject = url->origin();
    request.purpose = std::string(purpose::kDescriptor);
    request.max_redirects = worker_.settings.limits.validation_requests - 1;
    request.redirect_hosts = {url->host};
    const auto hops = co_await client().fetch(std::move(request));
    const auto& last = hops.back();
    if (last.exchange.failure) {
      if (target_.kind.empty() && !expects_descriptor(*url)) {
        surface_ = source::surface_of_base_url(*url, target_.text);  // a service that is down is still judged
      } else {
        outcome_.no_surface = Error{ErrorCode::connection, target_.text, last.exchange.failure->detail, ""};
      }
      co_return;
    }
    const int status = last.exchange.response->status;
    const bool is_descriptor = status >= 200 && status < 300 && source::looks_like_descriptor(last.body);
    if (is_descriptor) {
      const auto final_url = parse_url(last.exchange.request.url);
      take_descriptor(last.body, final_url ? &*final_url : &*url);
    } else if (target_.kind.empty() && !expects_descriptor(*url)) {
      surface_ = source::surface_of_base_url(*url, target_.text);
    } else if (status < 200 || status > 299) {
      outcome_.no_surface =
          Error{ErrorCode::protocol, target_.text, fmt::format("the descriptor URL answered {}", status),
                "check the URL; for a service without a descriptor use --kind service"};
    } else {
      take_descriptor(last.body, &*url);  // the reader says with line and column what is wrong with it
      if (surface_) co_return;
      outcome_.no_surface->remedy =
          "give the URL of the app's descriptor; for a service without one use --kind service";
    }
  }

  // A URL that can only mean a descriptor: what it answers must then be one.
  bool expects_descriptor(const Url& url) const { return target_.kind == "connect" || url.path.ends_with(".json"); }

  void select_requirements() {
    const auto& s = worker_.settings;
    auto& record = outcome_.record;
    record.profiles = s.profiles.empty() ? worker_.catalog.default_profiles(record.app.kind) : s.profiles;
    const auto& only = order_.only.empty() ? s.only : order_.only;
    const std::string key = record.app.kind + '\n' + join(only, "\n");
    auto known = worker_.selections.find(key);
    if (known == worker_.selections.end()) {
      if (worker_.selections.size() >= kMaxSelections) worker_.selections.clear();
      auto fresh = std::make_shared<const Result<std::vector<Requirement>>>(
          worker_.catalog.select(record.app.kind, s.profiles, only, s.skip));
      known = worker_.selections.emplace(key, std::move(fresh)).first;
    }
    selection_ = known->second;
    const auto& selected = *selection_;
    if (selected) {
      requirements_ = &*selected;
    } else if (!outcome_.no_surface) {
      outcome_.no_surface = selected.error();
      outcome_.bad_input = true;
    }
  }

  // The search burns every core: it has threads of its own, and this coroutine only looks in on it.
  net::Task<void> probe_source() {
    if (!make_plan(*requirements_).secrets) co_return;
    enter(phase::kSource);
    struct Search {
      std::atomic<bool> ended = false;
      std::optional<Result<SecretSweep>> result;
    } search;
    const auto told = std::make_shared<net::Event>(worker_.loop);
    std::jthread thread([&search, &loop = worker_.loop, told, this](const std::stop_token& stop) {
      search.result = worker_.secrets.source(target_, worker_.progress.sweep, stop);
      search.ended = true;
      loop.post([told] { told->notify(); });
    });
    while (!search.ended) {
      const auto waited = co_await told->wait(deadline_in(kLookIn));
      const bool lost = !waited && waited.error().code == ErrorCode::cancelled;
      if (lost || stopped() || std::chrono::steady_clock::now() >= context_.deadline) thread.request_stop();
      if (lost) break;  // every further wait would end at once; the search ends soon
    }
    thread.join();
    if (*search.result) {
      co_await validate(**search.result);
      context_.record(make_evidence(kind::kSecretSweep, surface_->app_key, now(), "secrets", Json(**search.result)));
    } else if (search.result->error().code != ErrorCode::cancelled) {
      outcome_.no_surface = search.result->error();
      outcome_.bad_input = true;
    }
  }

  net::Task<void> probe() {
    const Plan plan = make_plan(*requirements_);
    std::vector<SurfaceOrigin> origins;
    std::ranges::copy_if(surface_->origins, std::back_inserter(origins), &SurfaceOrigin::own);
    const bool endpoints = plan.endpoints();
    step_.total = origins.size();
    if (endpoints)
      step_.total += static_cast<std::uint64_t>(std::ranges::count_if(surface_->endpoints, &SurfaceEndpoint::own));
    worker_.progress.steps_total += step_.total;
    enter(phase::kOrigins);
    auto probe_one = [this, &plan, &origins, endpoints](std::size_t i) -> net::Task<void> {
      return probe_origin(plan, origins[i], endpoints);
    };
    std::function<net::Task<void>(std::size_t)> make = probe_one;
    co_await net::for_each_limited(worker_.loop, origins.size(), kOriginsAtOnce, std::move(make));
    if (plan.hosts) co_await probe_names(plan);
    if (plan.secrets && !stopped()) co_await probe_served();
  }

  net::Task<void> probe_names(const Plan& plan) {
    enter(phase::kDomains);
    client().close_idle();  // what follows asks others, and may wait for them
    co_await probe_domains(worker_, context_, client(), plan, *surface_, outcome_.record.evidence);
    if (plan.takeover) co_await probe_buckets(context_, client(), decoded());
  }

  // What browsers get is searched last: it takes what the budget has left.
  net::Task<void> probe_served() {
    enter(phase::kSource);
    client().close_idle();
    auto ended = has_ended();
    auto sweep = co_await search_served(worker_, context_, *surface_, decoded(), std::move(ended));
    if (!sweep) {
      outcome_.record.notes.push_back({"served-not-searched", "", sweep.error().message()});
    } else if (*sweep) {
      co_await validate(**sweep);
      context_.record(make_evidence(kind::kSecretSweep, surface_->app_key, now(), "secrets", Json(**sweep)));
    }
    publish_counters();
  }

  net::Task<void> validate(SecretSweep& sweep) {
    auto* trials = worker_.secrets.trials();
    if (trials == nullptr) co_return;
    auto ended = has_ended();
    co_await try_secrets(worker_, context_, *trials, sweep, std::move(ended));
    publish_counters();
  }

  // Everything of one origin in turn, so that a host never sees more than one kind of traffic of ours at once.
  net::Task<void> probe_origin(const Plan& plan, const SurfaceOrigin& origin, bool endpoints) {
    if (stopped()) co_return;
    if (plan.origin_http || plan.page) {
      net::http::OriginProbeSettings http;
      http.plain_ports = worker_.settings.plain_ports;
      co_await net::http::probe_origin(client(), context_, origin, http);
    }
    if (plan.tls() && origin.scheme == "https")
      co_await net::tls::probe_origin(worker_.gate, context_, worker_.tls, origin, worker_.settings.tls_mode,
                                      plan.tls_enumeration, plan.tls_handshake, plan.tls_revocation);
    step_done();
    if (!endpoints) co_return;
    net::connect::ConnectProbeSettings settings;
    settings.page = plan.page;
    settings.authn = plan.authn;
    settings.authz = plan.authz;
    settings.lifecycle = plan.lifecycle;
    settings.user_jwt = worker_.settings.user_jwt;
    settings.tenant = worker_.settings.tenant;
    for (const auto& endpoint : surface_->endpoints) {
      if (!endpoint.own || endpoint.origin != origin.origin) continue;
      co_await net::connect::probe_endpoint(client(), context_, *surface_, endpoint, settings);
      step_done();
    }
  }

  // The evidence so far; decoded anew only when there is more of it.
  const EvidenceSet& decoded() {
    const auto& all = outcome_.record.evidence;
    if (!decoded_ || decoded_count_ != all.size()) decoded_.emplace(all);
    decoded_count_ = all.size();
    return *decoded_;
  }

  void step_done() {
    ++step_.done;
    publish_counters();
    ++worker_.progress.steps_done;
  }

  void finish() {
    auto& record = outcome_.record;
    client_.reset();
    record.finished = now();
    record.statistics = context_.statistics;
    publish_counters();
    if (worker_.loop.cancelled()) {
      record.complete = false;
      record.incomplete_reason = "interrupted";
    } else if (stopped()) {
      record.complete = false;
      record.incomplete_reason = order_.stop->why();
    } else if (std::chrono::steady_clock::now() >= context_.deadline) {
      record.complete = false;
      record.incomplete_reason = "out of time after " + format_duration(worker_.settings.scan_timeout);
    }
    if (!worker_.settings.identify_only)
      judge_record(record, decoded(), worker_.catalog, *requirements_, worker_.settings.skip, outcome_.no_surface);
    ++worker_.progress.targets_done;
  }

  const Worker& worker_;
  const Order order_;
  const Target& target_;
  ScanOutcome outcome_;
  net::ScanContext context_;
  ScanStatistics published_;
  std::set<std::string> seen_;
  std::optional<EvidenceSet> decoded_;
  std::size_t decoded_count_ = 0;
  std::optional<Surface> surface_;
  std::vector<Requirement> none_;
  std::shared_ptr<const Result<std::vector<Requirement>>> selection_;  // shared with other scans
  const std::vector<Requirement>* requirements_ = &none_;              // of the selection
  ScanStep step_;
  std::unique_ptr<net::http::Client> client_;
};

bool is_of_served(const Observed<SecretSweep>& sweep) {
  return std::ranges::all_of(sweep.value.inputs, [](const std::string& input) {
    return input == sweep_input::kServed || input == sweep_input::kArchives;
  });
}

std::string rests_on_source(const EvidenceSet& evidence) {
  std::string reason = "rests on the source; scan the app's directory or archive, too";
  for (const auto& sweep : evidence.sweeps()) {
    const auto hints = std::ranges::count(sweep.value.sightings, std::string(), &SecretSighting::suppressed);
    reason += fmt::format(
        "; in what browsers get ({}, {} not seen) stand {}", plural(sweep.value.files, "file"),
        sweep.value.gaps.size() + sweep.value.gaps_left_out,
        hints == 0 ? std::string("no secrets") : fmt::format("{} that may be secrets (--only shows them)", hints));
  }
  return reason;
}

// Takes away the verdicts of requirements that rest on the source of an app that was looked at from outside, unless
// what is served to browsers has shown a miss: not a gap of this scan, but another scan. Where nothing else was asked,
// the verdict stays and says so.
void take_source_requirements(ScanRecord& record, const EvidenceSet& evidence,
                              const std::vector<Requirement>& requirements) {
  if (evidence.surface() == nullptr || evidence.surface()->value.app_kind == "source" ||
      !std::ranges::all_of(evidence.sweeps(), is_of_served))
    return;
  std::vector<std::string> ids;
  for (const auto& r : requirements)
    if (r.verified() && std::ranges::find(r.needs, kind::kSecretSweep) != r.needs.end()) ids.push_back(r.id);
  const auto of_source = [&](const Verdict& v) { return std::ranges::find(ids, v.requirement) != ids.end(); };
  if (std::ranges::all_of(record.verdicts, of_source)) return;
  const auto taken =
      std::erase_if(record.verdicts, [&](const Verdict& v) { return of_source(v) && v.outcome != Outcome::fail; });
  if (taken == 0) return;
  for (auto& id : ids) record.not_verified.push_back({std::move(id), rests_on_source(evidence)});
}

}  // namespace

void ScanStop::request(std::string why) {
  if (why_.empty()) why_ = std::move(why);
  if (context_ != nullptr) context_->deadline = std::chrono::steady_clock::now();
}

void ScanStop::watch(net::ScanContext* context) {
  context_ = context;
  if (!why_.empty() && context_ != nullptr) context_->deadline = std::chrono::steady_clock::now();
}

net::Task<ScanOutcome> run_scan(const Worker& worker, Order order) {
  Scan scan(worker, std::move(order));
  co_return co_await scan.run();
}

void judge_record(ScanRecord& record, const EvidenceSet& evidence, const catalog::Catalog& catalog,
                  const std::vector<Requirement>& requirements, const std::vector<std::string>& skipped,
                  const std::optional<Error>& no_surface) {
  record.verdicts = judge::judge_all(evidence, requirements);
  if (no_surface) {
    for (auto& verdict : record.verdicts) {
      verdict.subject = record.app.key;
      verdict.outcome = Outcome::inconclusive;
      verdict.reason_code = to_string(no_surface->code);
      verdict.reason = no_surface->message();
      verdict.findings.clear();
      for (const auto& e : record.evidence) verdict.evidence.push_back(e.id);
    }
  }
  record.not_verified.clear();
  take_source_requirements(record, evidence, requirements);
  for (const auto& r : requirements) {
    if (!r.verified()) record.not_verified.push_back({r.id, r.not_verified_reason()});
  }
  for (const auto& id : skipped)
    if (catalog.find(id) != nullptr) record.not_verified.push_back({id, "excluded by --skip"});
  std::ranges::sort(record.not_verified, {}, &NotVerified::requirement);
}

}  // namespace assay::scan
