#pragma once

// Secret rules as this build carries them: read and checked when it was built (cmake/pack_secret_rules.cpp), because
// reading their YAML takes a hundred milliseconds and unpacking them one or two. Internal to the catalog room.

#include <string>
#include <string_view>
#include <vector>

#include "model/secret_rule.h"

namespace assay::catalog {

struct PackedFile {
  std::string path;  // below the catalogue's root, e.g. "secrets/github.yaml"
  std::vector<SecretRule> rules;
};

std::string pack(const std::vector<PackedFile>& files);

// What pack() was given. Of `packed` nothing is checked: it is part of the program.
std::vector<PackedFile> unpack(std::string_view packed);

// The rules of catalog/secrets/, packed.
std::string_view embedded_secret_rules();

}  // namespace assay::catalog
