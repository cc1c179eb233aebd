#include "source/descriptor_modules.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "base/text.h"
#include "base/url.h"
#include "source/descriptor_conditions.h"

namespace assay::source {

namespace {

constexpr std::size_t kMaxFound = 4000;    // URLs, and notes: a descriptor of 2 MB could hold 200,000
constexpr std::size_t kMaxKeyBytes = 128;  // pointers are made of keys
constexpr std::size_t kMaxUrlBytes = 2048;

using Names = std::span<const std::string_view>;

// URLs that name something else than an endpoint of the app: pages of a vendor, pictures.
constexpr std::array<std::string_view, 5> kOtherUrlKeys = {"homeUrl", "logoUrl", "documentationUrl", "thumbnailUrl",
                                                           "iconUrl"};

// Subtrees that hold pictures and links, never endpoints.
constexpr std::array<std::string_view, 5> kOtherSubtrees = {"icon", "icons", "vendor", "links", "thumbnail"};

// A key directly in a module of this type that is no endpoint.
struct ModuleKey {
  std::string_view module, key, why;
};
constexpr std::array<ModuleKey, 1> kOtherModuleKeys = {{{"jiraDevelopmentTool", "url", "home page of the provider"}}};

// What the product fetches without a token.
struct Reason {
  std::string_view name, reason;
};
constexpr std::array<Reason, 2> kPublicModules = {{
    {"jiraBackgroundScripts", "a background script is loaded without a token"},
    {"postInstallPage", "the page after installation is shown without a token"},
}};
struct PublicSubtree {
  std::string_view module, key, reason;
};
constexpr std::array<PublicSubtree, 5> kPublicSubtrees = {{
    {"dynamicContentMacros", "imagePlaceholder", "the picture that stands for a macro in the editor"},
    {"staticContentMacros", "imagePlaceholder", "the picture that stands for a macro in the editor"},
    {"dynamicContentMacros", "documentation", "documentation of a macro"},
    {"staticContentMacros", "documentation", "documentation of a macro"},
    {"blueprints", "template", "a blueprint's template is loaded without a token"},
}};
constexpr std::string_view kCacheable = "cacheable: the page is the same for everybody and gets no token";

// Called by the product's servers with POST.
constexpr std::array<std::string_view, 1> kWebhookModules = {"webhooks"};
constexpr std::array<std::string_view, 3> kWebhookSubtrees = {"triggered", "callback", "webhook"};

constexpr std::array<std::string_view, 2> kPutActions = {"onEntityAssociated", "onEntityDisassociated"};

// Shown on administration screens only.
constexpr std::array<std::string_view, 5> kAdminModules = {"adminPages", "adminPage", "configurePage",
                                                           "jiraProjectAdminTabPanels", "jiraProjectPermissions"};

// Modules whose "context" says what a relative URL is relative to: the app (default), the product, or a page module's
// key.
constexpr std::array<std::string_view, 1> kContextModules = {"webItems"};

bool contains(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string_view public_module(std::string_view module) {
  const auto at = std::ranges::find(kPublicModules, module, &Reason::name);
  return at == kPublicModules.end() ? std::string_view() : at->reason;
}

std::string_view public_subtree(std::string_view module, std::string_view key) {
  const auto at =
      std::ranges::find_if(kPublicSubtrees, [&](const PublicSubtree& s) { return s.module == module && s.key == key; });
  return at == kPublicSubtrees.end() ? std::string_view() : at->reason;
}

bool is_url_key(std::string_view key) {
  return key == "url" || key.ends_with("Url");
}

// What a relative URL is relative to when that is not the app; empty when it is.
std::string_view elsewhere(std::string_view module, const Json& object) {
  const auto context = object.find("context");
  if (!contains(kContextModules, module) || context == object.end() || !context->is_string()) return {};
  const auto& text = context->get_ref<const std::string&>();
  return iequals(text, "product") ? "product" : iequals(text, "page") ? "page" : "";
}

// What holds for everything below a point of the document. The views are of the document or of the tables above.
struct Context {
  std::string_view module;
  int depth = 0;  // objects entered below the module type
  bool admin = false;
  bool webhook = false;
  bool action = false;
  bool put_first = false;
  std::string_view elsewhere;  // not empty: relative URLs are not seen from the app's base URL
  std::string_view public_reason;
};

class Walker {
 public:
  ModuleUrls take() { return std::move(found_); }

  // Every module type of `types`, an object at `pointer`.
  void modules(const Json& types, const std::string& pointer) {
    pointer_ = pointer;
    for (const auto& [type, value] : types.items()) {
      Context at;
      at.module = type;
      at.admin = contains(kAdminModules, type);
      at.webhook = contains(kWebhookModules, type);
      at.public_reason = public_module(type);
      step(type, value, type, at);
    }
  }

  void note(std::string code, std::string pointer, std::string detail) {
    if (found_.notes.size() < kMaxFound)
      found_.notes.push_back({std::move(code), std::move(pointer), std::move(detail)});
  }

 private:
  // One step down to `value`; `key` is the member's name that it stands under, through any number of lists.
  void step(std::string_view name, const Json& value, std::string_view key, const Context& at) {
    if (name.size() > kMaxKeyBytes)
      return note("key-too-long", pointer_, "holds a key of more than 128 bytes; it is passed over");
    const auto size = pointer_.size();
    pointer_ = pointer_to(std::move(pointer_), name);
    walk(value, key, at);
    pointer_.resize(size);
  }

  void walk(const Json& value, std::string_view key, const Context& at) {
    if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) step(std::to_string(i), value[i], key, at);
    } else if (value.is_object()) {
      object(value, at);
    } else if (is_url_key(key)) {
      url(value, key, at);
    }
  }

