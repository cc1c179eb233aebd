#pragma once

// JSON values (nlohmann) with limits for foreign input and without exceptions at the border.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace assay {

using Json = nlohmann::json;  // object keys sorted: output is canonical

struct JsonLimits {
  std::size_t max_bytes = 8U << 20U;
  std::size_t max_depth = 64;
};

// Parses one JSON text (RFC 8259; a UTF-8 byte-order mark is skipped). The error names `what`, the line and the column
// (1-based, in characters) and what was found there. Duplicate keys: the last one wins.
Result<Json> parse_json(std::string_view text, std::string_view what, const JsonLimits& limits = {});

// Compact text; invalid UTF-8 inside strings is replaced, never thrown.
std::string dump_json(const Json& value, int indent = -1);

// `value` as T by its from_json; a shape that does not fit is an error that names `what`.
template <class T>
Result<T> decode_json(const Json& value, std::string_view what) {
  try {
    return value.get<T>();
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::invalid_input, std::string(what), std::string("has an unexpected shape: ") + e.what());
  }
}

}  // namespace assay

// std::optional as value or null.
namespace nlohmann {
template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& j, const std::optional<T>& v) {
    if (v) {
      j = *v;
    } else {
      j = nullptr;
    }
  }
  static void from_json(const json& j, std::optional<T>& v) {
    if (j.is_null()) {
      v.reset();
    } else {
      v = j.get<T>();
    }
  }
};
}  // namespace nlohmann
