#include "source/descriptor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/domain.h"
#include "base/text.h"
#include "source/descriptor_modules.h"
#include "source/json_position.h"
#include "source/url_template.h"

namespace assay::source {

namespace {

constexpr JsonLimits kLimits{.max_bytes = kMaxDescriptorBytes, .max_depth = 64};
constexpr std::size_t kMaxEndpoints = 1000;  // the largest published descriptors have some 300 URLs
constexpr std::size_t kMaxNotes = 500;
constexpr std::size_t kShownBytes = 160;

std::string shown(std::string_view text) {
  return printable(ellipsis(text, kShownBytes));
}

// Which of several uses of one URL decides how it is asked: the one whose misuse costs most.
int rank(const SurfaceEndpoint& e) {
  if (e.role == role::kLifecycle)
    return e.lifecycle_event == "installed" ? 0 : e.lifecycle_event == "uninstalled" ? 1 : 2;
  if (e.role == role::kWebhook) return 3;
  return e.role == role::kProviderAction ? 4 : 5;
}

SurfaceOrigin describe_origin(const Url& url, bool own, std::string pointer) {
  const auto parts = split_domain(url.host);
  return {.origin = url.origin(),
          .scheme = url.scheme,
          .host = url.host,
          .port = url.effective_port(),
          .own = own,
          .host_is_ip = url.host_is_ip(),
          .public_suffix = parts.public_suffix,
          .registrable_domain = parts.registrable_domain,
          .suffix_is_private = parts.suffix_is_private,
          .named_by = std::move(pointer)};
}

Result<Json> parse_document(std::string_view text, std::string_view source) {
  const auto start = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  if (start != std::string_view::npos && text[start] == '<')
    return fail(ErrorCode::invalid_input, fmt::format("{}:{}", source, line_and_column(text, start)),
                "is not JSON: looks like HTML",
                "give the address of the descriptor itself, often …/atlassian-connect.json");
  auto document = parse_json(text, source, kLimits);
  if (document && !document->is_object())
    return fail(ErrorCode::invalid_input, fmt::format("{}:{}", source, line_and_column(text, start)),
                fmt::format("is a JSON {}, not a descriptor object", document->type_name()));
  return document;
}

// Builds the surface of one descriptor.
class Reader {
 public:
  Reader(std::string_view text, std::string_view source, const Url* descriptor_url, Json document)
      : text_(text), source_(source), descriptor_url_(descriptor_url), document_(std::move(document)) {
    surface_.app_kind = "connect";
    surface_.source = source;
  }

  Result<Surface> read() {
    if (text_.starts_with("\xEF\xBB\xBF")) note("byte-order-mark", "", "begins with a UTF-8 byte-order mark");
    auto key = required_text("key");
    if (!key) return std::unexpected(key.error());
    auto base = required_text("baseUrl");
    if (!base) return std::unexpected(base.error());
    surface_.app_key = std::move(*key);
    surface_.base_url_written = std::move(*base);
    read_name();
    read_authentication();
    read_scopes();
    read_api_migrations();
    read_base_url();
    if (base_) {
      add_origin(*base_, true, "/baseUrl");
      read_lifecycle();
      read_modules();
      add_descriptor_origin();
    }
    surface_.mentions = hosts_mentioned(document_);
    std::erase_if(surface_.mentions, [this](const SurfaceMention& m) {
      return std::ranges::find(surface_.origins, m.host, &SurfaceOrigin::host) != surface_.origins.end();
    });
    return std::move(surface_);
  }

 private:
  void note(std::string code, std::string pointer, std::string detail) {
    if (surface_.notes.size() < kMaxNotes)
      surface_.notes.push_back({std::move(code), std::move(pointer), std::move(detail)});
  }

  const Json* member(const char* name) const {
    const auto at = document_.find(name);
    return at == document_.end() ? nullptr : &*at;
  }

  Result<std::string> required_text(const char* name) const {
    const Json* value = member(name);
    const auto place = fmt::format("{}:{}", source_, position_of_member(text_, name));
    if (value == nullptr)
      return fail(ErrorCode::invalid_input, place, fmt::format("the descriptor has no \"{}\"", name),
                  "a Connect descriptor needs \"key\" and \"baseUrl\"");
    if (!value->is_string() || trim(value->get_ref<const std::string&>()).empty())
      return fail(
          ErrorCode::invalid_input, place,
          fmt::format("\"{}\" is {}, a text was expected", name, value->is_string() ? "empty" : value->type_name()));
    return std::string(trim(value->get_ref<const std::string&>()));
  }

  void read_name() {
    const Json* name = member("name");
    if (name != nullptr && name->is_string() && !name->get_ref<const std::string&>().empty()) {
      surface_.app_name = name->get<std::string>();
    } else {
      surface_.app_name = surface_.app_key;
      note("name-missing", "/name", "is missing; the key stands for it");
    }
  }

