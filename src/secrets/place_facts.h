#pragma once

// What a path tells of the text in it.

#include <optional>
#include <string_view>

namespace assay::secrets {

struct PlaceFacts {
  bool configuration = false;  // .env, .properties, .yaml, …: values stand without quotes
  bool lockfile = false;       // package-lock.json, go.sum, …: full of hashes
  bool minified = false;       // *.min.js, *.map: names are short and mean nothing
  bool test = false;           // tests, fixtures, mocks
  bool documentation = false;  // README, docs/, *.md
  bool sample = false;         // .env.example, config.sample.json, defaults.yml
  bool example = false;        // a sample that says itself that its values are none: *.example, samples/
  bool translation = false;    // locales: the words of the interface, "password" among them
};

// `path` with "/" between its parts; an empty one tells nothing.
PlaceFacts facts_of(std::string_view path);

// Whether texts of this path hold commands, statements and settings, and are no sources of programs. Cheap.
bool holds_commands(std::string_view path);

// What a search wants to know of its place. The facts of the path are read when they are first asked for: most texts
// hold nothing to ask about.
class PlaceReader {
 public:
  // `suppressed`: whether candidates that are too weak to be findings are wanted, too.
  explicit PlaceReader(std::string_view path, bool suppressed = true) : path_(path), suppressed_(suppressed) {}
  bool holds_commands() {
    if (!commands_) commands_ = secrets::holds_commands(path_);
    return *commands_;
  }
  const PlaceFacts& facts() {
    if (!facts_) facts_ = facts_of(path_);
    return *facts_;
  }
  bool suppressed() const { return suppressed_; }
  std::string_view path() const { return path_; }

 private:
  std::string_view path_;
  bool suppressed_;
  std::optional<bool> commands_;
  std::optional<PlaceFacts> facts_;
};

}  // namespace assay::secrets
