#include "server/auth/sign_in.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/audit.h"
#include "ledger/sessions.h"
#include "server/auth/cookies.h"
#include "server/auth/forgery.h"
#include "server/problem.h"
#include "server/rate_limit.h"

namespace assay::server::auth {

namespace {

constexpr std::chrono::minutes kLoginTime{10};
constexpr std::string_view kCallback = "/auth/callback";

// The handlers of the four pages; shared by their routes.
class SignInPages {
 public:
  explicit SignInPages(SignInServices services) : services_(std::move(services)) {}

  Response login(const Request& request);
  Response callback(const Request& request);
  Response first_run(const Request& request);
  Response logout(const Request& request);

 private:
  std::string redirect_uri(const Request& request) const {
    return own_origin(request, services_.public_origin) + std::string(kCallback);
  }
  Response refuse(const Request& request, const Error& error);
  std::optional<Response> too_often(const Request& request);
  // Starts a session for the person that `find` gives, in one transaction, and sends the browser on.
  template <class Find>
  Response let_in(const Request& request, const std::string& how, const std::string& page, Find find);

  SignInServices services_;
  RateLimiter rate_{1, 60};
};

// A person looks at this, in a browser: plain text, not a problem document.
Response SignInPages::refuse(const Request& request, const Error& error) {
  services_.log.write(
      Severity::warning, "access.refused",
      {{"why", "sign-in"}, {"reason", error.message()}, {"peer", request.peer}, {"request_id", request.request_id}});
  const int status = status_of(error.code);
  Response response = text_response(status == 404 ? 403 : status, "Signing in did not work.\n\n" + error.message() +
                                                                      "\n\nRequest " + request.request_id + "\n");
  return std::move(response.with("Set-Cookie", clear_cookie(login_cookie_name(request.secure), request.secure)));
}

std::optional<Response> SignInPages::too_often(const Request& request) {
  const auto wait = rate_.take(request.peer);
  if (!wait) return std::nullopt;
  Response response = problem(request, 429, "too-many-requests", "Too many attempts to sign in; wait a moment.");
  response.with("Retry-After", std::to_string(wait->count()));
  return response;
}

Response SignInPages::login(const Request& request) {
  if (auto limited = too_often(request)) return std::move(*limited);
  if (!services_.provider) {
    return refuse(request, {ErrorCode::not_found, "sign-in", "no OpenID provider is configured",
                            "start assay serve with --oidc-issuer, or use the link that it printed at its start"});
  }
  const std::string secret = to_base64url(random_bytes(32));
  const auto url = services_.provider->login_url(secret, redirect_uri(request));
  if (!url) return refuse(request, url.error());
  const std::string page = local_page(request.query.get("return_to"));
  Response response = see_other(*url);
  return std::move(response.with(
      "Set-Cookie", make_cookie(login_cookie_name(request.secure), secret + "." + to_base64url(as_bytes(page)),
                                request.secure, kLoginTime)));
}

Response SignInPages::callback(const Request& request) {
  if (auto limited = too_often(request)) return std::move(*limited);
  const auto cookie = find_cookie(request.headers, login_cookie_name(request.secure));
  const std::size_t dot = cookie ? cookie->find('.') : std::string::npos;
  if (!services_.provider || dot == std::string::npos) {
    return refuse(request,
                  {ErrorCode::invalid_input, "sign-in", "this browser did not begin it, or more than 10 minutes ago",
                   "begin again at /auth/login"});
  }
  const auto who = services_.provider->redeem(request.query, cookie->substr(0, dot), redirect_uri(request));
  if (!who) return refuse(request, who.error());
  const auto page = from_base64(cookie->substr(dot + 1));
  return let_in(request, "oidc", page ? local_page(as_text(*page)) : "/",
                [&](ledger::Work& work) { return ledger::sign_in(work, *who); });
}

Response SignInPages::first_run(const Request& request) {
  if (auto limited = too_often(request)) return std::move(*limited);
  if (!services_.first_run || !request.loopback || !services_.first_run->redeem(request.query.get("key"))) {
    return refuse(request,
                  {ErrorCode::invalid_input, "first-run link", "is wrong, was used, or is older than 15 minutes",
                   "restart assay serve: it prints a new one"});
  }
  return let_in(request, "first-run link", "/", [](ledger::Work& work) { return local_admin(work); });
}

template <class Find>
Response SignInPages::let_in(const Request& request, const std::string& how, const std::string& page, Find find) {
  const std::string cookie_name = session_cookie_name(request.secure);
  const std::string previous = find_cookie(request.headers, cookie_name).value_or("");
  const std::string agent(request.headers.get("User-Agent"));
  const auto started = services_.ledger.write([&](ledger::Work& work) -> Result<ledger::StartedSession> {
    const Result<ledger::Person> person = find(work);
    if (!person) return std::unexpected(person.error());
    auto session = ledger::start_session(work, person->id, agent, previous);
    if (!session) return session;
    const auto noted = ledger::append_audit(work, {.actor = person->email,
                                                   .act = "session.start",
                                                   .object = "person:" + person->id,
                                                   .request_id = request.request_id,
                                                   .body = {{"by", how}, {"role", to_string(person->role)}}});
    if (!noted) return std::unexpected(noted.error());
    return session;
  });
  if (!started) return refuse(request, started.error());
  Response response = see_other(page);
  response.with("Set-Cookie", make_cookie(cookie_name, started->key, request.secure, ledger::kSessionLife));
  response.headers.add("Set-Cookie", clear_cookie(login_cookie_name(request.secure), request.secure));
  return response;
}

Response SignInPages::logout(const Request& request) {
  const Actor& actor = request.actor;
  const auto ended = services_.ledger.write([&](ledger::Work& work) -> Result<void> {
    if (const auto gone = ledger::end_session(work, actor.person_id, actor.credential_id); !gone)
      return std::unexpected(gone.error());
    return ledger::append_audit(work, {.actor = actor.label(),
                                       .act = "session.end",
                                       .object = "person:" + actor.person_id,
                                       .request_id = request.request_id});
  });
  if (!ended) return problem(request, ended.error());
  Response response = empty_response();
  response.with("Clear-Site-Data", "\"cache\", \"storage\"");
  return std::move(response.with("Set-Cookie", clear_cookie(session_cookie_name(request.secure), request.secure)));
}

}  // namespace

std::string local_page(std::string_view path) {
  const bool clean = std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
  // "//host" would be another site.
  if (!clean || path.size() > 1000 || !path.starts_with('/') || path.starts_with("//")) return "/";
  return std::string(path);
}

Result<void> add_sign_in(Router& router, SignInServices services) {
  const auto pages = std::make_shared<SignInPages>(std::move(services));
  const auto add = [&](std::string name, Method method, std::string pattern, Permission permission,
                       Response (SignInPages::*page)(const Request&)) {
    return router.add({.name = std::move(name),
                       .method = method,
                       .pattern = std::move(pattern),
                       .permission = permission,
                       .handler = [pages, page](const Request& request) { return ((*pages).*page)(request); },
                       .max_body = 0});
  };
  const std::array added{
      add("login", Method::get, "/auth/login", Permission::open, &SignInPages::login),
      add("login-callback", Method::get, std::string(kCallback), Permission::open, &SignInPages::callback),
      add("first-run", Method::get, "/auth/first-run", Permission::open, &SignInPages::first_run),
      add("logout", Method::post, "/auth/logout", Permission::own_account, &SignInPages::logout),
  };
  for (const auto& result : added) {
    if (!result) return result;
  }
  return {};
}

}  // namespace assay::server::auth