  void read_authentication() {
    const Json* value = member("authentication");
    surface_.authentication = "missing";
    if (value == nullptr) return note("authentication-missing", "/authentication", "is missing");
    std::string pointer = "/authentication";
    if (value->is_array()) {
      note("authentication-list", pointer, "is a list; its first element counts");
      if (value->empty()) return;
      pointer += "/0";
      value = &value->front();
    }
    if (value->is_object()) {
      pointer += "/type";
      if (!value->contains("type")) return note("authentication-missing", pointer, "is missing");
      value = &value->at("type");
    } else if (value->is_string()) {
      note("authentication-text", pointer, "is a text; an object with \"type\" was expected");
    }
    surface_.authentication = "other";
    if (!value->is_string()) return note("authentication-unreadable", pointer, "is no text");
    const auto& written = value->get_ref<const std::string&>();
    const auto type = ascii_lower(trim(written));
    if (type == "jwt" || type == "none") surface_.authentication = type;
    if (type != written) note("authentication-spelling", pointer, fmt::format("is spelt \"{}\"", shown(written)));
  }

  void read_scopes() {
    const Json* value = member("scopes");
    if (value == nullptr || value->is_null()) return;
    std::vector<std::string> written;
    if (value->is_array()) {
      for (const auto& scope : *value)
        if (scope.is_string()) written.push_back(scope.get<std::string>());
      if (written.size() != value->size()) note("scope-unreadable", "/scopes", "holds something that is no text");
    } else if (value->is_string()) {
      note("scopes-text", "/scopes", "is a text; a list was expected");
      const auto spaced = replace_all(value->get<std::string>(), ",", " ");
      for (const auto part : split(spaced, ' '))
        if (!trim(part).empty()) written.emplace_back(trim(part));
    } else {
      return note("scope-unreadable", "/scopes", "is neither a list nor a text");
    }
    for (const auto& scope : written) {
      surface_.scopes.push_back(ascii_upper(trim(scope)));
      if (surface_.scopes.back() != scope)
        note("scope-spelling", "/scopes", fmt::format("\"{}\" is not upper case", shown(scope)));
    }
  }

  void read_api_migrations() {
    const Json* value = member("apiMigrations");
    if (value == nullptr) return;
    if (value->is_object()) {
      surface_.api_migrations = *value;
    } else {
      note("api-migrations-unreadable", "/apiMigrations", "is no object");
    }
  }

  void unusable_base(const std::string& why) {
    note("base-url-unusable", "/baseUrl", fmt::format("\"{}\": {}", shown(surface_.base_url_written), why));
  }

  void read_base_url() {
    std::string written = surface_.base_url_written;
    const std::string origin = descriptor_url_ != nullptr ? descriptor_url_->origin() : std::string();
    if (auto replaced = replace_base_placeholder(written, origin)) {
      if (origin.empty())
        return unusable_base("it is a placeholder, and the descriptor was not read from a URL that could fill it");
      note("placeholder", "/baseUrl", fmt::format("\"{}\" was filled with the descriptor's origin", shown(written)));
      written = std::move(*replaced);
    }
    if (has_variables(written)) return unusable_base("it holds a variable that nothing fills");
    auto url = parse_url(written);
    if (!url) return unusable_base(url.error().reason);
    if (url->scheme != "http" && url->scheme != "https")
      return unusable_base(fmt::format("its scheme is \"{}\", not https", url->scheme));
    if (url->has_userinfo) return unusable_base("it holds a user name or password");
    note_base_url_spelling(written, *url);
    url->query.reset();
    while (url->path.size() > 1 && url->path.ends_with('/')) url->path.pop_back();
    surface_.base_url = url->path == "/" ? url->origin() : url->to_string();
    base_ = std::move(*url);
  }

  void note_base_url_spelling(const std::string& written, const Url& url) {
    if (url.scheme == "http") note("base-url-http", "/baseUrl", "is http, not https");
    if (written.ends_with('/')) note("base-url-trailing-slash", "/baseUrl", "ends with a slash");
    if (url.query || written.find('#') != std::string::npos)
      note("base-url-query", "/baseUrl", "has a query or fragment, which is left out");
    if (url.host_is_ip() && written.find(url.host) == std::string::npos)
      note("base-url-address-spelling", "/baseUrl", fmt::format("is an unusual spelling of the address {}", url.host));
  }

  void read_lifecycle() {
    const Json* value = member("lifecycle");
    if (value == nullptr || value->is_null()) return;
    if (!value->is_object()) return note("lifecycle-unreadable", "/lifecycle", "is no object; no callback is known");
    for (const auto& [event, url] : value->items()) {
      const auto pointer = pointer_to("/lifecycle", event);
      if (!url.is_string()) {
        note("url-not-a-string", pointer, "is no text and cannot be a URL; it is not asked");
        continue;
      }
      SurfaceEndpoint endpoint;
      endpoint.role = role::kLifecycle;
      endpoint.methods = {"POST"};
      endpoint.lifecycle_event = event;
      endpoint.pointer = pointer;
      add_endpoint(url.get_ref<const std::string&>(), std::move(endpoint));
    }
  }

