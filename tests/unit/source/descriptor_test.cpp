#include "source/descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace assay::source {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A descriptor around `members`, e.g. R"("modules":{})".
std::string descriptor(const std::string& members, const std::string& base = "https://app.example.com/connect") {
  return R"({"key":"com.example.app","name":"Example","authentication":{"type":"jwt"},"baseUrl":")" + base + "\"," +
         members + "}";
}

Surface read(const std::string& text, const Url* from = nullptr) {
  auto surface = read_descriptor(text, "test.json", from);
  EXPECT_TRUE(surface) << surface.error().message();
  return surface ? *surface : Surface{};
}

Surface read_modules(const std::string& modules) {
  return read(descriptor("\"modules\":" + modules));
}

const SurfaceEndpoint* find(const Surface& s, std::string_view id_end) {
  const auto at = std::ranges::find_if(s.endpoints, [&](const auto& e) { return e.id.ends_with(id_end); });
  return at == s.endpoints.end() ? nullptr : &*at;
}

std::vector<std::string> paths(const Surface& s) {
  std::vector<std::string> out;
  for (const auto& e : s.endpoints) out.push_back(e.id.substr(e.id.find('/', 8)));
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> codes(const Surface& s) {
  std::vector<std::string> out;
  for (const auto& n : s.notes) out.push_back(n.code);
  return out;
}

Error error_of(const std::string& text) {
  const auto surface = read_descriptor(text, "test.json", nullptr);
  EXPECT_FALSE(surface);
  return surface ? Error{} : surface.error();
}

TEST(Descriptor, HeadAndBase) {
  const auto s = read(descriptor(R"("scopes":["READ"],"apiMigrations":{"signed-install":true})",
                                 "https://App.Example.com:443/connect"));
  EXPECT_EQ(s.app_kind, "connect");
  EXPECT_EQ(s.app_key, "com.example.app");
  EXPECT_EQ(s.app_name, "Example");
  EXPECT_EQ(s.source, "test.json");
  EXPECT_EQ(s.base_url_written, "https://App.Example.com:443/connect");
  EXPECT_EQ(s.base_url, "https://app.example.com/connect");
  EXPECT_EQ(s.authentication, "jwt");
  EXPECT_THAT(s.scopes, ElementsAre("READ"));
  EXPECT_TRUE(s.api_migrations.at("signed-install").get<bool>());
  EXPECT_THAT(s.notes, IsEmpty());
  ASSERT_EQ(s.origins.size(), 1U);
  EXPECT_EQ(s.origins[0].origin, "https://app.example.com");
  EXPECT_EQ(s.origins[0].registrable_domain, "example.com");
  EXPECT_EQ(s.origins[0].named_by, "/baseUrl");
  EXPECT_EQ(s.origins[0].port, 443);
}

TEST(Descriptor, EveryUrlAtAnyDepthWhateverTheModule) {
  const auto s = read_modules(R"({
    "generalPages":[{"key":"a","url":"/a"}],
    "jiraIssueGlances":[{"target":{"type":"web_panel","url":"/glance"}}],
    "futureModule":{"deep":[[{"lists":[{"url":"/nested"}]}]]},
    "dynamicContentMacros":[{"url":"/m","renderModes":{"pdf":{"url":"/m/pdf"}},"editor":{"url":"/m/edit"}}],
    "jiraDesignInfoProvider":{"actions":{"getEntityByUrl":{"templateUrl":"/design"}}}})");
  EXPECT_THAT(paths(s), ElementsAre("/connect/a", "/connect/design", "/connect/glance", "/connect/m", "/connect/m/edit",
                                    "/connect/m/pdf", "/connect/nested"));
  EXPECT_EQ(find(s, "/nested")->pointer, "/modules/futureModule/deep/0/0/lists/0/url");
  EXPECT_EQ(find(s, "/nested")->module, "futureModule");
}

