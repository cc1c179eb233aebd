#include "model/app_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr std::array<std::string_view, 8> kColumns = {"key",   "target",       "name",  "kind",
                                                      "owner", "organisation", "state", "contacts"};
constexpr std::array<std::string_view, 4> kKinds = {"connect", "forge", "service", "source"};
constexpr std::array<std::string_view, 3> kStates = {"active", "paused", "retired"};
constexpr std::size_t kMaxKeyBytes = 255, kMaxEmailBytes = 254;
constexpr std::size_t kMaxLineBytes = 64U << 10U;

template <class Words>
std::string listed(const Words& words) {
  std::string out;
  for (const auto& word : words) out += fmt::format("{}{}", out.empty() ? "" : ", ", word);
  return out;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
}

// The member of `row` that the column named so fills; nullptr for contacts.
std::string* member(AppRow& row, std::string_view column) {
  if (column == "key") return &row.key;
  if (column == "target") return &row.target;
  if (column == "name") return &row.name;
  if (column == "kind") return &row.kind;
  if (column == "owner") return &row.owner;
  if (column == "organisation") return &row.organisation;
  if (column == "state") return &row.state;
  return nullptr;
}

// Why the row cannot be taken; empty when it can.
std::string refusal(const AppRow& row) {
  for (const auto* text : {&row.key, &row.target, &row.name, &row.kind, &row.owner, &row.organisation, &row.state}) {
    if (text->size() > kMaxImportValue) return fmt::format("a value is longer than {} bytes", kMaxImportValue);
    if (has_control(*text) || !is_valid_utf8(*text)) return "a value holds control characters or invalid UTF-8";
  }
  if (auto reason = invalid_app_key(row.key); !reason.empty()) return reason;
  if (row.target.empty()) return "target is empty: what is to be scanned?";
  if (!row.kind.empty())
    if (auto reason = invalid_app_kind(row.kind); !reason.empty()) return reason;
  if (!row.state.empty())
    if (auto reason = invalid_app_state(row.state); !reason.empty()) return reason;
  if (row.contacts.size() > kMaxImportContacts)
    return fmt::format("contacts has more than {} addresses", kMaxImportContacts);
  for (const auto& contact : row.contacts) {
    if (auto reason = invalid_email(contact.email); !reason.empty()) return reason;
    if (contact.name.size() > kMaxImportValue || has_control(contact.name) || !is_valid_utf8(contact.name))
      return "the name of a contact is too long or holds control characters";
  }
  return "";
}

// False when no more rows are to be read.
bool take(AppRows& rows, AppRow row, std::string reason) {
  if (reason.empty()) reason = refusal(row);
  if (reason.empty()) {
    rows.good.push_back(std::move(row));
  } else {
    rows.bad.push_back({row.line, std::move(reason)});
  }
  return rows.bad.size() < kMaxBadRows;
}

Result<void> check_size(std::string_view text) {
  if (text.size() <= kMaxImportBytes) return {};
  return fail(ErrorCode::limit_exceeded, "list of apps",
              fmt::format("is {} long, the limit is {}", format_bytes(text.size()), format_bytes(kMaxImportBytes)),
              "import it in parts");
}

std::unexpected<Error> too_many_rows() {
  return fail(ErrorCode::limit_exceeded, "list of apps", fmt::format("has more than {} rows", kMaxImportRows),
              "import it in parts");
}

std::vector<AppContact> split_contacts(std::string_view text) {
  std::vector<AppContact> contacts;
  std::string spaced = replace_all(std::string(text), ";", " ");
  for (const auto part : split(spaced, ' '))
    if (!trim(part).empty()) contacts.push_back({std::string(trim(part)), ""});
  return contacts;
}

// One record of a CSV text at a time (RFC 4180 §2; LF alone ends a line, too).
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  std::size_t line() const { return begin_line_; }  // where the last record began
  const std::string& problem() const { return problem_; }

  // The next record that is not an empty line; nullopt at the end. A record that cannot be read has a problem().
  std::optional<std::vector<std::string>> next() {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) skip_line_end();
    if (at_ >= text_.size()) return std::nullopt;
    begin_line_ = line_;
    problem_.clear();
    std::vector<std::string> fields;
    for (;;) {
      fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : bare());
      if (!problem_.empty()) {
        skip_record();
        return fields;
      }
      if (at_ >= text_.size() || text_[at_] != ',') break;
      ++at_;
    }
    skip_line_end();
    return fields;
  }

 private:
  void skip_line_end() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  void skip_record() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    skip_line_end();
  }

  std::string bare() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r' && text_[at_] != '"')
      ++at_;
    if (at_ < text_.size() && text_[at_] == '"') problem_ = "a quotation mark stands inside of a value without quotes";
    return std::string(trim(text_.substr(begin, at_ - begin)));
  }

  std::string quoted() {
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      }
      if (text_[at_] == '\n') ++line_;
      value += text_[at_];
    }
    if (at_ >= text_.size()) {
      problem_ = "a quoted value has no end";
      return value;
    }
    ++at_;
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r')
      problem_ = "something follows a quoted value before the next comma";
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1, begin_line_ = 1;
  std::string problem_;
};

