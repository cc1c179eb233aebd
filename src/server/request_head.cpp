#include "server/request_head.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "base/url.h"
#include "server/problem.h"

namespace assay::server {

namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kTokenMarks.contains(c);
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
}

Refusal bad_request(std::string detail) {
  return {.status = 400, .type = "invalid-input", .detail = std::move(detail)};
}

std::optional<Refusal> check_field_line(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t')) return bad_request("A header line is folded (RFC 9112 §5.2).");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || !std::ranges::all_of(line.substr(0, colon), is_token_char))
    return bad_request("A header line has no proper name before a colon.");
  return std::nullopt;
}

std::expected<std::uint64_t, Refusal> content_length(std::string_view text) {
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return std::unexpected(bad_request("Content-Length is no number."));
  return length;
}

// "example.com", "[::1]:8443", "127.0.0.1:80".
bool is_host(std::string_view text) {
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const bool digits = port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return digits && normalise_host(text.substr(0, colon)).has_value();
}

}  // namespace

std::optional<Refusal> check_raw_head(std::string_view head) {
  if (!head.ends_with("\r\n\r\n")) return bad_request("The header does not end with an empty line.");
  head.remove_suffix(4);
  int lines = 0;
  for (std::string_view rest = head;; ++lines) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    if (std::ranges::any_of(line, is_control)) return bad_request("The header holds a control character.");
    if (lines == 0 && !line.ends_with(" HTTP/1.1") && !line.ends_with(" HTTP/1.0")) {
      return Refusal{.status = 505, .type = "unsupported", .detail = "This server speaks HTTP/1.1."};
    }
    if (lines > 0) {
      if (auto refusal = check_field_line(line)) return refusal;
    }
    if (lines > kMaxFields)
      return Refusal{.status = 431, .type = "limit-exceeded", .detail = "The header has more than 100 fields."};
    if (end == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end + 2);
  }
}

std::expected<Framing, Refusal> check_framing(bool version_1_0, const Headers& headers) {
  Framing framing{.keep_alive = !version_1_0};
  const auto host = headers.find("Host");
  if ((!version_1_0 && headers.count("Host") != 1) || headers.count("Host") > 1 || (host && !is_host(trim(*host))))
    return std::unexpected(bad_request("There must be one Host field that names a host."));
  const std::size_t lengths = headers.count("Content-Length"), codings = headers.count("Transfer-Encoding");
  if (lengths > 1 || codings > 1 || (lengths != 0 && codings != 0))
    return std::unexpected(bad_request("The length of the body is told twice."));
  if (codings == 1) {
    if (version_1_0) return std::unexpected(bad_request("HTTP/1.0 has no Transfer-Encoding."));
    if (!iequals(trim(headers.get("Transfer-Encoding")), "chunked")) {
      return std::unexpected(Refusal{
          .status = 501, .type = "unsupported", .detail = "The only transfer coding of this server is chunked."});
    }
    framing.chunked = true;
  }
  if (lengths == 1) {
    const auto length = content_length(trim(headers.get("Content-Length")));
    if (!length) return std::unexpected(length.error());
    framing.length = *length;
  }
  if (const auto expect = headers.find("Expect")) {
    if (!iequals(trim(*expect), "100-continue")) {
      return std::unexpected(Refusal{
          .status = 417, .type = "unsupported", .detail = "The only expectation of this server is 100-continue."});
    }
    framing.expects_continue = !version_1_0;
  }
  for (const std::string_view option : split(headers.get("Connection"), ',')) {
    if (iequals(trim(option), "close")) framing.keep_alive = false;
  }
  return framing;
}

std::string response_head(const Response& response, std::optional<std::uint64_t> length, bool chunked, bool keep_alive,
                          Time date) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", response.status,
                                 status_text(response.status), fmt::gmtime(std::chrono::system_clock::to_time_t(date)));
  for (const auto& [name, value] : response.headers.all()) {
    std::string clean = value;
    std::erase_if(clean, is_control);
    head += fmt::format("{}: {}\r\n", name, clean);
  }
  if (length) head += fmt::format("Content-Length: {}\r\n", *length);
  if (chunked) head += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive) head += "Connection: close\r\n";
  return head + "\r\n";
}

}  // namespace assay::server
