#include "net/http/head.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/text.h"

namespace assay::net::http {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
std::string_view trim_blanks(std::string_view s) {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
  return s;
}

bool is_token_char(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c)) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Protocol names that begin a status line. Shoutcast servers say "ICY 200 OK".
constexpr std::string_view kProtocols[] = {"HTTP", "ICY "};

}  // namespace

bool HeadParser::may_be_status_line(std::string_view prefix) {
  if (kBom.starts_with(prefix.substr(0, kBom.size()))) {
    if (prefix.size() <= kBom.size()) return true;
    prefix.remove_prefix(kBom.size());
  }
  while (!prefix.empty() && is_blank(prefix.front())) prefix.remove_prefix(1);
  if (prefix.empty() || prefix.front() == '\r' || prefix.front() == '\n') return true;
  return std::ranges::any_of(kProtocols, [&](std::string_view name) {
    const auto n = std::min(prefix.size(), name.size());
    return iequals(prefix.substr(0, n), name.substr(0, n));
  });
}

HeadParser::Progress HeadParser::take(std::string_view line) {
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  } else {
    anomalies_->note(anomaly::kBareLf);
  }
  while (line.ends_with('\r')) {
    line.remove_suffix(1);
    anomalies_->note(anomaly::kBareCr);
  }
  if (!status_line_seen()) {
    if (!line.empty()) return status_line(line) ? Progress::more : Progress::not_http;
    anomalies_->note(anomaly::kLeadingBlankLine);
    return Progress::more;
  }
  if (line.empty()) return Progress::end;
  field_line(line);
  return Progress::more;
}

bool HeadParser::status_line(std::string_view line) {
  if (!may_be_status_line(line)) return false;
  if (line.starts_with(kBom)) {
    anomalies_->note(anomaly::kLeadingBom);
    line.remove_prefix(kBom.size());
  }
  if (line.empty()) return false;
  if (is_blank(line.front())) anomalies_->note(anomaly::kStatusLineSpacing);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  const auto version = line.substr(0, end);
  auto rest = line.substr(end);
  const auto gap = std::min(rest.find_first_not_of(" \t"), rest.size());
  if (rest.substr(0, gap) != " ") anomalies_->note(anomaly::kStatusLineSpacing);
  rest.remove_prefix(gap);
  if (!status_code(rest)) return false;
  head_.version = clean(version);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool known = iequals(version, "HTTP/1.1") || iequals(version, "HTTP/1.0");
    anomalies_->note(known ? anomaly::kVersionCase : anomaly::kVersionUnknown);
  }
  if (rest.empty()) {
    anomalies_->note(anomaly::kReasonMissing);
  } else if (rest.front() != ' ') {
    anomalies_->note(anomaly::kStatusLineSpacing);
  }
  head_.reason = clean(trim_blanks(rest));
  return true;
}

// Takes the digits off the front of `rest`. Anything from 1 to 999 will do.
bool HeadParser::status_code(std::string_view& rest) {
  std::size_t n = 0;
  while (n < rest.size() && is_digit(rest[n])) ++n;
  if (n == 0 || n > 4) return false;
  const auto digits = rest.substr(0, n);
  int status = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), status);
  if (status < 1 || status > 999) return false;
  if (n != 3 || status < 100 || status > 599) anomalies_->note(anomaly::kStatusUnusual);
  head_.status = status;
  rest.remove_prefix(n);
  return true;
}

void HeadParser::field_line(std::string_view line) {
  const bool first = !any_field_line_;
  any_field_line_ = true;
  if (is_blank(line.front())) {
    if (!first) return fold(line);
    anomalies_->note(anomaly::kFirstFieldIndented);
    line = trim_blanks(line);
  }
  last_dropped_ = true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return anomalies_->note(anomaly::kFieldWithoutColon);
  if (head_.fields.size() >= max_fields_) return anomalies_->note(anomaly::kFieldLimit);
  auto name = line.substr(0, colon);
  if (!name.empty() && is_blank(name.back())) {
    anomalies_->note(anomaly::kSpaceBeforeColon);
    name = trim_blanks(name);
  }
  if (name.empty()) {
    anomalies_->note(anomaly::kFieldNameEmpty);
  } else if (!std::ranges::all_of(name, is_token_char)) {
    anomalies_->note(anomaly::kFieldNameInvalid);
  }
  HttpField field;
  field.name = clean(name);
  field.value = trim_blanks(clean(line.substr(colon + 1)));
  head_.fields.push_back(std::move(field));
  last_dropped_ = false;
}

void HeadParser::fold(std::string_view line) {
  anomalies_->note(anomaly::kObsFold);
  if (last_dropped_) return;
  const auto more = clean(trim_blanks(line));
  auto& value = head_.fields.back().value;
  if (!value.empty() && !more.empty()) value += ' ';
  value += more;
}

// Valid UTF-8 without CR and NUL, which RFC 9110 §5.5 tells to replace by a space.
std::string HeadParser::clean(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x00) {
      anomalies_->note(anomaly::kNul);
      c = ' ';
    } else if (byte == '\r') {
      anomalies_->note(anomaly::kBareCr);
      c = ' ';
    } else if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
      anomalies_->note(anomaly::kControlCharacter);
    } else if (byte >= 0x80) {
      anomalies_->note(anomaly::kNonAscii);
    }
  }
  return valid_utf8(out);
}

}  // namespace assay::net::http
