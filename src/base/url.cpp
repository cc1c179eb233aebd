#include "base/url.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <idn2.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/ascii.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr std::size_t kMaxUrlBytes = 8192;

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "ftp") return 21;
  return 0;
}

bool is_special(std::string_view scheme) {
  return default_port(scheme) != 0;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One part of an IPv4 spelling; nullopt when it is no number at all.
std::optional<std::uint64_t> ipv4_part(std::string_view s) {
  if (s.empty()) return std::nullopt;
  int base = 10;
  if (s.size() >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
    s.remove_prefix(2);
    base = 16;
  } else if (s.size() >= 2 && s[0] == '0') {
    s.remove_prefix(1);
    base = 8;
  }
  if (s.empty()) return 0;
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), value, base);
  if (ec != std::errc{} || end != s.data() + s.size()) return std::nullopt;
  return value;
}

// A component re-encoded: controls, spaces and non-ASCII become percent-encoded, existing escapes stay.
std::string encode_component(std::string_view s, std::string_view also) {
  std::string out;
  for (const char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u >= 0x7F || also.find(c) != std::string_view::npos) {
      out += fmt::format("%{:02X}", u);
    } else {
      out += c;
    }
  }
  return out;
}

bool is_single_dot(std::string_view s) {
  return s == "." || iequals(s, "%2e");
}
bool is_double_dot(std::string_view s) {
  return s == ".." || iequals(s, ".%2e") || iequals(s, "%2e.") || iequals(s, "%2e%2e");
}

std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string_view> out;
  const auto parts = split(path.starts_with('/') ? path.substr(1) : path, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (is_double_dot(parts[i])) {
      if (!out.empty()) out.pop_back();
      if (last) out.emplace_back();
    } else if (is_single_dot(parts[i])) {
      if (last) out.emplace_back();
    } else {
      out.push_back(parts[i]);
    }
  }
  std::string joined;
  for (const auto part : out) (joined += '/').append(part);
  return joined.empty() ? "/" : joined;
}

std::string shown(std::string_view s) {
  return printable(ellipsis(s, 120));
}

// Leading and trailing C0 and space, and every tab and newline inside, are dropped as the standard says.
std::string clean(std::string_view s) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= 0x20) s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= 0x20) s.remove_suffix(1);
  std::string out;
  std::ranges::copy_if(s, std::back_inserter(out), [](char c) { return c != '\t' && c != '\n' && c != '\r'; });
  return out;
}

// Fills host, port and has_userinfo from an authority.
Result<void> read_authority(std::string_view authority, Url& url, std::string_view whole) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.has_userinfo = true;
    authority = authority.substr(at + 1);
  }
  std::string_view host = authority, port;
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.empty()) return fail(ErrorCode::invalid_input, shown(whole), "the URL has no host");
  auto normal = normalise_host(host);
  if (!normal) return fail(ErrorCode::invalid_input, shown(whole), normal.error().reason);
  url.host = std::move(*normal);
  if (!port.empty()) {
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), value);
    if (ec != std::errc{} || end != port.data() + port.size() || value > 65535)
      return fail(ErrorCode::invalid_input, shown(whole),
                  fmt::format("the port \"{}\" is no number below 65536", shown(port)));
    if (value != default_port(url.scheme)) url.port = static_cast<std::uint16_t>(value);
  }
  return {};
}

void read_path_and_query(std::string_view rest, Url& url) {
  rest = rest.substr(0, rest.find('#'));
  const auto mark = rest.find('?');
  if (mark != std::string_view::npos) url.query = encode_component(rest.substr(mark + 1), "\"<>'");
  std::string path(rest.substr(0, mark));
  if (is_special(url.scheme)) std::ranges::replace(path, '\\', '/');
  path = encode_component(path, "\"<>`{}^");
  url.path = url.host.empty() ? path : remove_dot_segments(path);
}

}  // namespace

std::uint16_t Url::effective_port() const {
  return port.value_or(default_port(scheme));
}

std::string Url::origin() const {
  return port ? fmt::format("{}://{}:{}", scheme, host, *port) : fmt::format("{}://{}", scheme, host);
}

std::string Url::target() const {
  return query ? path + "?" + *query : path;
}

std::string Url::to_string() const {
  if (host.empty()) return scheme + ":" + target();
  return origin() + target();
}

bool Url::host_is_ip() const {
  if (host.starts_with('[')) return true;
  in_addr v4{};
  return inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

std::optional<std::uint32_t> parse_ipv4_number(std::string_view host) {
  auto parts = split(host, '.');
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  if (parts.size() > 4) return std::nullopt;
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = ipv4_part(parts[i]);
    if (!value) return std::nullopt;
    const bool last = i + 1 == parts.size();
    const unsigned bytes_left = 4U - static_cast<unsigned>(i);
    if (last) {
      if (*value >= (std::uint64_t{1} << (8U * bytes_left))) return std::nullopt;
      address |= *value;
    } else {
      if (*value > 255) return std::nullopt;
      address |= *value << (8U * (3U - static_cast<unsigned>(i)));
    }
  }
  return static_cast<std::uint32_t>(address);
}

