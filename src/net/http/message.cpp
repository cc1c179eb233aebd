#include "net/http/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "net/request_signer.h"

namespace assay::net::http {
namespace {

bool is_clean(std::string_view text, bool spaces) {
  return std::ranges::none_of(text, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x7F || byte < 0x20 || (byte == ' ' && !spaces);
  });
}

std::string host_field(const Url& url) {
  return url.port ? fmt::format("{}:{}", url.host, *url.port) : url.host;
}

bool has_field(const std::vector<HttpField>& fields, std::string_view name) {
  return std::ranges::any_of(fields, [&](const HttpField& f) { return iequals(f.name, name); });
}

std::vector<HttpField> all_fields(const Request& request, const std::string& user_agent) {
  std::vector<HttpField> fields;
  fields.push_back({"Host", host_field(request.url)});
  const auto add = [&](const char* name, std::string value) {
    if (!has_field(request.fields, name)) fields.push_back({name, std::move(value)});
  };
  add("User-Agent", user_agent);
  add("Accept", "*/*");
  add("Accept-Encoding", "identity");
  add("Connection", "keep-alive");
  for (const auto& field : request.fields) {
    if (!iequals(field.name, "Host")) fields.push_back(field);
  }
  if (!request.body.empty() && !request.body_type.empty()) add("Content-Type", request.body_type);
  const bool expects_length = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (!request.body.empty() || expects_length) add("Content-Length", fmt::format("{}", request.body.size()));
  return fields;
}

// At most `limit` bytes of `text`, cut at a character boundary.
std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  text.resize(limit);
  return text;
}

std::vector<HttpField> redact_fields(const std::vector<HttpField>& fields, const Redactor& redact) {
  std::vector<HttpField> out;
  out.reserve(fields.size());
  for (const auto& f : fields) out.push_back({f.name, redact(valid_utf8(f.value))});
  return out;
}

}  // namespace

Result<Message> compose(const Request& request, const std::string& user_agent, const RequestSigner* signer, Time at) {
  Message message;
  message.fields = all_fields(request, user_agent);
  if (signer != nullptr) {
    const auto sent_as = field_value(message.fields, "User-Agent").value_or("");
    for (auto& field : signer->sign(request.method, request.url, sent_as, at)) {
      message.fields.push_back(std::move(field));
    }
  }
  const auto target = request.url.target();
  bool clean = is_clean(request.method, false) && !request.method.empty() && is_clean(target, false);
  message.bytes = fmt::format("{} {} HTTP/1.1\r\n", request.method, target);
  for (const auto& [name, value] : message.fields) {
    clean = clean && !name.empty() && is_clean(name, false) && is_clean(value, true);
    message.bytes += fmt::format("{}: {}\r\n", name, value);
  }
  if (!clean) {
    return fail(ErrorCode::invalid_input, "request", "its method, target or fields hold control characters or spaces",
                "correct the URL that it was made from");
  }
  message.bytes += "\r\n";
  message.bytes += request.body;
  return message;
}

Redactor::Redactor(const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) {
    if (secret.empty()) continue;
    needles_.push_back(secret);
    needles_.push_back(percent_encode(secret));
  }
  std::ranges::sort(needles_, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redactor::operator()(std::string text) const {
  for (const auto& needle : needles_) text = replace_all(std::move(text), needle, "REDACTED");
  return text;
}

Url Redactor::operator()(Url url) const {
  url.path = (*this)(std::move(url.path));
  if (url.query) url.query = (*this)(std::move(*url.query));
  return url;
}

HttpRequestRecord record_request(const Request& request, const std::vector<HttpField>& fields, const Redactor& redact) {
  HttpRequestRecord record;
  record.method = request.method;
  record.url = redact(request.url).to_string();
  record.fields = redact_fields(fields, redact);
  for (auto& field : record.fields) {
    if (iequals(field.name, "Authorization")) field.value = "JWT REDACTED";
  }
  record.purpose = request.purpose;
  record.credential = request.credential;
  record.body = cut(redact(valid_utf8(request.body)), kKeptRequestBody);
  return record;
}

HttpResponseRecord record_response(const Response& response, const Redactor& redact) {
  HttpResponseRecord record;
  record.status = response.status;
  record.version = response.version;
  record.reason = redact(response.reason);
  record.fields = redact_fields(response.fields, redact);
  auto text = redact(valid_utf8(response.body));
  record.truncated = response.truncated || text.size() > kKeptResponseBody;
  record.body = cut(std::move(text), kKeptResponseBody);
  record.body_bytes = response.body.size();
  record.body_sha256 = sha256_hex(response.body);
  record.complete = response.complete;
  record.anomalies = response.anomalies;
  return record;
}

}  // namespace assay::net::http
