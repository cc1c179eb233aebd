#pragma once

// The JSON forms that several resources share. What is absent is left out: the API has no null.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/time.h"
#include "ledger/page.h"
#include "server/http.h"

namespace assay::server::api {

inline void put(Json& json, const char* name, const std::optional<Time>& time) {
  if (time) json[name] = format_rfc3339(*time);
}

inline void put(Json& json, const char* name, const std::string& text) {
  if (!text.empty()) json[name] = text;
}

// A whole list.
inline Json list_json(Json items) {
  return Json{{"items", std::move(items)}};
}
// A page of the ledger, each row by `form`.
// Values as an array, each by `form`.
template <class Values, class Form>
Json array_of(const Values& values, Form form) {
  Json array = Json::array();
  for (const auto& value : values) array.push_back(form(value));
  return array;
}

// One page of a list of the ledger.
template <class T, class Form>
Json page_json(const ledger::Page<T>& page, Form form) {
  Json json = list_json(array_of(page.items, form));
  put(json, "next_cursor", page.next_cursor);
  return json;
}

template <class Counts>
Json severities_json(const Counts& counts) {
  return Json{{"critical", counts.critical}, {"high", counts.high}, {"medium", counts.medium}, {"low", counts.low}};
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
