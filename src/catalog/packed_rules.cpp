#include "catalog/packed_rules.h"

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>

namespace assay::catalog {
namespace {

// What is packed of each type, in this order.
template <class T, class Plain>
concept Is = std::same_as<std::remove_const_t<T>, Plain>;

template <Is<PackedFile> T>
auto fields(T& f) {
  return std::tie(f.path, f.rules);
}
template <Is<SecretCheck> T>
auto fields(T& c) {
  return std::tie(c.kind, c.argument);
}
template <Is<SecretCompanion> T>
auto fields(T& c) {
  return std::tie(c.rule, c.within_lines, c.required);
}
template <Is<SecretValidation> T>
auto fields(T& v) {
  return std::tie(v.method, v.url, v.fields, v.body, v.valid, v.invalid);
}
template <Is<SecretRule> T>
auto fields(T& r) {
  return std::tie(r.id, r.provider, r.title, r.opens, r.severity, r.keywords, r.pattern, r.context, r.value, r.bounded,
                  r.checks, r.companions, r.public_by_design, r.remedy, r.references, r.validation, r.examples,
                  r.negatives);
}

// Numbers are decimal with a blank behind them; texts and lists have their size before them.
class Packer {
 public:
  template <class T>
    requires std::integral<T> || std::is_enum_v<T>
  void put(T number) {
    packed_ += std::to_string(static_cast<std::int64_t>(number)) + ' ';
  }
  void put(const std::string& text) {
    put(text.size());
    packed_ += text;
  }
  template <class T>
  void put(const std::vector<T>& list) {
    put(list.size());
    for (const auto& item : list) put(item);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
    requires requires(const T& value) { fields(value); }
  void put(const T& value) {
    std::apply([this](const auto&... field) { (this->put(field), ...); }, fields(value));
  }
  std::string take() { return std::move(packed_); }

 private:
  std::string packed_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view packed) : rest_(packed) {}

  template <class T>
    requires std::integral<T> || std::is_enum_v<T>
  void get(T& number) {
    std::int64_t value = 0;
    const auto* const end = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value).ptr;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()) + 1);
    number = static_cast<T>(value);
  }
  void get(std::string& text) {
    std::size_t size = 0;
    get(size);
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  template <class T>
  void get(std::vector<T>& list) {
    std::size_t size = 0;
    get(size);
    list.resize(size);
    for (auto& item : list) get(item);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool has = false;
    get(has);
    if (has) get(value.emplace());
  }
  template <class T>
    requires requires(T& value) { fields(value); }
  void get(T& value) {
    std::apply([this](auto&... field) { (this->get(field), ...); }, fields(value));
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string pack(const std::vector<PackedFile>& files) {
  Packer packer;
  packer.put(files);
  return packer.take();
}

std::vector<PackedFile> unpack(std::string_view packed) {
  std::vector<PackedFile> files;
  Unpacker(packed).get(files);
  return files;
}

}  // namespace assay::catalog
