#include "secrets/place_facts.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"

namespace assay::secrets {
namespace {

template <std::size_t N>
bool one_of(std::string_view s, const std::array<std::string_view, N>& all) {
  return std::ranges::find(all, s) != all.end();
}

constexpr auto kConfiguration = std::to_array<std::string_view>(
    {"env",   "properties", "props",      "yaml",   "yml",         "ini", "cfg", "conf", "config", "cnf",     "toml",
     "tf",    "tfvars",     "hcl",        "sh",     "bash",        "zsh", "bat", "cmd",  "ps1",    "service", "netrc",
     "npmrc", "pypirc",     "htpasswd",   "pgpass", "rst",         "md",  "txt", "log",  "adoc",   "csv",     "tsv",
     "xml",   "plist",      "dockerfile", "envrc",  "credentials", "pem", "key", "sql",  "http",   "curl"});
constexpr auto kLockfiles = std::to_array<std::string_view>({"package-lock.json",
                                                             "npm-shrinkwrap.json",
                                                             "yarn.lock",
                                                             "pnpm-lock.yaml",
                                                             "composer.lock",
                                                             "gemfile.lock",
                                                             "cargo.lock",
                                                             "poetry.lock",
                                                             "pipfile.lock",
                                                             "go.sum",
                                                             "go.mod",
                                                             "flake.lock",
                                                             "packages.lock.json",
                                                             "podfile.lock",
                                                             "uv.lock",
                                                             "bun.lock",
                                                             "deno.lock",
                                                             "pdm.lock",
                                                             "mix.lock",
                                                             "pubspec.lock",
                                                             "gradle.lockfile",
                                                             "verification-metadata.xml"});
constexpr auto kTestFolders = std::to_array<std::string_view>(
    {"test",     "tests",     "testing",  "__tests__", "__mocks__", "__fixtures__", "spec",           "specs",
     "fixture",  "fixtures",  "testdata", "test-data", "test_data", "mock",         "mocks",          "e2e",
     "unittest", "unittests", "cypress",  "testcases", "testsuite", "androidtest",  "integrationtest"});
constexpr auto kDocumentFolders = std::to_array<std::string_view>({"doc", "docs", "documentation", "man", "wiki"});
constexpr auto kDocumentTypes =
    std::to_array<std::string_view>({"md", "rst", "adoc", "mdx", "html", "htm", "markdown"});
constexpr auto kTranslationFolders = std::to_array<std::string_view>(
    {"locale", "locales", "i18n", "l10n", "lang", "langs", "languages", "translations", "messages", "nls"});
constexpr auto kExampleParts = std::to_array<std::string_view>({"example", "examples", "sample", "samples"});
constexpr auto kSampleParts =
    std::to_array<std::string_view>({"template", "templates", "demo", "demos", "default", "defaults"});

// "auth_test.go", "login.spec.ts", "TokenTest.java", "test_token.py"
bool is_test_name(std::string_view name, std::string_view lower) {
  const auto stem = lower.substr(0, lower.find_last_of('.'));
  const auto original = name.substr(0, name.find_last_of('.'));
  return stem.ends_with("_test") || stem.ends_with(".test") || stem.ends_with("-test") || stem.ends_with(".spec") ||
         stem.ends_with("_spec") || stem.starts_with("test_") || stem.starts_with("test-") || stem.ends_with(".mock") ||
         stem.ends_with("_mock") || stem.ends_with(".fixture") || stem == "test" || original.ends_with("Test") ||
         original.ends_with("Tests") || original.ends_with("Spec") || original.ends_with("IT");
}

// Of a name in lower case, between ".", "-" and "_".
std::vector<std::string> parts_of_file_name(std::string_view lower) {
  std::string spaced(lower);
  std::ranges::replace_if(spaced, [](char c) { return c == '-' || c == '_'; }, '.');
  std::vector<std::string> parts;
  for (const auto part : split(spaced, '.')) parts.emplace_back(part);
  return parts;
}

void read_name(std::string_view name, std::string_view lower, PlaceFacts& facts) {
  const auto dot = lower.find_last_of('.');
  const auto type = dot == std::string_view::npos ? lower : lower.substr(dot + 1);
  const auto parts = parts_of_file_name(lower);
  const bool example = std::ranges::any_of(parts, [](const auto& part) { return one_of(part, kExampleParts); });
  const bool sample = example || (parts.size() > 1 && parts.back() == "dist") ||
                      std::ranges::any_of(parts, [](const auto& part) { return one_of(part, kSampleParts); });
  facts.example = facts.example || example;
  facts.configuration = one_of(type, kConfiguration) || lower.starts_with(".env") ||
                        lower.find(".env.") != lower.npos || lower.starts_with("dockerfile") ||
                        dot == std::string_view::npos || sample;
  facts.lockfile = one_of(lower, kLockfiles);
  facts.minified = lower.find(".min.") != std::string_view::npos || type == "map" || lower.ends_with(".bundle.js");
  facts.test = facts.test || is_test_name(name, lower);
  facts.documentation = facts.documentation || one_of(type, kDocumentTypes) || lower.starts_with("readme") ||
                        lower.starts_with("changelog") || lower.starts_with("changes");
  facts.sample = facts.sample || sample;
  facts.translation = facts.translation || type == "po" || type == "pot" || type == "xlf" || type == "strings" ||
                      type == "arb" || lower.starts_with("messages_");
}

constexpr auto kSources = std::to_array<std::string_view>(
    {"js",  "mjs",   "cjs", "ts",  "mts", "cts", "jsx", "tsx", "map",   "json",  "css",  "scss", "less", "html",
     "htm", "svg",   "vue", "c",   "h",   "cc",  "cpp", "hpp", "cxx",   "hxx",   "m",    "mm",   "java", "kt",
     "kts", "scala", "py",  "pyi", "rb",  "go",  "rs",  "php", "swift", "cs",    "vb",   "dart", "pl",   "pm",
     "lua", "hs",    "erl", "ex",  "clj", "edn", "r",   "jl",  "snap",  "proto", "wasm", "flow", "pas",  "gradle"});

}  // namespace

bool holds_commands(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos || !one_of(path.substr(dot + 1), kSources);
}

PlaceFacts facts_of(std::string_view path) {
  PlaceFacts facts;
  if (path.empty()) {
    facts.configuration = true;  // no type speaks against values without quotes
    return facts;
  }
  const auto lower = ascii_lower(path);
  const auto folders = split(lower, '/');
  for (std::size_t i = 0; i + 1 < folders.size(); ++i) {
    facts.test = facts.test || one_of(folders[i], kTestFolders);
    facts.documentation = facts.documentation || one_of(folders[i], kDocumentFolders);
    facts.translation = facts.translation || one_of(folders[i], kTranslationFolders);
    facts.example = facts.example || one_of(folders[i], kExampleParts);
    facts.sample = facts.sample || facts.example || folders[i] == "demo";
  }
  const auto name = path.substr(path.size() - folders.back().size());
  read_name(name, folders.back(), facts);
  return facts;
}

}  // namespace assay::secrets
