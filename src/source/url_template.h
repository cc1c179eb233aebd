#pragma once

// URLs as a Connect descriptor writes them: relative to the base URL, with variables that the product fills.

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/url.h"

namespace assay::source {

// `text` with every variable filled, one by one: {project.key}, ${project.key}, {condition.name(arg)}, {{name}}.
// Conditions become "true", {addonkey} the app's key, {jwt} nothing (it stands for a credential), all others "assay".
// The values are percent-encoded; a brace that opens no variable stays.
std::string fill_variables(std::string_view text, std::string_view app_key);

// True when `text` holds at least one variable.
bool has_variables(std::string_view text);

// `text` with the base-URL placeholders of app frameworks ({{localBaseUrl}}, ${addon.base-url}, …) replaced by
// `replacement`; nullopt when there is none.
std::optional<std::string> replace_base_placeholder(std::string_view text, std::string_view replacement);

struct ComposedUrl {
  std::string id;  // the template: absolute, variables unfilled, without fragment
  Url url;         // the same filled
};

// `written` seen from `base` as the product composes it: a relative URL is appended to the base URL including its path
// (whether or not it starts with '/'), an absolute or protocol-relative one is kept. Errors: unsupported (another
// scheme than http(s), or a variable inside the host), invalid_input (no URL, or user:password@ in it).
Result<ComposedUrl> compose_url(const Url& base, std::string_view written, std::string_view app_key);

}  // namespace assay::source