Result<std::string> normalise_host(std::string_view host) {
  const auto bad = [&](std::string reason) { return fail(ErrorCode::invalid_input, shown(host), std::move(reason)); };
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return bad("the IPv6 address has no closing bracket");
    const std::string inner(host.substr(1, host.size() - 2));
    in6_addr v6{};
    if (inner.find('%') != std::string::npos || inet_pton(AF_INET6, inner.c_str(), &v6) != 1)
      return bad("the text in brackets is no IPv6 address (zone identifiers are not allowed)");
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, &v6, text, sizeof text);
    return fmt::format("[{}]", text);
  }
  const std::string decoded = percent_decode(host);
  if (!is_valid_utf8(decoded)) return bad("the host is not valid UTF-8");
  // libidn2 reads up to a NUL: "a%00b" must not become "a".
  if (decoded.find('\0') != std::string::npos) return bad("the host holds a character that no host may have");
  std::string name;
  if (std::ranges::all_of(decoded, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    // Nothing to convert. Names that IDNA 2008 refuses and hosts use all the same (underscores, leading hyphens) stay.
    name = ascii_lower(decoded);
  } else {
    char* ascii = nullptr;
    const int rc = idn2_to_ascii_8z(decoded.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (rc != IDN2_OK) return bad(fmt::format("the host is no valid internationalised name ({})", idn2_strerror(rc)));
    name = ascii_lower(ascii);
    idn2_free(ascii);
  }
  constexpr std::string_view kForbidden = " #%/:<>?@[\\]^|";
  if (std::ranges::any_of(name, [&](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || kForbidden.find(c) != std::string_view::npos;
      }))
    return bad("the host holds a character that no host may have");
  if (name.ends_with('.')) name.pop_back();  // the root label: the same name
  if (name.empty() || name.size() > 253) return bad("the host is empty or longer than 253 bytes");
  const auto labels = split(name, '.');
  if (std::ranges::any_of(labels, [](std::string_view l) { return l.empty() || l.size() > 63; }))
    return bad("the host has an empty label or one longer than 63 bytes");
  const auto last = labels.back();
  const bool numeric_end =
      std::ranges::all_of(last, is_digit) ||
      (istarts_with(last, "0x") && std::ranges::all_of(last.substr(2), [](char c) { return hex_digit(c) >= 0; }));
  if (numeric_end) {
    const auto address = parse_ipv4_number(name);
    if (!address) return bad("the host looks like an IPv4 address and is none");
    return fmt::format("{}.{}.{}.{}", *address >> 24U, *address >> 16U & 255U, *address >> 8U & 255U, *address & 255U);
  }
  return name;
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes)
    return fail(ErrorCode::limit_exceeded, shown(text), fmt::format("the URL is longer than {} bytes", kMaxUrlBytes));
  const std::string cleaned = clean(text);
  const std::string_view s = cleaned;
  const auto colon = s.find(':');
  if (s.empty() || colon == std::string_view::npos || colon == 0 || !is_alpha(s[0]) ||
      !std::ranges::all_of(s.substr(0, colon),
                           [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }))
    return fail(ErrorCode::invalid_input, shown(text), "is no absolute URL",
                "write it with its scheme, e.g. https://app.example.com/");
  Url url;
  url.scheme = ascii_lower(s.substr(0, colon));
  std::string_view rest = s.substr(colon + 1);
  const auto is_slash = [&](char c) { return c == '/' || (is_special(url.scheme) && c == '\\'); };
  if (is_special(url.scheme)) {
    while (!rest.empty() && is_slash(rest[0])) rest.remove_prefix(1);
  } else if (rest.starts_with("//")) {
    rest.remove_prefix(2);
  } else {
    read_path_and_query(rest, url);
    return url;
  }
  const auto end = std::ranges::find_if(rest, [&](char c) { return is_slash(c) || c == '?' || c == '#'; });
  const auto authority_size = static_cast<std::size_t>(end - rest.begin());
  if (authority_size > 0 || is_special(url.scheme)) {
    if (auto read = read_authority(rest.substr(0, authority_size), url, text); !read)
      return std::unexpected(read.error());
  }
  read_path_and_query(rest.substr(authority_size), url);
  return url;
}

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  const std::string cleaned = clean(reference);
  std::string_view s = cleaned;
  s = s.substr(0, s.find('#'));
  const auto colon = s.find(':');
  const bool has_scheme = colon != std::string_view::npos && colon > 0 && is_alpha(s[0]) &&
                          std::ranges::all_of(s.substr(0, colon), [](char c) {
                            return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
                          });
  if (has_scheme) return parse_url(s);
  std::string normal(s.substr(0, s.find('?')));
  std::ranges::replace(normal, '\\', '/');
  if (normal.starts_with("//")) return parse_url(base.scheme + ":" + std::string(s));
  Url url = base;
  url.has_userinfo = false;
  if (s.empty()) return url;
  url.query.reset();
  if (s[0] == '?') {
    const std::string path = url.path;
    read_path_and_query(s, url);
    url.path = path;
    return url;
  }
  if (normal.starts_with('/')) {
    read_path_and_query(s, url);
  } else {
    read_path_and_query(base.path.substr(0, base.path.rfind('/') + 1) + std::string(s), url);
  }
  return url;
}

std::string percent_encode(std::string_view s) {
  std::string out;
  for (const char c : s)
    out += is_unreserved(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

std::string percent_decode(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '%' && i + 2 < s.size() && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]));
      i += 2;
    } else {
      out += s[i];
    }
  }
  return out;
}

}  // namespace assay
