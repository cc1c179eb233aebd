#include "ticket/sinks/webhook.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ticket/sinks/sender.h"

namespace assay::ticket {

namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kMinKey = 24, kMaxKey = 64;
constexpr int kGone = 410;  // the receiver wants no more

class WebhookSender final : public Sender {
 public:
  Result<void> check(const Json& settings, bool secret) const override {
    if (auto known = known_settings(settings, {"url"}); !known) return known;
    if (auto url = url_setting(settings, "url"); !url) return std::unexpected(url.error());
    if (!secret)
      return fail(ErrorCode::invalid_input, "secret", "is missing: receivers verify notices by it",
                  "give whsec_ and 24 to 64 random bytes in base64");
    return {};
  }

  Receipt deliver(const Courier& courier, const Parcel& parcel, Time now) const override {
    const OutboxNotice& notice = parcel.notices.front();
    const auto message =
        webhook_message(parcel.sink.settings.value("url", ""), parcel.secret, notice.id, now, dump_json(notice.body));
    if (!message) return receipt_of(std::unexpected(message.error()), {});
    return receipt_of(courier.send(*message), {kGone});
  }
};

}  // namespace

Result<Bytes> webhook_key(std::string_view secret) {
  const auto bad = [](std::string reason) {
    return fail(ErrorCode::invalid_input, "secret", std::move(reason),
                "give whsec_ and 24 to 64 random bytes in base64");
  };
  if (!secret.starts_with(kSecretPrefix)) return bad("does not begin with whsec_");
  auto key = from_base64(secret.substr(kSecretPrefix.size()));
  if (!key) return bad("is not base64");
  if (key->size() < kMinKey || key->size() > kMaxKey) return bad("is too short or too long");
  return key;
}

std::string webhook_signature(ByteView key, std::string_view id, std::string_view timestamp, std::string_view body) {
  return "v1," + to_base64(hmac_sha256(key, as_bytes(fmt::format("{}.{}.{}", id, timestamp, body))));
}

Result<HttpMessage> webhook_message(const std::string& url, const std::string& secrets, const std::string& id, Time now,
                                    std::string body) {
  const std::string timestamp =
      std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  std::string signatures;
  for (const auto secret : split(secrets, ' ')) {
    if (secret.empty()) continue;
    const auto key = webhook_key(secret);
    if (!key) return std::unexpected(key.error());
    signatures += (signatures.empty() ? "" : " ") + webhook_signature(*key, id, timestamp, body);
  }
  return HttpMessage{.method = "POST",
                     .url = url,
                     .headers = {"Content-Type: application/json", "webhook-id: " + id,
                                 "webhook-timestamp: " + timestamp, "webhook-signature: " + signatures},
                     .body = std::move(body)};
}

bool hub_signature_matches(std::string_view header, std::string_view secret, std::string_view body) {
  constexpr std::string_view kPrefix = "sha256=";
  if (!header.starts_with(kPrefix) || secret.empty()) return false;
  const auto given = from_hex(header.substr(kPrefix.size()));
  const auto expected = hmac_sha256(as_bytes(secret), as_bytes(body));
  if (!given || given->size() != expected.size()) return false;
  unsigned different = 0;  // in constant time
  for (std::size_t i = 0; i < expected.size(); ++i) different |= static_cast<unsigned>((*given)[i] ^ expected[i]);
  return different == 0;
}

std::unique_ptr<Sender> make_webhook_sender() {
  return std::make_unique<WebhookSender>();
}

}  // namespace assay::ticket
