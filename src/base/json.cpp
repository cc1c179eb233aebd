#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assay {

namespace {

// Line and column, both 1-based, of the byte at `offset`; columns count characters, not bytes.
std::pair<std::size_t, std::size_t> position(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const auto line_start = begin_of_line(text, 0, offset);
  const auto line = 1 + std::ranges::count(text.substr(0, offset), '\n');
  const auto column = 1 + std::ranges::count_if(text.substr(line_start, offset - line_start),
                                                [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {static_cast<std::size_t>(line), static_cast<std::size_t>(column)};
}

// The depth of nesting, read without building anything; stops at `limit` and gives the offset where it was passed.
std::size_t too_deep_at(std::string_view text, std::size_t limit) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit) return i;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what, const JsonLimits& limits) {
  const auto error = [&](ErrorCode code, std::size_t offset, std::string reason) {
    const auto [line, column] = position(text, offset);
    return fail(code, fmt::format("{}:{}:{}", what, line, column), std::move(reason));
  };
  if (text.size() > limits.max_bytes)
    return fail(ErrorCode::limit_exceeded, std::string(what),
                fmt::format("is {} long, the limit is {}", format_bytes(text.size()), format_bytes(limits.max_bytes)));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (trim(text).empty()) return fail(ErrorCode::invalid_input, std::string(what), "is empty");
  if (const auto at = too_deep_at(text, limits.max_depth); at != std::string_view::npos)
    return error(ErrorCode::limit_exceeded, at, fmt::format("is nested deeper than {} levels", limits.max_depth));
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    std::string reason = e.what();
    // nlohmann's text is "[json.exception…] parse error at line L, column C: REASON"; the position is ours already.
    if (const auto at = reason.find(": "); at != std::string::npos) reason = reason.substr(at + 2);
    return error(ErrorCode::invalid_input, e.byte > 0 ? e.byte - 1 : 0, "is not JSON: " + ellipsis(reason, 160));
  } catch (const Json::exception& e) {
    return fail(ErrorCode::invalid_input, std::string(what), std::string("is not JSON: ") + e.what());
  }
}

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay
