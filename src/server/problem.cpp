#include "server/problem.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace assay::server {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 35> kTexts{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

Response problem_document(const Request& request, int status, std::string_view type, std::string_view detail,
                          const std::string& thing) {
  Json body{{"type", "/problems/" + std::string(type)},
            {"title", status_text(status)},
            {"status", status},
            {"detail", valid_utf8(detail)},
            {"request_id", request.request_id}};
  if (!thing.empty()) body["thing"] = valid_utf8(thing);
  Response response{.status = status};
  response.with("Content-Type", "application/problem+json");
  response.body = dump_json(body);
  return response;
}

}  // namespace

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
    case ErrorCode::host_paused:
      return 409;
    case ErrorCode::limit_exceeded:
      return 413;
    case ErrorCode::egress_refused:
    case ErrorCode::budget_spent:
      return 422;
    case ErrorCode::unsupported:
      return 501;
    case ErrorCode::name_resolution:
    case ErrorCode::connection:
    case ErrorCode::tls:
    case ErrorCode::protocol:
      return 502;
    case ErrorCode::cancelled:
      return 503;
    case ErrorCode::timeout:
      return 504;
    case ErrorCode::io:
    case ErrorCode::crypto:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

Response problem(const Request& request, const Error& error) {
  const int status = status_of(error.code);
  if (status == 500) {
    Response response = problem_document(request, status, to_string(error.code),
                                         "The server failed; its log has the reason under this request_id.", {});
    response.cause = error;
    return response;
  }
  std::string detail = error.reason;
  if (!error.remedy.empty()) detail += " (" + error.remedy + ")";
  return problem_document(request, status, to_string(error.code), detail, error.thing);
}

Response problem(const Request& request, int status, std::string_view type, std::string_view detail) {
  return problem_document(request, status, type, detail, {});
}

std::string_view status_text(int status) {
  for (const auto& [known, text] : kTexts) {
    if (known == status) return text;
  }
  return {};
}

}  // namespace assay::server
