#include "server/http.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace assay::server {

namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> kMethods{{
    {Method::get, "GET"},
    {Method::head, "HEAD"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::remove, "DELETE"},
    {Method::options, "OPTIONS"},
}};

// The media type of a Content-Type field, lower case, without parameters.
std::string media_type(std::string_view field) {
  return ascii_lower(trim(field.substr(0, field.find(';'))));
}

}  // namespace

std::string_view to_string(Method method) {
  for (const auto& [known, name] : kMethods) {
    if (known == method) return name;
  }
  return {};
}

std::optional<Method> method_from_string(std::string_view text) {
  for (const auto& [method, name] : kMethods) {
    if (name == text) return method;
  }
  return std::nullopt;
}

bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

std::optional<std::string_view> Parameters::find(std::string_view name) const {
  for (const auto& parameter : all_) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Parameters::values(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const auto& parameter : all_) {
    if (parameter.name == name) found.emplace_back(parameter.value);
  }
  return found;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& field : all_) {
    if (iequals(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(all_, [&](const auto& f) { return iequals(f.name, name); }));
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(all_, [&](const auto& field) { return iequals(field.name, name); });
  all_.push_back({std::string(name), std::move(value)});
}

std::string Actor::label() const {
  switch (kind) {
    case Kind::nobody:
      return "nobody";
    case Kind::session:
      return email;
    case Kind::token:
      return email + " (token " + token_name + ")";
  }
  return {};
}

Result<Json> Request::json() const {
  const std::string type = media_type(headers.get("Content-Type"));
  const bool is_json = type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
  if (!is_json) {
    return fail(ErrorCode::invalid_input, "request body", type.empty() ? "has no content type" : "is " + type,
                "send JSON with Content-Type: application/json");
  }
  return parse_json(body, "request body", {.max_bytes = body.size(), .max_depth = 32});
}

Response json_response(int status, const Json& body) {
  Response response{.status = status};
  response.with("Content-Type", "application/json");
  response.body = dump_json(body);
  return response;
}

Response text_response(int status, std::string body) {
  Response response{.status = status};
  response.with("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

Response empty_response(int status) {
  return Response{.status = status};
}

Response see_other(std::string location) {
  Response response = text_response(303, "See " + location + "\n");
  response.with("Location", std::move(location));
  return response;
}

Response download(std::string content_type, std::string_view file_name, NextPart parts) {
  Response response;
  response.with("Content-Type", std::move(content_type));
  response.with("Content-Disposition", "attachment; filename=\"" + std::string(file_name) + "\"");
  response.parts = std::move(parts);
  return response;
}

Response event_stream(std::shared_ptr<EventFeed> feed) {
  Response response;
  response.with("Content-Type", "text/event-stream");
  response.events = std::move(feed);
  return response;
}

}  // namespace assay::server
