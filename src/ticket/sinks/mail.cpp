#include "ticket/sinks/mail.h"

#include <fmt/format.h>
#include <kainjow/mustache.hpp>

#include <algorithm>
#include <array>
#include <map>

#include "base/bytes.h"
#include "base/text.h"
#include "model/app_rows.h"
#include "ticket/sinks/describe.h"
#include "ticket/sinks/sender.h"

namespace assay::ticket {

namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t kLine = 76;       // RFC 2045 §6.8
constexpr std::size_t kWordBytes = 45;  // of UTF-8 in one encoded word: 60 characters of base64, 75 with its frame
constexpr int kMaxDigestMinutes = 24 * 60;

// Three braces: the text is no HTML.
constexpr const char* kDigest = R"({{#tickets}}
{{{headline}}}
{{#lines}}
  - {{{text}}}
{{/lines}}
{{#url}}
  {{{url}}}
{{/url}}

{{/tickets}}
-- 
You watch these tickets, or are a security contact of their apps.
)";

std::string rfc5322_date(Time t) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(t) - day);
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays.at(std::chrono::weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

// As many whole characters as fit into `most` bytes.
std::string_view characters(std::string_view s, std::size_t most) {
  if (s.size() <= most) return s;
  while (most > 0 && (static_cast<unsigned char>(s[most]) & 0xC0U) == 0x80U) --most;
  return s.substr(0, most);
}

class MailSender final : public Sender {
 public:
  Result<void> check(const Json& settings, bool secret) const override {
    if (auto known = known_settings(settings, {"url", "from", "to", "tls", "user", "digest_minutes"}); !known)
      return known;
    const auto url = text_setting(settings, "url");
    if (!url) return std::unexpected(url.error());
    if (!url->starts_with("smtp://") && !url->starts_with("smtps://"))
      return fail(ErrorCode::invalid_input, "settings.url", "is no smtp or smtps URL", "write smtp://host:587");
    const auto from = text_setting(settings, "from");
    if (!from) return std::unexpected(from.error());
    if (auto reason = invalid_email(*from); !reason.empty())
      return fail(ErrorCode::invalid_input, "settings.from", std::move(reason));
    if (auto listed = check_recipients(settings); !listed) return listed;
    const Json tls = settings.value("tls", Json("required"));
    if (tls != "required" && tls != "none")
      return fail(ErrorCode::invalid_input, "settings.tls", "is neither required nor none");
    const Json minutes = settings.value("digest_minutes", Json(0));
    if (!minutes.is_number_integer() || minutes < 0 || minutes > kMaxDigestMinutes)
      return fail(ErrorCode::invalid_input, "settings.digest_minutes", "is not from 0 to 1440");
    if (settings.contains("user") != secret)
      return fail(ErrorCode::invalid_input, "settings.user", "and the secret, its password, go together");
    return optional_texts(settings, {"user"});
  }

  Receipt deliver(const Courier& courier, const Parcel& parcel, Time now) const override {
    const Json& settings = parcel.sink.settings;
    std::vector<Json> bodies;
    std::string ids;
    for (const auto& notice : parcel.notices) {
      bodies.push_back(notice.body);
      ids += notice.id + "\n";
    }
    const std::string from = settings.value("from", ""), to = parcel.notices.front().recipient;
    // The same notices give the same id, so that a mail that is sent twice is shown once.
    const std::string id = sha256_hex(ids).substr(0, 32) + from.substr(from.find('@'));
    const Letter letter{
        .url = settings.value("url", ""),
        .plain = settings.value("tls", "required") == "none",
        .user = settings.value("user", ""),
        .password = parcel.secret,
        .from = from,
        .to = to,
        .data = compose_mail({.from = from, .to = to, .subject = digest_subject(bodies), .message_id = id, .date = now},
                             digest_text(bodies))};
    // 5yz: the server will never take it (RFC 5321 §4.2.1), but for 530 to 538, which are about us.
    return receipt_of(courier.send(letter), {500, 501, 502, 503, 504, 550, 551, 552, 553, 554, 555, 556});
  }

 private:
  static Result<void> check_recipients(const Json& settings) {
    const auto to = settings.find("to");
    if (to == settings.end()) return {};
    if (!to->is_array() || to->empty() || to->size() > 20)
      return fail(ErrorCode::invalid_input, "settings.to", "is no list of 1 to 20 addresses",
                  "leave it out to write to the watchers of each ticket");
    for (const auto& address : *to) {
      if (!address.is_string()) return fail(ErrorCode::invalid_input, "settings.to", "holds what is no address");
      if (auto reason = invalid_email(address.get<std::string>()); !reason.empty())
        return fail(ErrorCode::invalid_input, "settings.to", std::move(reason));
    }
    return {};
  }
};

}  // namespace

std::string header_text(std::string_view text) {
  std::string safe = printable(text);
  const bool ascii = std::ranges::all_of(safe, [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
  if (ascii && safe.size() <= kLine - 16 && safe.find("=?") == std::string::npos) return safe;
  std::string words;
  for (std::string_view left = safe; !left.empty();) {
    const auto part = characters(left, kWordBytes);
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ", to_base64(as_bytes(part)));
    left.remove_prefix(part.size());
  }
  return words;
}

std::string compose_mail(const MailHead& head, std::string_view text) {
  std::string mail = fmt::format(
      "Date: {}\r\nFrom: Assay <{}>\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: <{}>\r\nAuto-Submitted: "
      "auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\n",
      rfc5322_date(head.date), head.from, head.to, header_text(head.subject), head.message_id);
  const std::string body = to_base64(as_bytes(replace_all(valid_utf8(text), "\n", "\r\n")));
  for (std::size_t at = 0; at < body.size(); at += kLine) mail += body.substr(at, kLine) + "\r\n";
  return mail;
}

std::string digest_subject(const std::vector<Json>& notices) {
  if (notices.size() == 1) return headline(notices.front());
  std::vector<std::int64_t> tickets;
  tickets.reserve(notices.size());
  for (const auto& notice : notices) tickets.push_back(notice.value(Json::json_pointer("/data/ticket/id"), 0));
  std::ranges::sort(tickets);
  const auto repeated = std::ranges::unique(tickets);
  tickets.erase(repeated.begin(), repeated.end());
  return fmt::format("{} on {}", plural(notices.size(), "notice"), plural(tickets.size(), "ticket"));
}

std::string digest_text(const std::vector<Json>& notices) {
  std::map<std::int64_t, std::vector<const Json*>> by_ticket;
  for (const auto& notice : notices)
    by_ticket[notice.value(Json::json_pointer("/data/ticket/id"), 0)].push_back(&notice);
  mustache::data tickets(mustache::data::type::list);
  for (const auto& [id, group] : by_ticket) {
    mustache::data ticket, lines(mustache::data::type::list);
    ticket.set("headline", headline(*group.back()));
    for (const auto* notice : group) lines.push_back(mustache::data("text", printable(describe(*notice))));
    ticket.set("lines", lines);
    if (const std::string url = text_at(*group.back(), "/data/url"); !url.empty()) ticket.set("url", url);
    tickets.push_back(ticket);
  }
  mustache::mustache page{kDigest};
  return page.render(mustache::data("tickets", tickets));
}

std::unique_ptr<Sender> make_mail_sender() {
  return std::make_unique<MailSender>();
}

}  // namespace assay::ticket
