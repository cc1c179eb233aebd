// Flags over ASSAY_* over assay.yaml.

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"

namespace assay::cli {

namespace {

constexpr std::uint64_t kMaxConfigBytes = 256U << 10U;

struct Config {
  std::string path;
  YAML::Node root;
};

Result<Config> read_config(const std::string& given) {
  Config config{given.empty() ? "assay.yaml" : given, {}};
  std::error_code ec;
  if (given.empty() && !std::filesystem::exists(config.path, ec)) return Config{};
  const auto text = read_file(config.path, kMaxConfigBytes);
  if (!text) return std::unexpected(text.error());
  try {
    config.root = YAML::Load(*text);
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::invalid_input, fmt::format("{}:{}:{}", config.path, e.mark.line + 1, e.mark.column + 1),
                e.msg);
  }
  if (!config.root.IsMap() && !config.root.IsNull())
    return fail(ErrorCode::invalid_input, config.path, "is no mapping of option names to values");
  return config;
}

// The option of `app` or its chosen subcommand that the configuration may set by `name`.
CLI::Option* find_option(CLI::App& app, CLI::App& command, const std::string& name) {
  for (CLI::App* at : {&command, &app})
    if (auto* option = at->get_option_no_throw("--" + name); option != nullptr) return option;
  return nullptr;
}

Result<void> set_option(CLI::Option& option, const std::vector<std::string>& values, const std::string& where) {
  try {
    for (const auto& value : values) option.add_result(value);
    option.run_callback();
  } catch (const CLI::Error& e) {
    return fail(ErrorCode::invalid_input, where, replace_all(e.what(), "\n", " "));
  }
  return {};
}

std::string environment_name(const CLI::Option& option) {
  std::string name = "ASSAY_" + ascii_upper(option.get_lnames().front());
  std::ranges::replace(name, '-', '_');
  return name;
}

// Whether the option has a value, or a stronger setting has chosen one that excludes it: --server excludes the
// ASSAY_LEDGER of the environment.
bool is_settled(const CLI::Option& option) {
  return option.count() > 0 ||
         std::ranges::any_of(option.get_excludes(), [](const CLI::Option* other) { return other->count() > 0; });
}

Result<void> apply_environment(CLI::App& app) {
  for (auto* option : app.get_options()) {
    if (is_settled(*option) || option->get_lnames().empty() || option->get_lnames().front() == "help") continue;
    const auto name = environment_name(*option);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') continue;
    if (auto set = set_option(*option, {value}, name); !set) return set;
  }
  return {};
}

Result<void> apply_map(const YAML::Node& map, const std::string& path, CLI::App& app, CLI::App& command, bool strict) {
  for (const auto& item : map) {
    const auto key = item.first.as<std::string>("");
    const auto where = fmt::format("{}:{}", path, item.first.Mark().line + 1);
    if (!strict && item.second.IsMap()) continue;  // another command's section
    auto* option = find_option(app, command, key);
    if (option == nullptr) {
      if (strict)
        return fail(ErrorCode::invalid_input, where,
                    fmt::format("\"{}\" is no option of assay {}", printable(key), command.get_name()),
                    fmt::format("see assay {} --help", command.get_name()));
      continue;  // the top level is shared by all commands
    }
    if (is_settled(*option)) continue;
    std::vector<std::string> values;
    if (item.second.IsSequence()) {
      for (const auto& value : item.second) values.push_back(value.as<std::string>(""));
    } else if (item.second.IsScalar()) {
      values.push_back(item.second.as<std::string>(""));
    } else {
      return fail(ErrorCode::invalid_input, where,
                  fmt::format("the value of \"{}\" is neither text nor a list", printable(key)));
    }
    if (auto set = set_option(*option, values, where); !set) return set;
  }
  return {};
}

}  // namespace

Result<void> complete_settings(CLI::App& app, CLI::App& command, const std::string& config_file) {
  if (auto set = apply_environment(command); !set) return set;
  const auto config = read_config(config_file);
  if (!config) return std::unexpected(config.error());
  if (!config->root || !config->root.IsMap()) return {};
  if (const auto section = config->root[command.get_name()]; section && section.IsMap())
    if (auto set = apply_map(section, config->path, app, command, true); !set) return set;
  return apply_map(config->root, config->path, app, command, false);
}

}  // namespace assay::cli
