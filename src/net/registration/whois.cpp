#include "net/registration/whois.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "net/registration/rdap.h"

namespace assay::net::registration {

namespace {

namespace state = registration_state;

constexpr std::size_t kMaxLines = 2000;
constexpr std::size_t kMaxLine = 1000;
constexpr std::size_t kMaxExcerpt = 2000;
constexpr std::size_t kMaxStatuses = 64;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

// Runs of white space as one space, none at the ends.
std::string collapsed(std::string_view s) {
  std::string out;
  for (const char c : s) {
    if (!is_space(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  if (charset != "iso-8859-1") return valid_utf8(bytes);
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80U) {
      out += c;
    } else {
      out += static_cast<char>(0xC0U | (byte >> 6U));
      out += static_cast<char>(0x80U | (byte & 0x3FU));
    }
  }
  return out;
}

struct Line {
  std::string text;       // white space collapsed
  std::string lower;      // the same in lower case
  bool indented = false;  // it began with white space
};

std::vector<Line> lines_of(std::string_view answer, std::string_view charset) {
  std::vector<Line> lines;
  const auto text = to_utf8(answer, charset);
  for (const auto raw : split(text, '\n')) {
    if (lines.size() >= kMaxLines) break;
    auto line = collapsed(raw.substr(0, kMaxLine));
    if (line.empty()) continue;
    auto lower = ascii_lower(line);
    lines.push_back({std::move(line), std::move(lower), is_space(raw.front())});
  }
  return lines;
}

// What a pattern is compared as.
std::string prepared(std::string_view pattern, std::string_view domain) {
  return ascii_lower(replace_all(collapsed(pattern), "{domain}", domain));
}

// Both in lower case. The usual matcher of "*": on a mismatch the last star takes one character more.
bool glob(std::string_view text, std::string_view pattern) {
  std::size_t t = 0;
  std::size_t p = 0;
  std::optional<std::pair<std::size_t, std::size_t>> star;  // after it in the pattern; what it takes ends here
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = {++p, t};
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star) {
      p = star->first;
      t = ++star->second;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

struct Field {
  std::string name;  // in lower case
  std::string value;
  std::string line;
};

// "Name: value", "Name:" with the value on the next line further in, and the "[Name] value" of JPRS.
std::vector<Field> fields_of(const std::vector<Line>& lines) {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i].text;
    const bool bracketed = line.starts_with('[');
    const auto end = line.find(bracketed ? ']' : ':');
    if (end == std::string_view::npos) continue;
    auto name = trim(line.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0)));
    while (name.ends_with('.')) name.remove_suffix(1);
    Field field{ascii_lower(trim(name)), std::string(trim(line.substr(end + 1))), std::string(line)};
    if (field.value.empty() && i + 1 < lines.size() && lines[i + 1].indented) {
      field.value = lines[i + 1].text;
      field.line += " " + field.value;
    }
    if (!field.name.empty() && !field.value.empty()) fields.push_back(std::move(field));
  }
  return fields;
}

const Field* first_field(const std::vector<Field>& fields, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const auto at = std::ranges::find(fields, name, &Field::name);
    if (at != fields.end()) return &*at;
  }
  return nullptr;
}

std::optional<unsigned> number(std::string_view s) {
  unsigned n = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
  return error == std::errc{} && end == s.data() + s.size() ? std::optional(n) : std::nullopt;
}

std::optional<unsigned> month(std::string_view s) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  if (const auto n = number(s)) return n;
  for (unsigned m = 0; m < kMonths.size(); ++m)
    if (s.size() >= 3 && istarts_with(s, kMonths[m])) return m + 1;
  return std::nullopt;
}

std::optional<Time> day(std::optional<unsigned> y, std::optional<unsigned> m, std::optional<unsigned> d) {
  if (!y || !m || !d || *y < 1980 || *y > 2200) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*y)), std::chrono::month(*m),
                                         std::chrono::day(*d)};
  if (!date.ok()) return std::nullopt;
  return Time(std::chrono::sys_days(date));
}

// RFC 3339 as it is; otherwise the day alone, at midnight UTC, because the server's time zone is not known.
std::optional<Time> read_date(std::string_view text, DateOrder order) {
  if (const auto exact = parse_rfc3339(text)) return *exact;
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < text.size() && parts.size() < 3;) {
    const auto end = std::min(text.find_first_of("-/. ,T", i), text.size());
    if (end > i) parts.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  if (parts.empty()) return std::nullopt;
  if (const auto first = parts[0]; first.size() == 8 && number(first))
    return day(number(first.substr(0, 4)), number(first.substr(4, 2)), number(first.substr(6, 2)));
  if (parts.size() < 3) return std::nullopt;
  if (parts[0].size() == 4) return day(number(parts[0]), month(parts[1]), number(parts[2]));
  const bool month_named = !number(parts[1]);
  if (parts[2].size() != 4 || (order != DateOrder::day_first && !month_named)) return std::nullopt;
  return day(number(parts[2]), month(parts[1]), number(parts[0]));
}

