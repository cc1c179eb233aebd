#include "source/descriptor_modules.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "source/descriptor_conditions.h"

namespace assay::source {

namespace {

using Names = std::span<const std::string_view>;

// URLs that name something else than an endpoint of the app: pages of a vendor, pictures.
constexpr std::array<std::string_view, 7> kOtherUrlKeys = {"homeUrl", "logoUrl",   "documentationUrl", "thumbnailUrl",
                                                           "iconUrl", "avatarUrl", "vendorUrl"};

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
constexpr std::array<Reason, 4> kPublicSubtrees = {{
    {"imagePlaceholder", "the picture that stands for a macro in the editor"},
    {"documentation", "documentation of a macro"},
    {"template", "a blueprint's template is loaded without a token"},
    {"post-install-page", "the page after installation is shown without a token"},
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

std::string reason_for(std::span<const Reason> table, std::string_view name) {
  const auto at = std::ranges::find(table, name, &Reason::name);
  return at == table.end() ? std::string() : std::string(at->reason);
}

bool is_url_key(std::string_view key) {
  return key == "url" || key.ends_with("Url");
}

bool is_elsewhere(std::string_view context) {
  return iequals(context, "product") || iequals(context, "page");
}

std::string text_member(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// What holds for everything below a point of the document.
struct Context {
  std::string pointer;
  std::string module;
  int depth = 0;  // objects entered below the module type
  bool admin = false;
  bool webhook = false;
  bool action = false;
  bool put_first = false;
  std::string elsewhere;  // not empty: relative URLs are not seen from the app's base URL ("product", "page")
  std::string public_reason;
};

class Walker {
 public:
  ModuleUrls take() { return std::move(found_); }

  void module(const std::string& type, const Json& value, const std::string& pointer) {
    Context at;
    at.pointer = pointer;
    at.module = type;
    at.admin = contains(kAdminModules, type);
    at.webhook = contains(kWebhookModules, type);
    at.public_reason = reason_for(kPublicModules, type);
    walk(value, type, at);
  }

  void note(std::string code, std::string pointer, std::string detail) {
    found_.notes.push_back({std::move(code), std::move(pointer), std::move(detail)});
  }

 private:
  void walk(const Json& value, const std::string& key, const Context& at) {
    if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        Context element = at;
        element.pointer += "/" + std::to_string(i);
        walk(value[i], key, element);
      }
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
    if (const auto context = text_member(value, "context");
        contains(kContextModules, at.module) && is_elsewhere(context))
      at.elsewhere = ascii_lower(context);
    ++at.depth;
    for (const auto& [key, member] : value.items()) {
      if (key == "conditions" || contains(kOtherSubtrees, key)) continue;
      walk(member, key, below(at, key));
    }
  }

  static Context below(const Context& at, const std::string& key) {
    Context next = at;
    next.pointer = pointer_to(at.pointer, key);
    next.webhook = at.webhook || contains(kWebhookSubtrees, key);
    next.action = at.action || key == "actions" || key == "templateUrl";
    next.put_first = at.put_first || contains(kPutActions, key);
    if (auto reason = reason_for(kPublicSubtrees, key); !reason.empty()) next.public_reason = std::move(reason);
    return next;
  }

  void url(const Json& value, const std::string& key, const Context& at) {
    if (contains(kOtherUrlKeys, key)) return;
    const bool direct = at.depth == 1;
    if (direct && std::ranges::any_of(kOtherModuleKeys,
                                      [&](const ModuleKey& k) { return k.module == at.module && k.key == key; }))
      return;
    if (!value.is_string()) {
      if (!value.is_null()) note("url-not-a-string", at.pointer, "is no text and cannot be a URL; it is not asked");
      return;
    }
    const auto& written = value.get_ref<const std::string&>();
    if (!at.elsewhere.empty() && !istarts_with(written, "http")) {
      note("url-elsewhere", at.pointer, "is relative to the " + at.elsewhere + ", not to the app; it is not asked");
      return;
    }
    found_.urls.push_back(described(written, at));
  }

  static ModuleUrl described(const std::string& written, const Context& at) {
    ModuleUrl found{written, at.pointer, at.module, {}, {}, at.admin, at.public_reason};
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
};

}  // namespace

std::string pointer_to(const std::string& parent, std::string_view key) {
  return parent + "/" + replace_all(replace_all(std::string(key), "~", "~0"), "/", "~1");
}

ModuleUrls collect_module_urls(const Json& modules) {
  Walker walker;
  const auto types = [&](const Json& object, const std::string& pointer) {
    for (const auto& [type, value] : object.items()) walker.module(type, value, pointer_to(pointer, type));
  };
  if (modules.is_object()) {
    types(modules, "/modules");
  } else if (modules.is_array()) {
    walker.note("modules-list", "/modules", "is a list; an object of module types was expected");
    for (std::size_t i = 0; i < modules.size(); ++i)
      if (modules[i].is_object()) types(modules[i], "/modules/" + std::to_string(i));
  } else {
    walker.note("modules-unreadable", "/modules", "is neither an object nor a list; no module is known");
  }
  return walker.take();
}

}  // namespace assay::source
