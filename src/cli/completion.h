#pragma once

// Shell completion and the manual page, made from the command line's own tree so that they cannot differ from it.

#include <CLI/CLI.hpp>
#include <string>

namespace assay::cli {

// A script to source in bash, one for zsh's fpath, and a page for man. Hidden commands (of the group "") are left out.
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string manual_page(const CLI::App& app);

}  // namespace assay::cli
