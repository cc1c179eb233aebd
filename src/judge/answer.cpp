#include "judge/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/domain.h"
#include "base/text.h"
#include "base/url.h"
#include "model/http_fields.h"

namespace assay::judge {

namespace {

constexpr double kSamePage = 0.9;        // likeness from which two pages are taken for one
constexpr std::size_t kRandomWord = 16;  // bytes; longer words with digits are nonces, hashes, ids
constexpr std::size_t kMaxHops = 20;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool has_body(const HttpResponseRecord& r) {
  return r.body_bytes > 0 || !r.body.empty();
}

std::string media_type(const HttpResponseRecord& r) {
  return media_type_of(field_value(r.fields, "Content-Type").value_or(""));
}

std::string path_without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

const Observed<HttpExchange>* next_hop(const EvidenceView& view, const Observed<HttpExchange>& hop) {
  for (const auto& e : view.all().exchanges())
    if (e.value.previous == hop.id && e.value.hop == hop.value.hop + 1) return &e;
  return nullptr;
}

// A request to log in, told by its parameters: OAuth 2 and OpenID Connect, SAML, WS-Federation, or one that carries the
// asked path along to come back to.
bool asks_to_log_in(const Url& target, const Url& asked) {
  if (!target.query) return false;
  bool client = false;
  bool answer = false;
  for (const auto pair : split(*target.query, '&')) {
    const auto equals = pair.find('=');
    const auto name = ascii_lower(percent_decode(pair.substr(0, equals)));
    const auto value = equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1));
    if (name == "samlrequest" || (name == "wa" && iequals(value, "wsignin1.0"))) return true;
    client = client || name == "client_id";
    answer = answer || name == "redirect_uri" || name == "response_type";
    const bool another_path = path_without_slash(target.path) != path_without_slash(asked.path);
    if (another_path && asked.path.size() > 1 && value.find(asked.path) != std::string::npos) return true;
  }
  return client && answer;
}

// An <input type="password"> in the page.
bool has_password_field(std::string_view html) {
  const auto lower = ascii_lower(html);
  for (std::size_t at = lower.find("<input"); at != std::string::npos; at = lower.find("<input", at + 1)) {
    const auto end = lower.find('>', at);
    if (end == std::string::npos) return false;
    auto tag = lower.substr(at, end - at);
    std::erase_if(tag, [](char c) { return c == '"' || c == '\''; });
    if (tag.find("type=password") != std::string::npos) return true;
  }
  return false;
}

// A status number at one of the usual members of an error object; 0 when there is none.
int stated_status(const Json& object) {
  for (const auto* name : {"status", "statusCode", "status_code", "code", "errorCode"}) {
    const auto at = object.find(name);
    if (at == object.end()) continue;
    if (at->is_number_integer()) return at->get<int>();
    if (at->is_string() && (*at == "401" || *at == "403")) return *at == "401" ? 401 : 403;
  }
  return 0;
}

enum class Statement { none, refusal, error };

// What a JSON body says about itself by its members: a refusal (401 or 403), some error, or nothing of the kind.
Statement stated_in_json(const HttpResponseRecord& r, const std::string& type) {
  if (type != "application/json" && !type.ends_with("+json") && !trim(r.body).starts_with('{')) return Statement::none;
  const auto json = parse_json(r.body, "body");
  if (!json || !json->is_object()) return Statement::none;
  const auto error = json->find("error");
  int status = stated_status(*json);
  if (status == 0 && error != json->end() && error->is_object()) status = stated_status(*error);
  if (status == 401 || status == 403) return Statement::refusal;
  const bool has_data = json->contains("data") && !json->at("data").is_null();
  if (has_data) return Statement::none;
  if (status >= 400 && status <= 599) return Statement::error;
  if (error != json->end() && !error->is_null() && *error != false) return Statement::error;
  const auto errors = json->find("errors");
  if (errors != json->end() && errors->is_array() && !errors->empty()) return Statement::error;
  for (const auto* flag : {"ok", "success", "authenticated", "authorized"})
    if (const auto at = json->find(flag); at != json->end() && *at == false) return Statement::error;
  return Statement::none;
}

const Observed<HttpExchange>* control_of(const EvidenceView& view, const std::string& origin) {
  for (const auto* e : EvidenceView(view.all(), origin).exchanges(kind::kHttpOrigin, purpose::kMissing))
    if (e->value.hop == 0) return &view.final_hop(*e);
  return nullptr;
}

