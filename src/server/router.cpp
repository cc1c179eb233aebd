#include "server/router.h"

#include <algorithm>

#include "base/text.h"

namespace assay::server {

namespace {

constexpr std::size_t kMaxTarget = 8192;
constexpr std::size_t kMaxQueryParameters = 100;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Strict: nullopt for a '%' without two digits, a NUL or bytes that are not UTF-8.
std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>((high << 4) | low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  if (!is_valid_utf8(out)) return std::nullopt;
  return out;
}

// The decoded segments of a path; nullopt for one that names no resource of ours. The last one is empty when the path
// ends with "/", as those of apps do in the dashboard, whose keys may look like files.
std::optional<std::vector<std::string>> segments_of(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string> segments;
  if (path == "/") return segments;
  for (const std::string_view part : split(path.substr(1), '/')) {
    auto segment = decode(part, false);
    const bool inside = !segments.empty() && segments.back().empty();
    if (!segment || inside || (segment->empty() && segments.empty()) || *segment == "." || *segment == "..")
      return std::nullopt;
    segments.push_back(std::move(*segment));
  }
  return segments;
}

bool is_parameter_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

Result<std::vector<Router::Segment>> Router::read_pattern(const std::string& pattern) {
  std::vector<Segment> segments;
  const auto refuse = [&](std::string reason) {
    return fail(ErrorCode::internal, "route " + pattern, std::move(reason));
  };
  if (!pattern.starts_with('/')) return refuse("does not start with '/'");
  if (pattern == "/") return segments;
  for (const std::string_view part : split(std::string_view(pattern).substr(1), '/')) {
    if (!segments.empty() && segments.back().kind == Segment::Kind::rest) return refuse("goes on after a rest");
    if (part.empty()) return refuse("has an empty segment");
    if (!part.starts_with('{')) {
      segments.push_back({std::string(part), Segment::Kind::literal});
      continue;
    }
    const bool rest = part.ends_with("*}");
    if (!part.ends_with('}')) return refuse("has an open brace");
    const std::string_view name = part.substr(1, part.size() - (rest ? 3 : 2));
    if (!is_parameter_name(name)) return refuse("has a parameter without a proper name");
    segments.push_back({std::string(name), rest ? Segment::Kind::rest : Segment::Kind::parameter});
  }
  return segments;
}

Result<void> Router::add(Route route) {
  auto segments = read_pattern(route.pattern);
  if (!segments) return std::unexpected(segments.error());
  if (!route.handler) return fail(ErrorCode::internal, "route " + route.name, "has no handler");
  for (const auto& known : routes_) {
    if (known.name == route.name) return fail(ErrorCode::internal, "route " + route.name, "is there already");
    if (known.method == route.method && known.pattern == route.pattern) {
      return fail(
          ErrorCode::internal, "route " + route.name,
          "answers " + std::string(to_string(route.method)) + " " + route.pattern + " as " + known.name + " does");
    }
  }
  routes_.push_back(std::move(route));
  patterns_.push_back(std::move(*segments));
  return {};
}

namespace {

// Which of two patterns that both match is closer: literal before parameter before rest, at the first difference.
template <class Segments>
bool closer(const Segments& a, const Segments& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].kind != b[i].kind) return a[i].kind < b[i].kind;
  }
  return a.size() > b.size();
}

template <class Segments>
std::optional<Parameters> parameters_of(const Segments& pattern, const std::vector<std::string>& path) {
  Parameters found;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    using Kind = decltype(pattern[i].kind);
    if (i >= path.size()) return std::nullopt;
    if (pattern[i].kind == Kind::rest) {
      found.add(pattern[i].text, join(std::vector(path.begin() + static_cast<std::ptrdiff_t>(i), path.end()), "/"));
      return found;
    }
    if (path[i].empty()) return std::nullopt;
    if (pattern[i].kind == Kind::parameter) {
      found.add(pattern[i].text, path[i]);
    } else if (pattern[i].text != path[i]) {
      return std::nullopt;
    }
  }
  if (pattern.size() != path.size()) return std::nullopt;
  return found;
}

}  // namespace

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  const auto segments = segments_of(path);
  if (!segments) return match;
  const Method wanted = method == Method::head ? Method::get : method;
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    auto parameters = parameters_of(patterns_[i], *segments);
    if (!parameters) continue;
    const bool better = !best || closer(patterns_[i], patterns_[*best]);
    const bool same = best && !better && !closer(patterns_[*best], patterns_[i]);
    if (!better && !same) continue;
    if (better) {
      best = i;
      match = Match{};
    }
    match.allowed.push_back(routes_[i].method);
    if (routes_[i].method == wanted) {
      match.route = &routes_[i];
      match.parameters = std::move(*parameters);
    }
  }
  // What takes every path takes it by its own methods; by another, nothing has that name.
  const bool any_path = best && !patterns_[*best].empty() && patterns_[*best].back().kind == Segment::Kind::rest;
  if (any_path && match.route == nullptr && method != Method::options) return {};
  return match;
}

Result<Parameters> parse_query(std::string_view query) {
  Parameters parameters;
  for (const std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    if (parameters.all().size() == kMaxQueryParameters)
      return fail(ErrorCode::limit_exceeded, "query", "has more than 100 parameters", "send fewer");
    const std::size_t equals = part.find('=');
    auto name = decode(part.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::string() : decode(part.substr(equals + 1), true);
    if (!name || !value) {
      return fail(ErrorCode::invalid_input, "query parameter " + ellipsis(printable(part), 60),
                  "is not percent-encoded UTF-8", "encode it by RFC 3986");
    }
    parameters.add(std::move(*name), std::move(*value));
  }
  return parameters;
}

Result<Target> parse_target(std::string_view target) {
  if (target.size() > kMaxTarget)
    return fail(ErrorCode::limit_exceeded, "request target", "is longer than 8192 bytes", "send a shorter one");
  if (!target.starts_with('/'))
    return fail(ErrorCode::invalid_input, "request target", "is not in origin form", "send a path: /path?query");
  const bool clean =
      std::ranges::all_of(target, [](char c) { return c > ' ' && c < '\x7f' && c != '#' && c != '"' && c != '\\'; });
  if (!clean)
    return fail(ErrorCode::invalid_input, "request target", "holds a byte that may not stand there",
                "percent-encode it");
  const std::size_t mark = target.find('?');
  auto query = mark == std::string_view::npos ? Parameters{} : parse_query(target.substr(mark + 1));
  if (!query) return std::unexpected(query.error());
  return Target{.path = std::string(target.substr(0, mark)), .query = std::move(*query)};
}

}  // namespace assay::server
