#include "catalog/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"

namespace assay::catalog::yaml {

namespace {

std::string position(const std::string& file, const YAML::Mark& mark) {
  return mark.is_null() ? file : fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

template <class T>
std::optional<T> whole_number(std::string_view s) {
  T value{};
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc{} || end != s.data() + s.size()) return std::nullopt;
  return value;
}

}  // namespace

void Value::reject(std::string reason, std::string remedy) const {
  throw Broken({ErrorCode::invalid_input, position(*file_, mark_), std::move(reason), std::move(remedy)});
}

std::string Value::text() const {
  if (!node_.IsScalar()) reject(name_ + " must be a text");
  auto s = std::string(trim(node_.Scalar()));
  if (s.empty()) reject(name_ + " is empty");
  if (!is_valid_utf8(s)) reject(name_ + " is not valid UTF-8");
  return s;
}

std::string Value::one_of(std::initializer_list<std::string_view> allowed) const {
  auto s = text();
  if (std::ranges::find(allowed, s) == allowed.end())
    reject(fmt::format("{} is \"{}\"", name_, printable(s)), fmt::format("use one of {}", fmt::join(allowed, ", ")));
  return s;
}

int Value::integer(int minimum, int maximum) const {
  const auto n = whole_number<int>(text());
  if (!n || *n < minimum || *n > maximum)
    reject(fmt::format("{} must be a whole number from {} to {}", name_, minimum, maximum));
  return *n;
}

double Value::number() const {
  const auto n = whole_number<double>(text());
  if (!n) reject(name_ + " must be a number");
  return *n;
}

Json Value::scalar() const {
  auto s = text();
  if (node_.Tag() != "?") return s;  // quoted or tagged: a text whatever it looks like
  if (s == "true" || s == "false") return s == "true";
  if (const auto integer = whole_number<std::int64_t>(s)) return *integer;
  // from_chars also reads "inf" and "nan", which are texts here.
  if (const auto real = whole_number<double>(s); real && s.find_first_of("0123456789") != std::string::npos)
    return *real;
  return s;
}

Json Value::scalar_or_list() const {
  if (node_.IsScalar()) return scalar();
  if (!node_.IsSequence()) reject(name_ + " must be a text, number or boolean, or a list of those");
  Json items = Json::array();
  for (const auto& item : node_) {
    const Value value(file_, item, "an item of " + name_);
    if (!item.IsScalar()) value.reject(value.name() + " must be a text, number or boolean");
    items.push_back(value.scalar());
  }
  return items;
}

std::vector<Value> Value::list() const {
  if (!node_.IsSequence() || node_.size() == 0) reject(name_ + " must be a list with at least one item");
  std::vector<Value> items;
  for (const auto& item : node_) items.emplace_back(file_, item, "an item of " + name_);
  return items;
}

std::vector<std::string> Value::texts() const {
  std::vector<std::string> result;
  for (const auto& item : list()) result.push_back(item.text());
  return result;
}

std::vector<std::pair<std::string, Value>> Value::entries() const {
  if (!node_.IsMap()) reject(name_ + " must be a mapping");
  std::vector<std::pair<std::string, Value>> result;
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const Value key(file_, entry.first, "a key of " + name_);
    const auto word = key.text();
    if (!seen.insert(word).second) key.reject(fmt::format("the key \"{}\" stands twice in {}", printable(word), name_));
    result.emplace_back(word, Value(file_, entry.first, entry.second, name_ == "the file" ? word : name_ + "." + word));
  }
  return result;
}

Mapping Value::mapping(std::vector<std::string_view> keys) const {
  auto all = entries();
  for (const auto& entry : node_)
    if (std::ranges::find(keys, trim(entry.first.Scalar())) == keys.end())
      Value(file_, entry.first, "a key")
          .reject(fmt::format("unknown key \"{}\" in {}", printable(entry.first.Scalar()), name_),
                  fmt::format("known keys are {}", fmt::join(keys, ", ")));
  return {*this, std::move(all)};
}

Value Mapping::required(std::string_view key) const {
  if (auto value = optional(key)) return *value;
  whole_.reject(fmt::format("{} lacks the key \"{}\"", whole_.name(), key), "add it; docs/catalog.md shows the shape");
}

std::optional<Value> Mapping::optional(std::string_view key) const {
  const auto at = std::ranges::find_if(entries_, [key](const auto& entry) { return entry.first == key; });
  return at == entries_.end() ? std::nullopt : std::optional(at->second);
}

Value parse(std::string_view text, const std::string& file) {
  if (text.size() > kMaxFileBytes)
    throw Broken({ErrorCode::limit_exceeded, file, "is larger than 256 KiB", "split it into one file per requirement"});
  try {
    return {std::make_shared<const std::string>(file), YAML::Load(std::string(text)), "the file"};
  } catch (const YAML::Exception& e) {
    throw Broken({ErrorCode::invalid_input, position(file, e.mark), "is not valid YAML: " + e.msg, "mend the syntax"});
  }
}

}  // namespace assay::catalog::yaml