std::string without_own_path(const HttpExchange& e) {
  const auto url = parse_url(e.request.url);
  if (!url || url->path.size() < 2) return e.response->body;
  return replace_all(e.response->body, url->path, " ");
}

bool same_page(const HttpExchange& a, const HttpExchange& b) {
  if (a.response->status != b.response->status) return false;
  if (media_type(*a.response) != media_type(*b.response)) return false;
  if (!a.response->body_sha256.empty() && a.response->body_sha256 == b.response->body_sha256) return true;
  return likeness(without_own_path(a), without_own_path(b)) >= kSamePage;
}

std::string describe(const Observed<HttpExchange>& first, const Observed<HttpExchange>& last) {
  std::string out = request_line(first.value) + " " + std::string(describe_credential(first.value.request.credential));
  if (&first != &last) out += " → " + request_line(last.value);
  if (!last.value.response) return out;
  const auto& r = *last.value.response;
  out += ": " + status_line(r);
  if (has_body(r)) {
    const auto type = media_type(r);
    out += fmt::format(" ({}{})", type.empty() ? "" : type + ", ",
                       format_bytes(std::max<std::uint64_t>(r.body_bytes, r.body.size())));
  }
  return out;
}

class Reader {
 public:
  Reader(const EvidenceView& view, const Observed<HttpExchange>& first) : view_(view), first_(first), last_(&first) {}

  Answer read() {
    answer_.method = first_.value.request.method;
    answer_.credential = first_.value.request.credential;
    answer_.evidence.push_back(first_.id);
    if (follow()) classify_last();
    answer_.seen = describe(first_, *last_) + note_;
    answer_.status = last_->value.response ? last_->value.response->status : 0;
    answer_.last = last_;
    return std::move(answer_);
  }

 private:
  void is(AnswerKind kind, std::string note = {}) {
    answer_.kind = kind;
    note_ = std::move(note);
  }

  void is_unclear(std::string code, std::string_view why) {
    answer_.kind = AnswerKind::unclear;
    answer_.unknown = {std::move(code), fmt::format("{}: {}.", describe(first_, *last_), why)};
  }

  // Moves last_ to the end of the redirects; false when the answer is decided on the way.
  bool follow() {
    const auto asked = parse_url(first_.value.request.url);
    for (std::size_t hops = 0; hops < kMaxHops; ++hops) {
      if (!last_->value.response || !is_redirect(last_->value.response->status)) return true;
      const auto location = field_value(last_->value.response->fields, "Location");
      const auto here = parse_url(last_->value.request.url);
      const auto target = location && here ? resolve_url(*here, *location) : Result<Url>(Url{});
      if (!asked || !target || target->host.empty()) {
        is_unclear("redirect-unreadable", "it redirects without a usable Location");
        return false;
      }
      if (asks_to_log_in(*target, *asked)) {
        is(AnswerKind::refused, ", a redirect to log in at " + printable(target->origin()));
        return false;
      }
      if (!same_site(target->host, asked->host)) {
        is(AnswerKind::refused, ", a redirect to another site, " + printable(target->origin()));
        return false;
      }
      const auto* next = next_hop(view_, *last_);
      if (next == nullptr) {
        is_unclear("redirect-not-followed", "what it redirects to was not asked");
        return false;
      }
      last_ = next;
      answer_.evidence.push_back(next->id);
    }
    is_unclear("too-many-redirects", "it keeps redirecting");
    return false;
  }

  void classify_last() {
    if (auto why = unanswered(last_->value)) {
      answer_.kind = AnswerKind::unclear;
      answer_.unknown = std::move(*why);
      return;
    }
    const int status = last_->value.response->status;
    if (status == 404 || status == 410) return is(AnswerKind::absent);
    if (status >= 400) return is(AnswerKind::refused);
    if (status >= 300 || status < 200) return is_unclear("unexpected-status", "the status neither serves nor refuses");
    classify_success();
  }