TEST(Descriptor, UrlsThatAreNoEndpoints) {
  const auto s = read_modules(R"({
    "jiraDevelopmentTool":{"url":"https://app.example.com/home","logoUrl":"/logo.png","homeUrl":"/h","documentationUrl":"/d",
      "actions":{"createBranch":{"templateUrl":"/branch"}}},
    "webPanels":[{"url":"/p","icon":{"url":"/i.png"},"icons":[{"url":"/j.png"}],"thumbnailUrl":"/t.png","vendor":{"url":"/v"}}]})");
  EXPECT_THAT(paths(s), ElementsAre("/connect/branch", "/connect/p"));
}

TEST(Descriptor, RolesAndMethods) {
  const auto s = read(descriptor(R"("lifecycle":{"installed":"/hooks/add","dare-migration":"/mig"},"modules":{
    "webhooks":[{"event":"jira:issue_updated","url":"/hook"}],
    "jiraWorkflowPostFunctions":[{"triggered":{"url":"/fired"},"create":{"url":"/create"}}],
    "jiraDeploymentGating":{"callback":{"url":"/gate"}},
    "jiraSecurityInfoProvider":{"actions":{"fetchContainers":{"templateUrl":"/fc"},"onEntityAssociated":{"templateUrl":"/oea"}}}})"));
  EXPECT_EQ(find(s, "/hooks/add")->role, role::kLifecycle);
  EXPECT_EQ(find(s, "/hooks/add")->lifecycle_event, "installed");
  EXPECT_THAT(find(s, "/hooks/add")->methods, ElementsAre("POST"));
  EXPECT_EQ(find(s, "/mig")->lifecycle_event, "dare-migration");
  for (const auto* path : {"/hook", "/fired", "/gate"}) {
    EXPECT_EQ(find(s, path)->role, role::kWebhook) << path;
    EXPECT_THAT(find(s, path)->methods, ElementsAre("POST"));
  }
  EXPECT_EQ(find(s, "/create")->role, role::kPage);
  EXPECT_THAT(find(s, "/create")->methods, ElementsAre("GET"));
  EXPECT_EQ(find(s, "/fc")->role, role::kProviderAction);
  EXPECT_THAT(find(s, "/fc")->methods, ElementsAre("GET", "POST", "PUT"));
  EXPECT_THAT(find(s, "/oea")->methods, ElementsAre("PUT", "POST", "GET"));
}

TEST(Descriptor, APageNamedInstallationIsAPage) {
  const auto s = read_modules(R"({"generalPages":[{"url":"/installation-guide"}]})");
  EXPECT_EQ(find(s, "/installation-guide")->role, role::kPage);
}

TEST(Descriptor, PublicByDesignKeepsTheRestOfTheModule) {
  const auto s = read_modules(R"({
    "webPanels":[{"url":"/shell","cacheable":true},{"url":"/panel"}],
    "jiraBackgroundScripts":[{"url":"/bg"}],"postInstallPage":{"url":"/thanks"},
    "staticContentMacros":[{"url":"/macro","imagePlaceholder":{"url":"/img"},"documentation":{"url":"/doc"}}],
    "blueprints":[{"template":{"url":"/tpl","blueprintContext":{"url":"/ctx"}}}],
    "otherModule":{"template":{"url":"/other"}}})");
  for (const auto* path : {"/shell", "/bg", "/thanks", "/img", "/doc", "/tpl", "/ctx"}) {
    ASSERT_NE(find(s, path), nullptr) << path;
    EXPECT_TRUE(find(s, path)->public_by_design) << path;
    EXPECT_FALSE(find(s, path)->public_reason.empty()) << path;
  }
  EXPECT_FALSE(find(s, "/panel")->public_by_design);
  EXPECT_FALSE(find(s, "/other")->public_by_design);
  EXPECT_FALSE(find(s, "/macro")->public_by_design);
}

