#pragma once

// The JSON forms that several resources share. What is absent is left out: the API has no null.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/time.h"
#include "server/http.h"

namespace assay::server::api {

inline void put(Json& json, const char* name, const std::optional<Time>& time) {
  if (time) json[name] = format_rfc3339(*time);
}

inline void put(Json& json, const char* name, const std::string& text) {
  if (!text.empty()) json[name] = text;
}

// A whole list, and one page of a list.
inline Json list_json(Json items) {
  return Json{{"items", std::move(items)}};
}
inline Json page_json(Json items, const std::string& next_cursor) {
  Json page = list_json(std::move(items));
  put(page, "next_cursor", next_cursor);
  return page;
}

// Values as an array, each by `form`.
template <class Values, class Form>
Json array_of(const Values& values, Form form) {
  Json array = Json::array();
  for (const auto& value : values) array.push_back(form(value));
  return array;
}

inline Response ok(const Json& json) {
  return json_response(200, json);
}
inline Response created(const Json& json, std::string location) {
  Response response = json_response(201, json);
  response.with("Location", "/api/v1" + std::move(location));
  return response;
}

}  // namespace assay::server::api