  void read_modules() {
    const Json* value = member("modules");
    if (value == nullptr || value->is_null()) return;
    auto found = collect_module_urls(*value);
    surface_.urls_left_out += found.left_out;
    for (auto& n : found.notes) note(std::move(n.code), std::move(n.pointer), std::move(n.detail));
    for (auto& url : found.urls) {
      SurfaceEndpoint endpoint;
      endpoint.role = std::move(url.role);
      endpoint.methods = std::move(url.methods);
      endpoint.module = std::move(url.module);
      endpoint.pointer = std::move(url.pointer);
      endpoint.admin = url.admin;
      endpoint.public_by_design = !url.public_reason.empty();
      endpoint.public_reason = std::move(url.public_reason);
      add_endpoint(url.written, std::move(endpoint));
    }
  }

  void add_endpoint(const std::string& written, SurfaceEndpoint endpoint) {
    std::string text = written;
    if (auto replaced = replace_base_placeholder(text, surface_.base_url)) {
      note("placeholder", endpoint.pointer, "a placeholder was filled with the base URL");
      text = std::move(*replaced);
    }
    auto composed = compose_url(*base_, text, surface_.app_key);
    if (!composed)
      return note("url-not-asked", endpoint.pointer,
                  fmt::format("\"{}\": {}", shown(written), composed.error().reason));
    endpoint.id = std::move(composed->id);
    endpoint.url = composed->url.to_string();
    endpoint.origin = composed->url.origin();
    endpoint.own = same_site(base_->host, composed->url.host);
    const auto [known, is_new] = index_.try_emplace(endpoint.id, surface_.endpoints.size());
    if (!is_new) return merge(surface_.endpoints[known->second], std::move(endpoint));
    if (surface_.endpoints.size() >= kMaxEndpoints) {
      index_.erase(known);
      ++surface_.urls_left_out;
      return note("too-many-urls", endpoint.pointer,
                  fmt::format("more than {} URLs; this one is not asked", kMaxEndpoints));
    }
    add_origin(composed->url, endpoint.own, endpoint.pointer);
    surface_.endpoints.push_back(std::move(endpoint));
  }

  // One URL in two places is one link with one budget: it is asked as its most sensitive use, with the methods of both;
  // only administrators see it when that holds in every place, and it is public when it is so in any.
  void merge(SurfaceEndpoint& known, SurfaceEndpoint other) {
    if (known.role != other.role)
      note("url-used-twice", other.pointer,
           fmt::format("is also {} ({}); both are one link", known.pointer, known.role));
    if (rank(other) < rank(known)) std::swap(known, other);
    for (auto& method : other.methods)
      if (std::ranges::find(known.methods, method) == known.methods.end()) known.methods.push_back(std::move(method));
    known.admin = known.admin && other.admin;
    if (!known.public_by_design && other.public_by_design) known.public_reason = std::move(other.public_reason);
    known.public_by_design = known.public_by_design || other.public_by_design;
  }

  void add_origin(const Url& url, bool own, const std::string& pointer) {
    if (origins_.try_emplace(url.origin(), surface_.origins.size()).second)
      surface_.origins.push_back(describe_origin(url, own, pointer));
  }

  // A descriptor served from another host of the app belongs to the surface; one from a marketplace's copy does not.
  void add_descriptor_origin() {
    if (descriptor_url_ == nullptr || !same_site(base_->host, descriptor_url_->host)) return;
    if (descriptor_url_->scheme == "http" || descriptor_url_->scheme == "https") add_origin(*descriptor_url_, true, "");
  }

  std::string_view text_, source_;
  const Url* descriptor_url_;
  Json document_;
  Surface surface_;
  std::optional<Url> base_;
  std::map<std::string, std::size_t> index_;    // endpoint id → place in surface_.endpoints
  std::map<std::string, std::size_t> origins_;  // origin → place in surface_.origins
};

}  // namespace

bool looks_like_descriptor(std::string_view text) {
  const auto document = parse_document(text, "descriptor");
  return document && document->contains("baseUrl") && document->contains("key");
}

Result<Surface> read_descriptor(std::string_view text, std::string_view source, const Url* descriptor_url) {
  auto document = parse_document(text, source);
  if (!document) return std::unexpected(document.error());
  return Reader(text, source, descriptor_url, std::move(*document)).read();
}

Surface surface_of_base_url(const Url& base, std::string_view source) {
  Surface surface;
  surface.app_kind = "service";
  surface.app_key = base.origin();
  surface.app_name = base.host;
  surface.source = source;
  surface.base_url_written = base.to_string();
  surface.base_url = base.to_string();
  SurfaceEndpoint endpoint;
  endpoint.id = endpoint.url = base.to_string();
  endpoint.origin = base.origin();
  endpoint.role = role::kBase;
  endpoint.methods = {"GET"};
  surface.endpoints.push_back(std::move(endpoint));
  surface.origins.push_back(describe_origin(base, true, ""));
  return surface;
}

}  // namespace assay::source
