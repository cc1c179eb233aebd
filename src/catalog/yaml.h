#pragma once

// Strict reading of the catalogue's YAML files. Internal to the catalog room: what is wrong leaves it as an Error that
// names file, line and column; inside, it travels as the exception Broken, next to those that yaml-cpp throws.

#include <yaml-cpp/yaml.h>

#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace assay::catalog::yaml {

inline constexpr std::size_t kMaxFileBytes = 256U << 10U;

class Broken : public std::exception {
 public:
  explicit Broken(Error e) : error(std::move(e)) {}
  const char* what() const noexcept override { return error.reason.c_str(); }
  Error error;
};

class Mapping;

// A value, the file it stands in, and the name that messages call it by, e.g. "verified_by.judge".
class Value {
 public:
  Value(std::shared_ptr<const std::string> file, const YAML::Node& node, std::string name)
      : file_(std::move(file)), node_(node), name_(std::move(name)), mark_(node_.Mark()) {}
  // An empty value has no place of its own: errors then point at its key.
  Value(std::shared_ptr<const std::string> file, const YAML::Node& key, const YAML::Node& node, std::string name)
      : file_(std::move(file)), node_(node), name_(std::move(name)), mark_(node.IsNull() ? key.Mark() : node.Mark()) {}

  // The typed readings throw Broken when the value is of another type.
  std::string text() const;  // a scalar that is not empty; outer white space removed
  std::string one_of(std::initializer_list<std::string_view> allowed) const;
  int integer(int minimum, int maximum) const;
  double number() const;
  Json scalar_or_list() const;                                 // a string, number or boolean, or a list of those
  std::vector<Value> list() const;                             // at least one item
  std::vector<std::string> texts() const;                      // a list of texts
  Mapping mapping(std::vector<std::string_view> keys) const;   // only these keys, none twice
  std::vector<std::pair<std::string, Value>> entries() const;  // a mapping with any keys, none twice, in file order

  bool is_scalar() const { return node_.IsScalar(); }
  bool is_null() const { return node_.IsNull(); }
  const std::string& name() const { return name_; }
  [[noreturn]] void reject(std::string reason, std::string remedy = {}) const;

 private:
  Json scalar() const;

  std::shared_ptr<const std::string> file_;
  YAML::Node node_;
  std::string name_;
  YAML::Mark mark_;
};

// A mapping whose keys are known.
class Mapping {
 public:
  Mapping(Value whole, std::vector<std::pair<std::string, Value>> entries)
      : whole_(std::move(whole)), entries_(std::move(entries)) {}

  Value required(std::string_view key) const;  // throws Broken when it is missing
  std::optional<Value> optional(std::string_view key) const;
  const Value& whole() const { return whole_; }

 private:
  Value whole_;
  std::vector<std::pair<std::string, Value>> entries_;
};

// Parses one document of at most kMaxFileBytes; throws Broken. `file` is the name that errors give.
Value parse(std::string_view text, const std::string& file);

// What `read` makes of the document, or the Error that it or the parser came upon: no exception leaves.
template <class Read>
auto read_document(std::string_view text, const std::string& file, Read read)
    -> Result<decltype(read(std::declval<Value>()))> {
  try {
    return read(parse(text, file));
  } catch (const Broken& broken) {
    return std::unexpected(broken.error);
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::invalid_input, file, e.what(), "mend the file; docs/catalog.md shows the shape");
  }
}

}  // namespace assay::catalog::yaml
