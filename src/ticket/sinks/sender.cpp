#include "ticket/sinks/sender.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/url.h"
#include "ticket/sinks/webhook.h"

namespace assay::ticket {

namespace {

constexpr std::size_t kMaxSetting = 2000;
constexpr std::size_t kMaxDetail = 300;

}  // namespace

std::unique_ptr<Sender> make_sender(SinkKind kind) {
  switch (kind) {
    case SinkKind::webhook:
      return make_webhook_sender();
    case SinkKind::mail:
      return make_mail_sender();
    case SinkKind::jira:
      return make_jira_sender();
    case SinkKind::github:
      return make_github_sender();
  }
  return make_webhook_sender();
}

Result<void> check_secret(SinkKind kind, const std::string& secret) {
  const auto words = split(secret, ' ');
  if (kind == SinkKind::webhook) {
    for (const auto word : words)
      if (const auto key = webhook_key(word); !key) return std::unexpected(key.error());
    return {};
  }
  // It becomes a field of a header or a line of SMTP.
  if (std::ranges::any_of(secret, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
    return fail(ErrorCode::invalid_input, "secret", "holds a control character", "give it without line breaks");
  const bool tracker = kind == SinkKind::jira || kind == SinkKind::github;
  if (tracker && (words.size() > 2 || std::ranges::any_of(words, [](auto word) { return word.empty(); })))
    return fail(ErrorCode::invalid_input, "secret", "is not one word or two",
                "give the access token, and after one space the secret of the webhook back");
  return {};
}

Receipt receipt_of(const Result<Reply>& reply, const std::vector<int>& refused_statuses) {
  if (!reply) {
    const ErrorCode code = reply.error().code;
    const bool never = code == ErrorCode::egress_refused || code == ErrorCode::invalid_input;
    return {.kind = never ? Receipt::Kind::refused : Receipt::Kind::again,
            .detail = reply.error().message(),
            .retry_after = std::nullopt,
            .link = std::nullopt};
  }
  Receipt receipt{.kind = Receipt::Kind::taken,
                  .detail = fmt::format("answers {}", reply->status),
                  .retry_after = reply->retry_after,
                  .link = std::nullopt};
  if (reply->status >= 200 && reply->status < 300) return receipt;
  receipt.kind = std::ranges::find(refused_statuses, reply->status) == refused_statuses.end() ? Receipt::Kind::again
                                                                                              : Receipt::Kind::refused;
  if (!reply->body.empty()) receipt.detail += ": " + printable(ellipsis(reply->body, kMaxDetail));
  return receipt;
}

Result<std::string> text_setting(const Json& settings, const std::string& name) {
  const auto at = settings.find(name);
  if (at == settings.end() || !at->is_string() || at->get_ref<const std::string&>().empty())
    return fail(ErrorCode::invalid_input, "settings." + name, "is missing or no text", "docs/sinks.md shows the form");
  auto text = at->get<std::string>();
  if (text.size() > kMaxSetting) return fail(ErrorCode::invalid_input, "settings." + name, "is too long");
  return text;
}

Result<void> optional_texts(const Json& settings, const std::vector<std::string>& names) {
  for (const auto& name : names)
    if (settings.contains(name))
      if (auto text = text_setting(settings, name); !text) return std::unexpected(text.error());
  return {};
}

Result<void> known_settings(const Json& settings, const std::vector<std::string_view>& names) {
  if (!settings.is_object()) return fail(ErrorCode::invalid_input, "settings", "is no object");
  for (const auto& [name, value] : settings.items())
    if (std::ranges::find(names, name) == names.end())
      return fail(ErrorCode::invalid_input, "settings." + printable(name), "is not known of this kind of sink",
                  "docs/sinks.md lists the settings");
  return {};
}

Result<std::string> url_setting(const Json& settings, const std::string& name) {
  auto text = text_setting(settings, name);
  if (!text) return text;
  const auto url = parse_url(*text);
  if (!url || (url->scheme != "https" && url->scheme != "http") || url->has_userinfo)
    return fail(ErrorCode::invalid_input, "settings." + name, "is no https URL without user information");
  return text;
}

}  // namespace assay::ticket