TEST(Descriptor, AdminByModuleOrByConditions) {
  const auto s = read_modules(R"({
    "adminPages":[{"url":"/admin"}],"configurePage":{"url":"/config"},
    "generalPages":[{"url":"/g1","conditions":[{"condition":"user_is_admin"}]},{"url":"/g2"},
      {"url":"/g3","conditions":[{"or":[{"condition":"user_is_admin"},{"condition":"user_is_sysadmin"}]}]},
      {"url":"/g4","conditions":[{"condition":"user_is_admin","invert":true}]}]})");
  EXPECT_TRUE(find(s, "/admin")->admin);
  EXPECT_TRUE(find(s, "/config")->admin);
  EXPECT_TRUE(find(s, "/g1")->admin);
  EXPECT_FALSE(find(s, "/g2")->admin) << "its neighbour's conditions are not its own";
  EXPECT_TRUE(find(s, "/g3")->admin);
  EXPECT_FALSE(find(s, "/g4")->admin);
}

TEST(Descriptor, OnlyOwnRegistrableHostsAreOwn) {
  const auto s = read_modules(R"({"dialogs":[{"url":"https://api.example.com/own"},{"url":"https://github.com/foreign"},
    {"url":"https://example.com.evil.net/x"}]})");
  EXPECT_TRUE(find(s, "/own")->own);
  EXPECT_FALSE(find(s, "/foreign")->own);
  EXPECT_FALSE(find(s, "evil.net/x")->own);
  ASSERT_EQ(s.origins.size(), 4U);
  EXPECT_EQ(std::ranges::count_if(s.origins, &SurfaceOrigin::own), 2);
}

TEST(Descriptor, TenantsOfOneProviderAreNotTheSameOwner) {
  const auto s = read(
      descriptor(R"("modules":{"dialogs":[{"url":"https://b.herokuapp.com/x"},{"url":"https://a.herokuapp.com/y"}]})",
                 "https://a.herokuapp.com"));
  EXPECT_FALSE(find(s, "/x")->own);
  EXPECT_TRUE(find(s, "/y")->own);
  EXPECT_TRUE(s.origins[0].suffix_is_private);
}

TEST(Descriptor, AddressesAreOwnOnlyWhenEqual) {
  const auto s =
      read(descriptor(R"("modules":{"dialogs":[{"url":"http://127.0.0.2:81/x"},{"url":"http://127.0.0.1:81/y"}]})",
                      "http://127.0.0.1:8080"));
  EXPECT_FALSE(find(s, "/x")->own);
  EXPECT_TRUE(find(s, "/y")->own);
  EXPECT_EQ(find(s, "/y")->origin, "http://127.0.0.1:81");
}

TEST(Descriptor, OneUrlTwiceIsOneLink) {
  const auto s = read(descriptor(R"("lifecycle":{"enabled":"/e","installed":"/e","uninstalled":"/e"},"modules":{
    "adminPages":[{"url":"/both"},{"url":"/both"}],"generalPages":[{"url":"/both"}],"webhooks":[{"url":"/both"}]})"));
  ASSERT_EQ(s.endpoints.size(), 2U);
  EXPECT_EQ(find(s, "/e")->lifecycle_event, "installed");
  EXPECT_EQ(find(s, "/both")->role, role::kWebhook);
  EXPECT_THAT(find(s, "/both")->methods, ElementsAre("POST", "GET"));
  EXPECT_FALSE(find(s, "/both")->admin) << "a general page shows it to everybody";
  EXPECT_THAT(codes(s), ElementsAre("url-used-twice"));
}

TEST(Descriptor, ItemsOfTheProductAreNotAsked) {
  const auto s = read_modules(
      R"({"webItems":[{"url":"/secure/Dashboard.jspa","context":"product"},{"url":"my-page","context":"page"},
    {"url":"/item","context":"addon"},{"url":"mailto:x@example.com"}]})");
  EXPECT_THAT(paths(s), ElementsAre("/connect/item"));
  EXPECT_THAT(codes(s), ElementsAre("url-elsewhere", "url-elsewhere", "url-not-asked"));
}

struct Leniency {
  std::string members, note, authentication;
};

class IsLenient : public testing::TestWithParam<Leniency> {};