Result<std::vector<std::string>> read_header(CsvReader& reader) {
  auto header = reader.next();
  if (!header || !reader.problem().empty())
    return fail(ErrorCode::invalid_input, "list of apps", header ? "line 1: " + reader.problem() : "is empty",
                fmt::format("begin it with the names of its columns: {}", listed(kColumns)));
  for (auto& name : *header) {
    name = ascii_lower(trim(name));
    if (std::ranges::find(kColumns, name) == kColumns.end())
      return fail(ErrorCode::invalid_input, "list of apps",
                  fmt::format("line 1: \"{}\" is no column", printable(ellipsis(name, 40))),
                  fmt::format("known: {}; separate them with commas", listed(kColumns)));
    if (std::ranges::count(*header, name) > 1)
      return fail(ErrorCode::invalid_input, "list of apps", fmt::format("line 1: the column {} is there twice", name),
                  "leave one out");
  }
  for (const std::string_view needed : {"key", "target"})
    if (std::ranges::find(*header, needed) == header->end())
      return fail(ErrorCode::invalid_input, "list of apps", fmt::format("line 1: the column {} is missing", needed),
                  fmt::format("known: {}", listed(kColumns)));
  return std::move(*header);
}

// "" or why the line is no app.
std::string read_contacts(const Json& list, AppRow& row) {
  if (!list.is_array()) return "contacts is no list";
  for (const auto& item : list) {
    if (row.contacts.size() > kMaxImportContacts) break;  // refused later
    if (item.is_string()) {
      row.contacts.push_back({item.get<std::string>(), ""});
    } else if (item.is_object() && item.value("email", Json()).is_string() &&
               item.value("name", Json("")).is_string()) {
      row.contacts.push_back({item.at("email").get<std::string>(), item.value("name", "")});
    } else {
      return "a contact is neither an address nor an object with \"email\" and \"name\"";
    }
  }
  return "";
}

std::string read_object(std::string_view line, AppRow& row) {
  const auto json = parse_json(line, "line", {.max_bytes = kMaxLineBytes, .max_depth = 4});
  if (!json) return json.error().reason;
  if (!json->is_object()) return "is no JSON object";
  for (const auto& [name, value] : json->items()) {
    if (std::ranges::find(kColumns, name) == kColumns.end())
      return fmt::format("has an unknown member \"{}\"; known: {}", printable(ellipsis(name, 40)), listed(kColumns));
    if (name == "contacts") {
      if (auto reason = read_contacts(value, row); !reason.empty()) return reason;
      continue;
    }
    if (!value.is_string() && !value.is_null()) return name + " is no text";
    if (value.is_string()) *member(row, name) = value.get<std::string>();
  }
  return "";
}

}  // namespace

std::string invalid_app_key(std::string_view key) {
  if (key.empty()) return "key is empty";
  if (key.size() > kMaxKeyBytes) return fmt::format("key is longer than {} bytes", kMaxKeyBytes);
  if (has_control(key) || key.find(' ') != std::string_view::npos || !is_valid_utf8(key))
    return "key holds spaces, control characters or invalid UTF-8";
  return "";
}

std::string invalid_app_kind(std::string_view kind) {
  if (std::ranges::find(kKinds, kind) != kKinds.end()) return "";
  return fmt::format("kind is \"{}\"; known: {}", printable(ellipsis(kind, 40)), listed(kKinds));
}

std::string invalid_app_state(std::string_view state) {
  if (std::ranges::find(kStates, state) != kStates.end()) return "";
  return fmt::format("state is \"{}\"; known: {}", printable(ellipsis(state, 40)), listed(kStates));
}

// Addresses as mail servers take them without quoting: RFC 5321 §4.1.2's dot-string and a domain, no literals.
std::string invalid_email(std::string_view email) {
  const auto reason = [&] { return fmt::format("\"{}\" is no mail address", printable(ellipsis(email, 60))); };
  const auto at = email.find('@');
  if (email.size() > kMaxEmailBytes || at == std::string_view::npos || at == 0 || at > 64) return reason();
  const auto local = email.substr(0, at), domain = email.substr(at + 1);
  const auto is_atom = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  };
  const auto is_domain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const auto dots = [](std::string_view s) {
    return !s.empty() && s.front() != '.' && s.back() != '.' && s.find("..") == std::string_view::npos;
  };
  if (!std::ranges::all_of(local, is_atom) || !std::ranges::all_of(domain, is_domain) || !dots(local) || !dots(domain))
    return reason();
  return "";
}

Result<AppRows> parse_app_csv(std::string_view text) {
  if (auto fits = check_size(text); !fits) return std::unexpected(fits.error());
  CsvReader reader(text);
  const auto header = read_header(reader);
  if (!header) return std::unexpected(header.error());
  AppRows rows;
  while (auto fields = reader.next()) {
    if (rows.good.size() == kMaxImportRows) return too_many_rows();
    AppRow row{.line = reader.line()};
    std::string reason = reader.problem();
    if (reason.empty() && fields->size() != header->size())
      reason = fmt::format("has {}, the header has {}", plural(fields->size(), "value"), header->size());
    if (reason.empty())
      for (std::size_t i = 0; i < fields->size(); ++i) {
        if (auto* value = member(row, (*header)[i])) {
          *value = std::move((*fields)[i]);
        } else {
          row.contacts = split_contacts((*fields)[i]);
        }
      }
    if (!take(rows, std::move(row), std::move(reason))) break;
  }
  return rows;
}

Result<AppRows> parse_app_json_lines(std::string_view text) {
  if (auto fits = check_size(text); !fits) return std::unexpected(fits.error());
  AppRows rows;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto line = text.substr(at, text.find('\n', at) - at);
    at += line.size() + 1;
    ++number;
    if (trim(line).empty()) continue;
    if (rows.good.size() == kMaxImportRows) return too_many_rows();
    AppRow row{.line = number};
    std::string reason = read_object(line, row);
    if (!take(rows, std::move(row), std::move(reason))) break;
  }
  return rows;
}

}  // namespace assay
