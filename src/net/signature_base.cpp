#include "net/signature_base.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace assay::net {

namespace {

// RFC 9421 §2.2; nullopt for a derived component that requests do not have or that we do not use.
std::optional<std::string> derived(std::string_view name, std::string_view method, const Url& url) {
  if (name == "@method") return std::string(method);
  if (name == "@authority") return url.port ? fmt::format("{}:{}", url.host, *url.port) : url.host;
  if (name == "@scheme") return url.scheme;
  if (name == "@target-uri") return url.to_string();
  if (name == "@request-target") return url.target();
  if (name == "@path") return url.path.empty() ? "/" : url.path;
  if (name == "@query") return "?" + url.query.value_or("");
  return std::nullopt;
}

}  // namespace

std::string component_list(const std::vector<std::string>& components) {
  return fmt::format("(\"{}\")", fmt::join(components, "\" \""));
}

Result<std::string> signature_base(const std::vector<std::string>& components, std::string_view parameters,
                                   std::string_view method, const Url& url, const std::vector<HttpField>& fields) {
  std::string base;
  for (auto it = components.begin(); it != components.end(); ++it) {
    const auto& name = *it;
    if (std::find(components.begin(), it, name) != it)
      return fail(ErrorCode::invalid_input, name, "the signature covers it twice");
    std::optional<std::string> value;
    if (name.starts_with('@')) {
      value = derived(name, method, url);
      if (!value) return fail(ErrorCode::unsupported, name, "is a component that is not known here");
    } else {
      const auto values = field_values(fields, name);
      if (values.empty()) return fail(ErrorCode::not_found, name, "is signed and not in the request");
      value = join(values, ", ");
    }
    base += fmt::format("\"{}\": {}\n", name, *value);
  }
  return base + fmt::format("\"@signature-params\": {}", parameters);
}

}  // namespace assay::net
