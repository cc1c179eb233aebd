#pragma once

// What a path tells of the text in it.

#include <string_view>

namespace assay::secrets {

struct PlaceFacts {
  bool configuration = false;  // .env, .properties, .yaml, …: values stand without quotes
  bool lockfile = false;       // package-lock.json, go.sum, …: full of hashes
  bool minified = false;       // *.min.js, *.map: names are short and mean nothing
  bool test = false;           // tests, fixtures, mocks
  bool documentation = false;  // README, docs/, *.md
  bool sample = false;         // .env.example, config.sample.json
  bool translation = false;    // locales: the words of the interface, "password" among them
};

// `path` with "/" between its parts; an empty one tells nothing.
PlaceFacts facts_of(std::string_view path);

}  // namespace assay::secrets
