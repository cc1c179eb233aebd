#include "net/connect/probe.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "net/connect/lifecycle.h"
#include "net/connect/token.h"

namespace assay::net::connect {

namespace {

constexpr std::chrono::seconds kTokenLife{180};
constexpr std::chrono::seconds kExpiredSince{3600};
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kHarmlessBody = R"({"event":"assay-probe-ignore"})";

bool is_success(int status) {
  return status >= 200 && status < 300;
}
bool is_client_error(int status) {
  return status >= 400 && status < 500;
}
bool is_missing_method(int status) {
  return status == 405 || status == 501;
}

// The same place written differently: another scheme, a slash at the end. A login page is not.
bool same_place(const Url& a, const Url& b) {
  const auto bare = [](std::string_view path) { return path.ends_with('/') ? path.substr(0, path.size() - 1) : path; };
  return a.host == b.host && bare(a.path) == bare(b.path);
}

// `url` with the token as its one "jwt" parameter.
Url with_token(Url url, const std::string& token) {
  std::vector<std::string> kept;
  const std::string query = url.query.value_or("");
  for (const auto part : split(query, '&'))
    if (!part.empty() && part != "jwt" && !part.starts_with("jwt=")) kept.emplace_back(part);
  kept.push_back("jwt=" + token);
  url.query = join(kept, "&");
  return url;
}

std::int64_t seconds(Time t) {
  return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

struct Attempt {
  std::string_view kind, purpose, credential;
  std::string method;
  Url url;
  std::string token;            // empty: without credentials
  bool token_in_query = false;  // else in the Authorization field
  int max_redirects = 0;
};

struct Answer {
  int status = 0;       // of the last hop; 0: no answer
  Url url;              // of the last hop
  std::string body;     // of the last hop
  bool opened = false;  // 2xx at the place that was asked

  // The host is unwell or does not answer; asking on would only burden it.
  bool unwell() const { return status == 0 || status == 429 || (status >= 500 && status != 501); }
};

// All that is asked of one endpoint.
class Conversation {
 public:
  Conversation(Fetch fetch, ScanContext& scan, const Surface& surface, SurfaceEndpoint endpoint,
               const ConnectProbeSettings& settings, Url url, Url base)
      : fetch_(std::move(fetch)),
        scan_(&scan),
        surface_(&surface),
        endpoint_(std::move(endpoint)),
        settings_(&settings),
        url_(std::move(url)),
        base_(std::move(base)) {
    for (const auto& origin : surface.origins)
      if (origin.own) own_hosts_.push_back(origin.host);
    if (endpoint_.role == role::kLifecycle) {
      client_key_ = forged_client_key();
      body_ = dump_json(lifecycle_body(surface, endpoint_.lifecycle_event, client_key_));
    } else {
      body_ = kHarmlessBody;
    }
  }

  Task<void> run() {
    if (endpoint_.role == role::kLifecycle && is_signed_event(endpoint_.lifecycle_event)) {
      if (settings_->lifecycle) co_await lifecycle();
    } else if (settings_->page || settings_->authn || settings_->authz) {
      co_await ordinary();
    }
  }

 private:
  // Installed and uninstalled: unsigned, then wrongly signed, until one is accepted.
  Task<void> lifecycle() {
    for (const auto name :
         {credential::kNone, credential::kForgedRs256, credential::kForgedHs256, credential::kAlgNone}) {
      Attempt attempt = make_attempt(kind::kHttpLifecycle, purpose::kLifecycle, name, "POST");
      const auto answer = co_await ask(std::move(attempt));
      if (!answer || answer->unwell() || is_success(answer->status) || is_missing_method(answer->status)) co_return;
    }
  }

  Task<void> ordinary() {
    const auto refusal = co_await ask_without_credentials();
    if (!refusal || refusal->unwell() || is_missing_method(refusal->status)) co_return;
    if (endpoint_.role == role::kBase || endpoint_.public_by_design) co_return;
    if (is_client_error(refusal->status)) url_ = refusal->url;  // the place behind a redirect is what refuses
    bool refused = !refusal->opened;
    if (settings_->tenant) {
      Attempt right = make_attempt(kind::kHttpPage, purpose::kPage, credential::kTenantJwt, method_);
      right.max_redirects = 1;
      const auto real = co_await ask(std::move(right));
      if (!real || real->unwell()) co_return;
      // An app may refuse with 200 and a polite text: then the real page differs from what a stranger got.
      refused = refused || (is_success(real->status) && real->body != refusal->body);
    }
    if (settings_->authz && endpoint_.admin && settings_->user_jwt) {
      Attempt user = make_attempt(kind::kHttpAuthz, purpose::kAuthz, credential::kUserJwt, method_);
      const auto answer = co_await ask(std::move(user));
      if (!answer || answer->unwell()) co_return;
    }
    if (settings_->authn && refused) co_await bad_tokens(!refusal->opened);
  }

  // Tries the methods in turn until one exists, and remembers it. A 404 may hide one: the first of those stands in when
  // there is nothing better.
  Task<std::optional<Answer>> ask_without_credentials() {
    std::optional<Answer> found;
    for (const auto& method : endpoint_.methods) {
      Attempt attempt = make_attempt(kind::kHttpPage, purpose::kPage, credential::kNone, method);
      attempt.max_redirects = found ? 0 : 1;
      auto answer = co_await ask(std::move(attempt));
      if (!answer) break;
      const bool exists = answer->status != 404 && !is_missing_method(answer->status);
      const bool better = !found || (is_missing_method(found->status) && answer->status == 404);
      if (exists || better) {
        method_ = method;
        found = std::move(answer);
      }
      if (exists) break;
    }
    co_return found;
  }

  // `stop_when_accepted`: a 2xx answer is an acceptance; not so where strangers get 2xx, too.
  Task<void> bad_tokens(bool stop_when_accepted) {
    for (const auto name : bad_credentials()) {
      Attempt attempt = make_attempt(kind::kHttpAuthn, purpose::kAuthn, name, method_);
      if (attempt.token.empty()) continue;
      attempt.token_in_query = name == credential::kForgedHs256;
      const auto answer = co_await ask(std::move(attempt));
      if (!answer || answer->unwell() || (stop_when_accepted && is_success(answer->status))) co_return;
    }
  }

  // In the order of what they prove; the budget may cut the last.
  std::vector<std::string_view> bad_credentials() const {
    std::vector<std::string_view> names = {credential::kAlgNone, credential::kForgedHs256};
    if (settings_->user_jwt) names.push_back(credential::kTampered);
    if (settings_->tenant) {
      names.insert(names.end(), {credential::kExpired, credential::kWrongQsh});
    } else {
      names.insert(names.end(), {credential::kEmptyKeyHs256, credential::kForgedRs256});
    }
    return names;
  }

  Attempt make_attempt(std::string_view evidence_kind, std::string_view why, std::string_view name,
                       const std::string& method) const {
    return {.kind = evidence_kind,
            .purpose = why,
            .credential = name,
            .method = method,
            .url = url_,
            .token = token(name, method)};
  }

  Json claims(std::string_view name, const std::string& method) const {
    const bool expired = name == credential::kExpired;
    const auto expires = expired ? now() - kExpiredSince : now() + kTokenLife;
    Url hashed = url_;
    if (name == credential::kWrongQsh) hashed.path += "/assay-other-url-ignore";
    Json out = {{"sub", kForgedUser},
                {"iat", seconds(expires - kTokenLife)},
                {"exp", seconds(expires)},
                {"qsh", query_string_hash(method, hashed, base_)},
                {"context", Json::object()}};
    if (!client_key_.empty()) {
      out["iss"] = client_key_;
      out["aud"] = Json::array({surface_->base_url});
    } else {
      // No "aud" here: frameworks read the tenant from it.
      out["iss"] = settings_->tenant ? settings_->tenant->client_key : std::string(kForgedIssuer);
    }
    return out;
  }

  // Empty when `name` needs no token or none can be made.
  std::string token(std::string_view name, const std::string& method) const {
    if (name == credential::kNone) return {};
    if (name == credential::kUserJwt) return std::string(trim(*settings_->user_jwt));
    if (name == credential::kTampered) return tampered_token(*settings_->user_jwt).value_or("");
    const auto content = claims(name, method);
    if (name == credential::kAlgNone) return unsigned_token(content);
    if (name == credential::kEmptyKeyHs256) return sign_hs256(content, "");
    if (name == credential::kForgedHs256) return sign_hs256(content, as_text(random_bytes(32)));
    if (name == credential::kForgedRs256) return forged_rs256(content, kForgedKeyId);
    return sign_hs256(content, settings_->tenant->shared_secret);  // tenant-jwt, expired, wrong-qsh
  }

  // nullopt when the budget or the scan's time is used up, or nothing was sent.
  Task<std::optional<Answer>> ask(Attempt attempt) {
    const int left = scan_->budget.requests_left(endpoint_.id);
    if (left <= 0 || std::chrono::steady_clock::now() >= scan_->deadline) co_return std::nullopt;
    http::Request request;
    request.method = attempt.method;
    request.url = attempt.url;
    if (!attempt.token.empty()) {
      request.secrets.push_back(attempt.token);
      if (attempt.token_in_query) {
        request.url = with_token(std::move(request.url), attempt.token);
      } else {
        request.fields.push_back(HttpField{"Authorization", "JWT " + attempt.token});
      }
    }
    if (attempt.method == "POST" || attempt.method == "PUT") {
      request.body = body_;
      request.body_type = kJson;
    }
    request.link = request.subject = request.endpoint = endpoint_.id;
    request.evidence_kind = attempt.kind;
    request.purpose = attempt.purpose;
    request.credential = attempt.credential;
    request.max_redirects = std::min(attempt.max_redirects, left - 1);
    request.redirect_hosts = own_hosts_;
    const auto hops = co_await fetch_(std::move(request));
    if (hops.empty()) co_return std::nullopt;
    co_return read_answer(hops, attempt.url);
  }

  static Answer read_answer(const std::vector<http::Hop>& hops, const Url& asked) {
    const auto& last = hops.back();
    Answer answer;
    answer.status = last.exchange.response ? last.exchange.response->status : 0;
    answer.body = last.body;
    answer.url = hops.size() == 1 ? asked : parse_url(last.exchange.request.url).value_or(asked);
    answer.opened = is_success(answer.status) && same_place(asked, answer.url);
    return answer;
  }

  Fetch fetch_;
  ScanContext* scan_;
  const Surface* surface_;
  SurfaceEndpoint endpoint_;
  const ConnectProbeSettings* settings_;
  Url url_;   // what is asked
  Url base_;  // the base URL, whose path no query hash contains
  std::vector<std::string> own_hosts_;
  std::string method_;      // the one that exists
  std::string client_key_;  // of the forged tenant; lifecycle only
  std::string body_;        // of POST and PUT
};

}  // namespace

Task<void> probe_endpoint(http::Client& client, ScanContext& scan, const Surface& surface, SurfaceEndpoint endpoint,
                          const ConnectProbeSettings& settings) {
  Fetch fetch = [&client](http::Request request) { return client.fetch(std::move(request)); };
  co_await probe_endpoint_through(std::move(fetch), scan, surface, std::move(endpoint), settings);
}

Task<void> probe_endpoint_through(Fetch fetch, ScanContext& scan, const Surface& surface, SurfaceEndpoint endpoint,
                                  const ConnectProbeSettings& settings) {
  auto url = parse_url(endpoint.url);
  auto base = parse_url(surface.base_url);
  if (!endpoint.own || endpoint.methods.empty() || !url || !base) co_return;
  Conversation conversation(std::move(fetch), scan, surface, std::move(endpoint), settings, std::move(*url),
                            std::move(*base));
  co_await conversation.run();
}

}  // namespace assay::net::connect
