#include "ticket/sinks/courier.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "base/url.h"

namespace assay::ticket {

namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// What one exchange reads, writes and refuses.
struct Exchange {
  const CourierSettings* settings = nullptr;
  bool plain = false;   // no TLS is demanded
  std::string refused;  // why the last address was refused
  std::string answer;
  bool too_long = false;
  std::string_view upload;  // what is left of it
};

bool in(const std::vector<net::Cidr>& networks, const net::IpAddress& address) {
  return std::ranges::any_of(networks, [&](const net::Cidr& cidr) { return cidr.contains(address); });
}

// Why this exchange may not connect to `address`; empty when it may.
std::string refusal(const Exchange& exchange, const net::IpAddress& address) {
  const auto& settings = *exchange.settings;
  if (in(settings.refused_networks, address)) return "is in a network that the operator refuses";
  if (in(settings.allowed_networks, address)) return "";
  if (const auto reason = net::refusal_reason(address)) return "is not public: " + *reason;
  return exchange.plain ? "would be spoken to without TLS" : "";
}

// CURLOPT_OPENSOCKETFUNCTION: every connection passes here with the very address that is about to be connected to.
curl_socket_t open_socket(void* context, curlsocktype /*purpose*/, curl_sockaddr* to) {
  auto& exchange = *static_cast<Exchange*>(context);
  sockaddr_storage storage{};
  std::memcpy(&storage, &to->addr, std::min<std::size_t>(to->addrlen, sizeof storage));
  const auto address = net::from_sockaddr(storage);
  if (!address) return CURL_SOCKET_BAD;
  if (auto reason = refusal(exchange, address->first); !reason.empty()) {
    exchange.refused = fmt::format("{} {}", address->first.to_string(), reason);
    return CURL_SOCKET_BAD;
  }
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

std::size_t read_answer(char* data, std::size_t /*one*/, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.too_long = exchange.answer.size() + size > kMaxReply;
  if (exchange.too_long) return 0;
  exchange.answer.append(data, size);
  return size;
}

std::size_t write_upload(char* buffer, std::size_t one, std::size_t count, void* context) {
  auto& left = static_cast<Exchange*>(context)->upload;
  const std::size_t size = std::min(one * count, left.size());
  std::memcpy(buffer, left.data(), size);
  left.remove_prefix(size);
  return size;
}

bool has_line_break(std::string_view s) {
  return s.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

Handle make_handle(const CourierSettings& settings, Exchange& exchange, const std::string& url) {
  Handle handle(curl_easy_init(), &curl_easy_cleanup);
  if (!handle) return handle;
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings.trust_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, settings.trust_file.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &read_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  return handle;
}

Error error_of(CURLcode code, const Exchange& exchange, const std::string& origin) {
  Error error{ErrorCode::protocol, origin, curl_easy_strerror(code), "look at the sink's settings"};
  if (!exchange.refused.empty())
    return {ErrorCode::egress_refused, origin, exchange.refused, "allow the network if the sink is meant to be there"};
  if (exchange.too_long) return {ErrorCode::limit_exceeded, origin, "answers more than 1 MiB", error.remedy};
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      error.code = ErrorCode::name_resolution;
      break;
    case CURLE_OPERATION_TIMEDOUT:
      error.code = ErrorCode::timeout;
      break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_USE_SSL_FAILED:
      error.code = ErrorCode::tls;
      break;
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      error.code = ErrorCode::connection;
      break;
    default:
      break;
  }
  return error;
}

Reply reply_of(CURL* curl, Exchange& exchange) {
  Reply reply{.status = 0, .body = std::move(exchange.answer), .retry_after = std::nullopt};
  long status = 0;
  curl_off_t wait = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
  reply.status = static_cast<int>(status);
  if (wait > 0) reply.retry_after = std::chrono::seconds{wait};
  return reply;
}

std::unexpected<Error> out_of_memory() {
  return fail(ErrorCode::internal, "libcurl", "gives no handle");
}

}  // namespace

Courier::Courier(CourierSettings settings) : settings_(std::move(settings)) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(ready);
}

Result<Reply> Courier::send(const HttpMessage& message) const {
  const auto url = parse_url(message.url);
  if (!url) return std::unexpected(url.error());
  if ((url->scheme != "https" && url->scheme != "http") || url->has_userinfo)
    return fail(ErrorCode::invalid_input, url->origin(), "is no https URL without user information");
  if (std::ranges::any_of(message.headers, has_line_break))
    return fail(ErrorCode::invalid_input, url->origin(), "would be sent a header with a line break");
  Exchange exchange{.settings = &settings_, .plain = url->scheme == "http"};
  const std::string text = url->to_string();
  const Handle handle = make_handle(settings_, exchange, text);
  if (!handle) return out_of_memory();
  CURL* curl = handle.get();
  List headers(nullptr, &curl_slist_free_all);
  for (const auto& header : message.headers) headers.reset(curl_slist_append(headers.release(), header.c_str()));
  headers.reset(curl_slist_append(headers.release(), "Expect:"));
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "Assay/" ASSAY_VERSION);
  if (message.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(message.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, message.body.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, message.method.c_str());
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return std::unexpected(error_of(code, exchange, url->origin()));
  return reply_of(curl, exchange);
}

Result<Reply> Courier::send(const Letter& letter) const {
  const bool implicit = letter.url.starts_with("smtps://");
  if (!implicit && !letter.url.starts_with("smtp://"))
    return fail(ErrorCode::invalid_input, "mail server", "is no smtp or smtps URL", "write smtp://host:587");
  for (const auto* text : {&letter.url, &letter.from, &letter.to})
    if (has_line_break(*text)) return fail(ErrorCode::invalid_input, "mail", "holds a line break in an address");
  Exchange exchange{.settings = &settings_, .plain = letter.plain && !implicit};
  exchange.upload = letter.data;
  const Handle handle = make_handle(settings_, exchange, letter.url);
  if (!handle) return out_of_memory();
  CURL* curl = handle.get();
  const std::string from = "<" + letter.from + ">", to = "<" + letter.to + ">";
  const List recipients(curl_slist_append(nullptr, to.c_str()), &curl_slist_free_all);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(exchange.plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &write_upload);
  curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
  if (!letter.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, letter.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, letter.password.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  Reply reply = reply_of(curl, exchange);
  // libcurl calls a refusal by the server an error of its own; the server's code tells what to do about it.
  if (code != CURLE_OK && (reply.status < 400 || !exchange.refused.empty()))
    return std::unexpected(error_of(code, exchange, letter.url));
  return reply;
}

}  // namespace assay::ticket
