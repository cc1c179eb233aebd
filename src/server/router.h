#pragma once

// Which handler answers which request. Built once at the start, then read by all threads.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "server/access.h"
#include "server/http.h"

namespace assay::server {

inline constexpr std::size_t kMaxBody = 500'000;  // bytes; the backend checklist's bound

struct Route {
  std::string name;     // the operationId of docs/openapi.yaml; unique
  Method method;        // HEAD is answered by GET's handler, OPTIONS by the router
  std::string pattern;  // "/api/v1/apps/{app_key}"; a last segment "{rest*}" takes all that follows, with its slashes
  Permission permission = Permission::read;
  Handler handler;
  std::size_t max_body = kMaxBody;  // bytes; more only for imports
  bool csrf_exempt = false;         // only for what a browser sends by itself: CSP reports
};

class Router {
 public:
  // Errors: a name or a method and pattern that is there already, a pattern that cannot be read.
  Result<void> add(Route route);

  struct Match {
    const Route* route = nullptr;  // null: nothing matches by method and path
    std::vector<Method> allowed;   // methods of the path; empty when no route has the path
    Parameters parameters;         // decoded
  };
  // `path` as sent, percent-encoded. A literal segment is preferred to a parameter. HEAD finds GET's route. A path with
  // an empty, "." or ".." segment, or an encoding that is not UTF-8, matches nothing; nor does one that only a pattern
  // with "{rest*}" has, by a method that it does not take.
  Match match(Method method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Segment {
    std::string text;
    enum class Kind { literal, parameter, rest } kind;
  };
  static Result<std::vector<Segment>> read_pattern(const std::string& pattern);

  std::vector<Route> routes_;
  std::vector<std::vector<Segment>> patterns_;  // of routes_, same order
};

// "a=1&b=%20x": decoded names and values ('+' is a space, WHATWG URL form). Errors: invalid encoding or UTF-8, a NUL,
// more than 100 parameters.
Result<Parameters> parse_query(std::string_view query);

// The request target of HTTP/1.1 in origin form ("/path?query"), split. Errors: another form, bytes that may not stand
// there, more than 8192 bytes.
struct Target {
  std::string path;
  Parameters query;
};
Result<Target> parse_target(std::string_view target);

}  // namespace assay::server