  void object(const Json& value, Context at) {
    if (const auto cacheable = value.find("cacheable"); cacheable != value.end() && *cacheable == Json(true))
      at.public_reason = kCacheable;
    if (const auto conditions = value.find("conditions"); conditions != value.end())
      at.admin = at.admin || requires_admin(*conditions);
    if (const auto other = elsewhere(at.module, value); !other.empty()) at.elsewhere = other;
    ++at.depth;
    for (const auto& [key, member] : value.items()) {
      if (key == "conditions" || contains(kOtherSubtrees, key)) continue;
      step(key, member, key, below(at, key));
    }
  }

  static Context below(const Context& at, std::string_view key) {
    Context next = at;
    next.webhook = at.webhook || contains(kWebhookSubtrees, key);
    next.action = at.action || key == "actions" || key == "templateUrl";
    next.put_first = at.put_first || contains(kPutActions, key);
    if (const auto reason = public_subtree(at.module, key); !reason.empty()) next.public_reason = reason;
    return next;
  }

  void url(const Json& value, std::string_view key, const Context& at) {
    if (contains(kOtherUrlKeys, key)) return;
    const bool direct = at.depth == 1;
    if (direct && std::ranges::any_of(kOtherModuleKeys,
                                      [&](const ModuleKey& k) { return k.module == at.module && k.key == key; }))
      return;
    if (!value.is_string()) {
      if (!value.is_null()) note("url-not-a-string", pointer_, "is no text and cannot be a URL; it is not asked");
      return;
    }
    const auto& written = value.get_ref<const std::string&>();
    if (!at.elsewhere.empty() && !istarts_with(written, "http")) {
      note("url-elsewhere", pointer_,
           "is relative to the " + std::string(at.elsewhere) + ", not to the app; it is not asked");
      return;
    }
    if (found_.urls.size() >= kMaxFound) {
      ++found_.left_out;
      return note("too-many-urls", pointer_, "the modules hold too many URLs; it is not asked");
    }
    found_.urls.push_back(described(written, at));
  }

  ModuleUrl described(const std::string& written, const Context& at) const {
    ModuleUrl found{.written = written,
                    .pointer = pointer_,
                    .module = std::string(at.module),
                    .admin = at.admin,
                    .public_reason = std::string(at.public_reason)};
    if (at.action) {
      found.role = role::kProviderAction;
      found.methods = at.put_first ? std::vector<std::string>{"PUT", "POST", "GET"}
                                   : std::vector<std::string>{"GET", "POST", "PUT"};
    } else if (at.webhook) {
      found.role = role::kWebhook;
      found.methods = {"POST"};
    } else {
      found.role = role::kPage;
      found.methods = {"GET"};
    }
    return found;
  }

  ModuleUrls found_;
  std::string pointer_;  // of what is being walked
};

void collect_mentions(const Json& value, const std::string& pointer, std::map<std::string, std::string>& found) {
  if (found.size() >= kMaxMentions || pointer.size() > kMaxUrlBytes) return;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items())
      if (key.size() <= kMaxKeyBytes) collect_mentions(member, pointer_to(pointer, key), found);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      collect_mentions(value[i], pointer_to(pointer, std::to_string(i)), found);
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > kMaxUrlBytes || !(istarts_with(text, "https://") || istarts_with(text, "http://"))) return;
    if (const auto url = parse_url(text)) found.try_emplace(url->host, pointer);
  }
}

}  // namespace

std::vector<SurfaceMention> hosts_mentioned(const Json& document) {
  std::map<std::string, std::string> found;
  collect_mentions(document, "", found);
  std::vector<SurfaceMention> mentions;
  mentions.reserve(found.size());
  for (auto& [host, pointer] : found) mentions.push_back({host, std::move(pointer)});
  return mentions;
}

std::string pointer_to(std::string parent, std::string_view key) {
  return std::move(parent += "/").append(replace_all(replace_all(std::string(key), "~", "~0"), "/", "~1"));
}

ModuleUrls collect_module_urls(const Json& modules) {
  Walker walker;
  if (modules.is_object()) {
    walker.modules(modules, "/modules");
  } else if (modules.is_array()) {
    walker.note("modules-list", "/modules", "is a list; an object of module types was expected");
    for (std::size_t i = 0; i < modules.size(); ++i)
      if (modules[i].is_object()) walker.modules(modules[i], "/modules/" + std::to_string(i));
  } else {
    walker.note("modules-unreadable", "/modules", "is neither an object nor a list; no module is known");
  }
  return walker.take();
}

}  // namespace assay::source