TEST_P(IsLenient, AndSaysSo) {
  const auto s = read(R"({"key":"k","name":"n","baseUrl":"https://app.example.com",)" + GetParam().members + "}");
  EXPECT_THAT(codes(s), Contains(GetParam().note));
  EXPECT_EQ(s.authentication, GetParam().authentication);
}

INSTANTIATE_TEST_SUITE_P(
    Descriptors, IsLenient,
    testing::Values(
        Leniency{R"("authentication":[{"type":"jwt"}])", "authentication-list", "jwt"},
        Leniency{R"("authentication":"jwt")", "authentication-text", "jwt"},
        Leniency{R"("authentication":{"type":"JWT"})", "authentication-spelling", "jwt"},
        Leniency{R"("authentication":{"type":"NONE"})", "authentication-spelling", "none"},
        Leniency{R"("authentication":{})", "authentication-missing", "missing"},
        Leniency{R"("authentication":[])", "authentication-list", "missing"},
        Leniency{R"("authentication":7)", "authentication-unreadable", "other"},
        Leniency{R"("modules":{})", "authentication-missing", "missing"},
        Leniency{R"("authentication":{"type":"oauth"},"scopes":["read"])", "scope-spelling", "other"},
        Leniency{R"("authentication":{"type":"jwt"},"scopes":"READ, WRITE")", "scopes-text", "jwt"},
        Leniency{R"("authentication":{"type":"jwt"},"scopes":[1])", "scope-unreadable", "jwt"},
        Leniency{R"("authentication":{"type":"jwt"},"modules":[{"webPanels":[{"url":"/x"}]}])", "modules-list", "jwt"},
        Leniency{R"("authentication":{"type":"jwt"},"modules":"none")", "modules-unreadable", "jwt"},
        Leniency{R"("authentication":{"type":"jwt"},"modules":{"a":{"url":5}})", "url-not-a-string", "jwt"},
        Leniency{R"("authentication":{"type":"jwt"},"lifecycle":[])", "lifecycle-unreadable", "jwt"},
        Leniency{R"("authentication":{"type":"jwt"},"lifecycle":{"installed":1})", "url-not-a-string", "jwt"},
        Leniency{R"("authentication":{"type":"jwt"},"apiMigrations":[])", "api-migrations-unreadable", "jwt"}));

TEST(Descriptor, ModulesAsAListAreStillRead) {
  const auto s = read_modules(R"([{"webPanels":[{"url":"/x"}]}])");
  EXPECT_EQ(find(s, "/x")->pointer, "/modules/0/webPanels/0/url");
}

TEST(Descriptor, SmallLeniencies) {
  const auto s = read(
      "\xEF\xBB\xBF"
      R"({"key":"k","baseUrl":"http://app.example.com/?a=b","authentication":{"type":"none"},"scopes":["read"]})");
  EXPECT_THAT(codes(s),
              ElementsAre("byte-order-mark", "name-missing", "scope-spelling", "base-url-http", "base-url-query"));
  EXPECT_EQ(s.base_url, "http://app.example.com");
  EXPECT_EQ(s.app_name, "k");
  EXPECT_THAT(s.scopes, ElementsAre("READ"));
  EXPECT_THAT(codes(read(descriptor("\"x\":1", "https://app.example.com/"))), ElementsAre("base-url-trailing-slash"));
}

TEST(Descriptor, PlaceholdersComeFromTheDescriptorsUrl) {
  const auto from = parse_url("https://app.example.com:8443/atlassian-connect.json").value();
  const auto s =
      read(descriptor(R"("modules":{"webPanels":[{"url":"{{localBaseUrl}}/x"}]})", "{{localBaseUrl}}/base"), &from);
  EXPECT_EQ(s.base_url, "https://app.example.com:8443/base");
  EXPECT_EQ(s.endpoints.at(0).url, "https://app.example.com:8443/base/x");
  EXPECT_THAT(codes(s), ElementsAre("placeholder", "placeholder"));
  const auto file = read(descriptor("\"x\":1", "${addon.base-url}"));
  EXPECT_EQ(file.base_url, "");
  EXPECT_THAT(codes(file), ElementsAre("base-url-unusable"));
}

TEST(Descriptor, TheDescriptorsHostIsPartOfTheSurfaceWhenItIsTheAppsOwn) {
  const auto own = parse_url("https://static.example.com/ac.json").value();
  const auto s = read(descriptor("\"x\":1"), &own);
  ASSERT_EQ(s.origins.size(), 2U);
  EXPECT_EQ(s.origins[1].origin, "https://static.example.com");
  EXPECT_TRUE(s.origins[1].own);
  const auto marketplace = parse_url("https://marketplace.atlassian.com/download/apps/1/descriptor").value();
  EXPECT_EQ(read(descriptor("\"x\":1"), &marketplace).origins.size(), 1U);
}

class Unusable : public testing::TestWithParam<const char*> {};

TEST_P(Unusable, BaseUrlLeavesNothingToAsk) {
  const auto s = read(descriptor(
      R"("lifecycle":{"installed":"/i"},"modules":{"webPanels":[{"url":"https://other.example.com/x"}]})", GetParam()));
  EXPECT_EQ(s.base_url, "");
  EXPECT_EQ(s.base_url_written, GetParam());
  EXPECT_THAT(codes(s), Contains("base-url-unusable"));
  EXPECT_THAT(s.endpoints, IsEmpty());
  EXPECT_THAT(s.origins, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(BaseUrls, Unusable,
                         testing::Values("file:///etc/passwd", "ftp://a.example/", "https://", "/relative", "a.example",
                                         "https://me:secret@a.example/", "https://{tenant}.a.example",
                                         "http://1.2.3.4.5/", "http://999.1.1.1/", "https://a.example:99999/",
                                         "javascript:alert(1)"));

TEST(Descriptor, UnusualAddressesAreNormalisedAndNoted) {
  const auto s = read(descriptor("\"x\":1", "http://0177.0.0.1/"));
  EXPECT_EQ(s.base_url, "http://127.0.0.1");
  EXPECT_THAT(codes(s), Contains("base-url-address-spelling"));
  EXPECT_TRUE(s.origins.at(0).host_is_ip);
  EXPECT_EQ(read(descriptor("\"x\":1", "http://169.254.169.254/")).base_url, "http://169.254.169.254");
}

TEST(DescriptorErrors, NameTheLineAndColumn) {
  const auto html = error_of("\n <!doctype html><html></html>");
  EXPECT_EQ(html.thing, "test.json:2:2");
  EXPECT_EQ(html.reason, "is not JSON: looks like HTML");
  EXPECT_THAT(html.remedy, HasSubstr("atlassian-connect.json"));

  const auto cut = error_of("{\n \"key\": \"k\",\n \"baseUrl\": \"https:");
  EXPECT_THAT(cut.thing, testing::StartsWith("test.json:3:"));
  EXPECT_THAT(cut.reason, HasSubstr("is not JSON"));

  const auto list = error_of(" [1]");
  EXPECT_EQ(list.thing, "test.json:1:2");
  EXPECT_THAT(list.reason, HasSubstr("array"));

  const auto key = error_of("{\n  \"baseUrl\": \"https://a.example\"}");
  EXPECT_EQ(key.thing, "test.json:1:1");
  EXPECT_EQ(key.reason, "the descriptor has no \"key\"");

  const auto base = error_of("{\"key\": \"ü{\\\"baseUrl\\\":\",\n  \"x\": {\"baseUrl\": 1}, \"baseUrl\": 5}");
  EXPECT_EQ(base.thing, "test.json:2:35");
  EXPECT_THAT(base.reason, HasSubstr("number"));
  EXPECT_THAT(error_of(R"({"key":"","baseUrl":"x"})").reason, HasSubstr("empty"));
  EXPECT_THAT(error_of("").reason, HasSubstr("empty"));
}

TEST(DescriptorErrors, Limits) {
  const auto big = error_of(descriptor("\"x\":\"" + std::string(3U << 20U, 'x') + "\""));
  EXPECT_EQ(big.code, ErrorCode::limit_exceeded);
  const auto deep = error_of(descriptor("\"modules\":" + std::string(100, '[') + std::string(100, ']')));
  EXPECT_EQ(deep.code, ErrorCode::limit_exceeded);
  EXPECT_THAT(deep.reason, HasSubstr("64"));
}

TEST(DescriptorErrors, ManyUrlsAreCutAndSaidSo) {
  std::string panels;
  for (int i = 0; i < 1100; ++i)
    panels += (i == 0 ? "" : ",") + std::string(R"({"url":"/p)") + std::to_string(i) + "\"}";
  const auto s = read_modules("{\"webPanels\":[" + panels + "]}");
  EXPECT_EQ(s.endpoints.size(), 1000U);
  EXPECT_THAT(codes(s), Contains("too-many-urls"));
  EXPECT_EQ(s.urls_left_out, 100U);
}

// Sizes multiply: long keys around long lists must cost no more than the text is long.
TEST(DescriptorErrors, HostileShapesAreReadInLinearTime) {
  std::string list = "{\"url\":0}";
  for (int i = 0; i < 50'000; ++i) list += ",{\"url\":0}";
  const auto long_key = read_modules("{\"" + std::string(1U << 20U, 'k') + "\":[" + list + "]}");
  EXPECT_THAT(codes(long_key), ElementsAre("key-too-long"));
  const auto many = read_modules("{\"a\":[" + list + "]}");
  EXPECT_EQ(many.notes.size(), 500U);
  const auto braces = read_modules("{\"a\":{\"url\":\"/" + std::string(1U << 20U, '{') + "\"}}");
  EXPECT_THAT(codes(braces), ElementsAre("url-not-asked"));
}

TEST(ReadDescriptor, MentionsTheHostsOfWhatIsNoEndpoint) {
  const auto s = read_descriptor(R"({"key":"k","baseUrl":"https://app.example.com","authentication":{"type":"jwt"},
      "vendor":{"name":"V","url":"https://www.Vendor.example.org/about"},"links":{"self":"https://app.example.com/c.json"},
      "description":"see https://not.a.url.example","modules":{"generalPages":[{"url":"/p","icon":
      {"url":"https://cdn.example.net/i.png"}},{"url":"https://www.vendor.example.org/p2"}]}})",
                                 "test", nullptr);
  ASSERT_TRUE(s) << s.error().message();
  std::vector<std::string> mentions;
  for (const auto& m : s->mentions) mentions.push_back(m.host + " " + m.pointer);
  EXPECT_THAT(mentions, ElementsAre("cdn.example.net /modules/generalPages/0/icon/url"));
}

TEST(LooksLikeDescriptor, OnlyJsonWithKeyAndBase) {
  EXPECT_TRUE(looks_like_descriptor(R"({"key":"k","baseUrl":"x"})"));
  EXPECT_FALSE(looks_like_descriptor("<html>"));
  EXPECT_FALSE(looks_like_descriptor(R"({"openapi":"3.0.0"})"));
  EXPECT_FALSE(looks_like_descriptor(R"(["key","baseUrl"])"));
  EXPECT_FALSE(looks_like_descriptor(""));
}

TEST(SurfaceOfBaseUrl, IsOneEndpointAndOneOrigin) {
  const auto s = surface_of_base_url(parse_url("https://api.example.co.uk:8443/v1?x=1").value(), "argument");
  EXPECT_EQ(s.app_kind, "service");
  EXPECT_EQ(s.app_key, "https://api.example.co.uk:8443");
  EXPECT_EQ(s.authentication, "");
  ASSERT_EQ(s.endpoints.size(), 1U);
  EXPECT_EQ(s.endpoints[0].id, "https://api.example.co.uk:8443/v1?x=1");
  EXPECT_EQ(s.endpoints[0].role, role::kBase);
  ASSERT_EQ(s.origins.size(), 1U);
  EXPECT_EQ(s.origins[0].registrable_domain, "example.co.uk");
  EXPECT_EQ(s.origins[0].port, 8443);
}

}  // namespace
}  // namespace assay::source