// An answer on its way to a Registration.
class Reading {
 public:
  Reading(const WhoisServer& server, const WhoisCommons& commons, std::string_view domain, std::string_view answer)
      : server_(server), commons_(commons), lines_(lines_of(answer, server.charset)), fields_(fields_of(lines_)) {
    result_.domain = domain;
  }

  Registration read() {
    for (const auto& [name, patterns] : server_.states) look_for(name, patterns);
    for (const auto& [name, patterns] : commons_.states)
      if (!server_.states.contains(name)) look_for(name, patterns);
    const bool registered = found_.erase(std::string(state::kRegistered)) > 0;
    if (registered) read_fields();
    if (found_.empty() && !registered && matching(server_.refusals)) {
      fail_with(ErrorCode::unsupported, "the server does not answer strangers");
    } else if (lines_.empty()) {
      fail_with(ErrorCode::protocol, "the answer is empty");
    } else {
      decide(registered);
    }
    result_.excerpt = ellipsis(join(told_, "\n"), kMaxExcerpt);
    return std::move(result_);
  }

 private:
  // Whether there is a line that one of the patterns stands for; it is kept as what the state was read from.
  bool matching(const std::vector<std::string>& patterns) {
    for (const auto& pattern : patterns) {
      const auto wanted = prepared(pattern, result_.domain);
      const auto line = std::ranges::find_if(lines_, [&](const Line& l) { return glob(l.lower, wanted); });
      if (line == lines_.end()) continue;
      tell(line->text);
      return true;
    }
    return false;
  }

  void look_for(const std::string& name, const std::vector<std::string>& patterns) {
    if (matching(patterns)) found_.insert(name);
  }

  void tell(const std::string& line) {
    auto shown = printable(line);
    if (std::ranges::find(told_, shown) == told_.end()) told_.push_back(std::move(shown));
  }

  void read_fields() {
    for (const auto& field : fields_) {
      if (std::ranges::find(commons_.status_fields, field.name) == commons_.status_fields.end()) continue;
      tell(field.line);
      const auto values = replace_all(field.value, " / ", ",");
      for (const auto part : split(values, ',')) add_status(trim(part));
    }
    result_.registered = date(commons_.registered_fields);
    result_.expires = date(commons_.expires_fields);
    result_.registrar_expires = date(commons_.registrar_expires_fields);
    if (const auto* field = first_field(fields_, commons_.registrar_fields)) {
      tell(field->line);
      result_.registrar = printable(ellipsis(field->value, 300));
    }
  }

  // "clientHold https://icann.org/epp#clientHold" → "client hold".
  void add_status(std::string_view value) {
    const auto link = value.find("http");
    if (link != std::string_view::npos) value = trim(value.substr(0, link));
    while (value.ends_with('(') || value.ends_with(' ')) value.remove_suffix(1);
    if (value.empty() || result_.statuses.size() >= kMaxStatuses) return;
    const auto own = server_.statuses.find(ascii_lower(value));
    auto status = own != server_.statuses.end() ? own->second : printable(ellipsis(rdap_status(value), 100));
    if (std::ranges::find(result_.statuses, status) == result_.statuses.end())
      result_.statuses.push_back(std::move(status));
  }

  std::string date(const std::vector<std::string>& names) {
    const auto* field = first_field(fields_, names);
    if (field == nullptr) return {};
    tell(field->line);
    const auto time = read_date(field->value, server_.dates);
    return time ? format_rfc3339(*time) : std::string();
  }

  void fail_with(ErrorCode code, std::string detail) {
    result_.state = state::kUnknown;
    result_.failure = Failure{std::string(to_string(code)), std::move(detail)};
  }

  void decide(bool registered) {
    if (found_.empty() && registered) {
      result_.state = state_of(result_.statuses);
    } else if (found_.size() == 1 && (!registered || (!says(state::kFree) && !says(state::kThrottled)))) {
      result_.state = *found_.begin();
    } else if (says(state::kThrottled) && !registered) {
      result_.state = state::kThrottled;
    } else if (found_.empty()) {
      fail_with(ErrorCode::protocol, "nothing in the answer is known to tell a state");
    } else {
      fail_with(ErrorCode::protocol, "the answer says two things");
    }
  }

  bool says(std::string_view name) const { return found_.contains(std::string(name)); }

  const WhoisServer& server_;
  const WhoisCommons& commons_;
  std::vector<Line> lines_;
  std::vector<Field> fields_;
  Registration result_;
  std::set<std::string> found_;    // states that lines tell
  std::vector<std::string> told_;  // what the state was read from
};

}  // namespace

bool line_matches(std::string_view line, std::string_view pattern, std::string_view domain) {
  return glob(ascii_lower(collapsed(line)), prepared(pattern, domain));
}

std::string whois_query(const WhoisServer& server, std::string_view domain) {
  return replace_all(server.query, "{domain}", domain) + "\r\n";
}

Registration read_whois(const WhoisServer& server, const WhoisCommons& commons, std::string_view domain,
                        std::string_view answer) {
  return Reading(server, commons, domain, answer).read();
}

}  // namespace assay::net::registration