  void classify_success() {
    const auto& r = *last_->value.response;
    const auto type = media_type(r);
    if (!has_body(r)) return is(AnswerKind::empty);
    if (last_ != &first_) {
      if (has_password_field(r.body)) return is(AnswerKind::refused, ", a log-in form");
      const auto asked = parse_url(first_.value.request.url);
      const auto got = parse_url(last_->value.request.url);
      if (!asked || !got || path_without_slash(asked->path) != path_without_slash(got->path))
        return is_unclear("redirected-elsewhere", "another page was shown in place of the endpoint");
    }
    switch (stated_in_json(r, type)) {
      case Statement::refusal:
        return is(AnswerKind::refused, ", a JSON body that states the refusal");
      case Statement::error:
        return is_unclear("error-in-body", "the JSON body states an error of another kind");
      case Statement::none:
        break;
    }
    if (is_static_media(type)) return is_unclear("static-content", "a static file, which may be meant for everybody");
    const auto* control = control_of(view_, first_.value.origin);
    if (control != nullptr && control->value.response && same_page(last_->value, control->value)) {
      answer_.evidence.push_back(control->id);
      return is_unclear("same-as-missing-path",
                        "a path that cannot exist is answered with the same page, so it shows nothing of the endpoint");
    }
    if (has_password_field(r.body))
      return is_unclear("log-in-form", "the page has a password field and may be a log-in page");
    is(AnswerKind::accepted);
  }

  const EvidenceView& view_;
  const Observed<HttpExchange>& first_;
  const Observed<HttpExchange>* last_;
  std::string note_;
  Answer answer_;
};

bool is_word_char(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         u >= 0x80;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word_char(text[i])) {
      ++i;
      continue;
    }
    const auto start = i;
    while (i < text.size() && is_word_char(text[i])) ++i;
    const auto word = text.substr(start, i - start);
    const bool digits = std::ranges::any_of(word, [](char c) { return c >= '0' && c <= '9'; });
    if (word.size() < kRandomWord || !digits) words.push_back(word);
  }
  std::ranges::sort(words);
  return words;
}

}  // namespace

Answer read_answer(const EvidenceView& view, const Observed<HttpExchange>& first) {
  return Reader(view, first).read();
}

std::vector<Answer> read_answers(const EvidenceView& view, std::string_view evidence_kind) {
  std::vector<Answer> answers;
  for (const auto* e : view.exchanges(evidence_kind))
    if (e->value.hop == 0) answers.push_back(read_answer(view, *e));
  return answers;
}

void report_page_not_seen(Ruling& ruling, const std::vector<Answer>& answers) {
  const bool refused = std::ranges::any_of(
      answers, [](const Answer& a) { return a.kind == AnswerKind::refused || a.kind == AnswerKind::absent; });
  if (answers.empty()) {
    ruling.unknown({std::string(kNotProbed), "The page was not asked for."});
  } else if (refused) {
    ruling.unknown(
        {"only-refusal-seen", "Only the refusal of the page could be seen; its own headers need a valid token."});
  } else {
    ruling.unknown({"page-not-seen", "None of the answers showed the page."});
  }
}

std::string_view describe_credential(std::string_view c) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kWords = {{
      {credential::kNone, "without a token"},
      {credential::kForgedHs256, "with a token signed with a made-up secret (HS256)"},
      {credential::kEmptyKeyHs256, "with a token signed with the empty secret (HS256)"},
      {credential::kAlgNone, "with an unsigned token (alg=none)"},
      {credential::kForgedRs256, "with a token whose signature is forged (RS256)"},
      {credential::kExpired, "with an expired token"},
      {credential::kWrongQsh, "with a token made for another URL (wrong qsh)"},
      {credential::kTampered, "with a token whose claims were changed"},
      {credential::kUserJwt, "with the user's token"},
      {credential::kTenantJwt, "with a valid token of the lab tenant"},
  }};
  const auto at = std::ranges::find(kWords, c, &std::pair<std::string_view, std::string_view>::first);
  return at == kWords.end() ? "with an unknown credential" : at->second;
}

double likeness(std::string_view a, std::string_view b) {
  const auto x = words_of(a);
  const auto y = words_of(b);
  if (x.empty() && y.empty()) return trim(a) == trim(b) ? 1.0 : 0.0;
  std::vector<std::string_view> common;
  std::ranges::set_intersection(x, y, std::back_inserter(common));
  return 2.0 * static_cast<double>(common.size()) / static_cast<double>(x.size() + y.size());
}

bool is_static_media(std::string_view t) {
  for (const std::string_view group : {"image/", "font/", "audio/", "video/"})
    if (t.starts_with(group)) return true;
  constexpr std::array<std::string_view, 6> kTypes = {
      "text/css",         "text/javascript",          "application/javascript",
      "application/wasm", "application/x-javascript", "application/font-woff"};
  return std::ranges::find(kTypes, t) != kTypes.end();
}

}  // namespace assay::judge
