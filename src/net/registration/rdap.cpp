#include "net/registration/rdap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

namespace assay::net::registration {

namespace {

constexpr JsonLimits kLimits{.max_bytes = 1U << 20U, .max_depth = 32};
constexpr std::size_t kMaxExcerpt = 2000;
constexpr std::size_t kMaxText = 300;  // of one text that is kept
constexpr std::size_t kMaxItems = 64;  // of one list that is read

Registration unknown(Registration r, ErrorCode code, std::string detail) {
  r.state = registration_state::kUnknown;
  r.failure = Failure{std::string(to_string(code)), std::move(detail)};
  return r;
}

std::string text_of(const Json& object, const char* member) {
  const auto at = object.find(member);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// The items of a list member; none when it is no list.
std::vector<Json> items_of(const Json& object, const char* member) {
  const auto at = object.find(member);
  if (at == object.end() || !at->is_array()) return {};
  const auto count = std::min(at->size(), kMaxItems);
  return {at->begin(), at->begin() + static_cast<std::ptrdiff_t>(count)};
}

// "example.com" for "EXAMPLE.COM.".
std::string plain_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return ascii_lower(name);
}

// The date of the first event of this action that can be read (RFC 9083 §4.5).
std::string event_date(const Json& object, std::string_view action) {
  for (const auto& event : items_of(object, "events")) {
    if (!event.is_object() || !iequals(text_of(event, "eventAction"), action)) continue;
    if (const auto date = parse_rfc3339(text_of(event, "eventDate"))) return format_rfc3339(*date);
  }
  return {};
}

bool is_registrar(const Json& entity) {
  return std::ranges::any_of(items_of(entity, "roles"), [](const Json& role) {
    return role.is_string() && iequals(role.get<std::string>(), "registrar");
  });
}

// The "fn" of the registrar's jCard (RFC 7095 §3.3: ["vcard", [[name, parameters, type, value], …]]).
std::string registrar_of(const Json& object) {
  for (const auto& entity : items_of(object, "entities")) {
    if (!entity.is_object() || !is_registrar(entity)) continue;
    const auto card = items_of(entity, "vcardArray");
    if (card.size() < 2 || !card[1].is_array()) continue;
    for (const auto& property : card[1]) {
      if (property.is_array() && property.size() >= 4 && property[0] == "fn" && property[3].is_string())
        return printable(ellipsis(property[3].get<std::string>(), kMaxText));
    }
  }
  return {};
}

// What is kept of a domain object: nothing about people.
std::string domain_excerpt(const Json& object) {
  Json kept = Json::object();
  for (const auto* member : {"objectClassName", "ldhName"})
    if (object.contains(member) && object[member].is_string())
      kept[member] = ellipsis(text_of(object, member), kMaxText);
  for (const auto& status : items_of(object, "status"))
    if (status.is_string()) kept["status"].push_back(ellipsis(status.get<std::string>(), kMaxText));
  for (const auto& event : items_of(object, "events")) {
    if (!event.is_object()) continue;
    kept["events"].push_back({{"eventAction", ellipsis(text_of(event, "eventAction"), kMaxText)},
                              {"eventDate", ellipsis(text_of(event, "eventDate"), kMaxText)}});
  }
  return ellipsis(dump_json(kept), kMaxExcerpt);
}

// The texts of an error object and of its notices, but for the terms that every answer comes with.
std::vector<std::string> explanations(const Json& error) {
  std::vector<std::string> texts{text_of(error, "title")};
  const auto add_description = [&](const Json& object) {
    if (const auto single = text_of(object, "description"); !single.empty()) texts.push_back(single);
    for (const auto& line : items_of(object, "description"))
      if (line.is_string()) texts.push_back(line.get<std::string>());
  };
  add_description(error);
  for (const auto* list : {"notices", "remarks"}) {
    for (const auto& notice : items_of(error, list)) {
      if (!notice.is_object()) continue;
      const auto title = text_of(notice, "title");
      constexpr std::string_view kBoilerplate[] = {"terms",     "inaccuracy", "status codes",
                                                   "copyright", "disclaimer", "legal"};
      if (std::ranges::any_of(kBoilerplate, [&](std::string_view word) { return icontains(title, word); })) continue;
      texts.push_back(title);
      add_description(notice);
    }
  }
  std::erase_if(texts, [](const std::string& s) { return trim(s).empty(); });
  return texts;
}

std::string error_excerpt(int status, const Json& error) {
  const auto told = error.is_object() ? join(explanations(error), " | ") : std::string();
  return printable(ellipsis(fmt::format("HTTP {}{}{}", status, told.empty() ? "" : ": ", told), kMaxExcerpt));
}

// A name that does not exist and about which the registry has something to add may be reserved, blocked or for sale at
// a price of its own: such an answer proves no free name. These words only ever make the reading more careful.
bool speaks_of(const std::vector<std::string>& texts, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(texts, [&](const std::string& text) {
    return std::ranges::any_of(words, [&](std::string_view word) { return icontains(text, word); });
  });
}

// 404 of the service that is authoritative: no such object (RFC 7480 §5.3), with or without an error object.
Registration read_absent(Registration r, std::string_view content_type, std::string_view body) {
  if (trim(body).empty()) {
    r.state = registration_state::kFree;
    r.excerpt = "HTTP 404";
    return r;
  }
  const auto error = parse_json(body, "the registry's answer", kLimits);
  if (!error || !error->is_object())
    return unknown(std::move(r), ErrorCode::protocol,
                   fmt::format("404 with a body that is no RDAP error ({})", printable(ellipsis(content_type, 60))));
  r.excerpt = error_excerpt(404, *error);
  const auto code = error->find("errorCode");
  if (code != error->end() && *code != 404)
    return unknown(std::move(r), ErrorCode::protocol, "404 with another code in its error object");
  if (code == error->end() && !error->contains("rdapConformance") && text_of(*error, "title").empty())
    return unknown(std::move(r), ErrorCode::protocol, "404 with JSON that is no RDAP error");
  const auto texts = explanations(*error);
  if (speaks_of(texts, {"reserved", "blocked", "restricted", "prohibited", "dpml", "not available for registration",
                        "cannot be registered", "not be registered"})) {
    r.state = registration_state::kReserved;
  } else if (speaks_of(texts, {"premium", "expiry access", "access period", "pending", "throttl", "rate limit"})) {
    return unknown(std::move(r), ErrorCode::protocol, "there is no such object, and the registry adds a reason");
  } else {
    r.state = registration_state::kFree;
  }
  return r;
}

Registration read_domain(Registration r, const Json& object) {
  r.excerpt = domain_excerpt(object);
  const auto name = plain_name(text_of(object, "ldhName"));
  if (name.empty()) return unknown(std::move(r), ErrorCode::protocol, "the answer does not say which name it is about");
  if (name != r.domain)
    return unknown(std::move(r), ErrorCode::protocol, "the answer is about " + printable(ellipsis(name, kMaxText)));
  for (const auto& status : items_of(object, "status"))
    if (status.is_string()) r.statuses.push_back(printable(ellipsis(rdap_status(status.get<std::string>()), kMaxText)));
  r.registered = event_date(object, "registration");
  r.expires = event_date(object, "expiration");
  r.registrar_expires = event_date(object, "registrar expiration");
  r.registrar = registrar_of(object);
  r.state = state_of(r.statuses);
  return r;
}

// 200. Some services put a web page or an error object into it.
Registration read_found(Registration r, std::string_view content_type, std::string_view body) {
  const auto object = parse_json(body, "the registry's answer", kLimits);
  if (!object || !object->is_object())
    return unknown(std::move(r), ErrorCode::protocol,
                   fmt::format("200 with a body that is no RDAP answer ({})", printable(ellipsis(content_type, 60))));
  if (const auto code = object->find("errorCode"); code != object->end()) {
    r.excerpt = error_excerpt(200, *object);
    if (*code == 429) {
      r.state = registration_state::kThrottled;
      return r;
    }
    return unknown(std::move(r), ErrorCode::protocol, "200 with an error object in it");
  }
  if (!iequals(text_of(*object, "objectClassName"), "domain"))
    return unknown(std::move(r), ErrorCode::protocol, "200 with JSON that is no domain object");
  return read_domain(std::move(r), *object);
}

// EPP statuses whose RDAP value is not the same words set apart (RFC 8056 §2).
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOtherWords = {{
    {"ok", "active"},
    {"linked", "associated"},
}};

}  // namespace

std::string rdap_status(std::string_view epp) {
  const auto given = trim(epp);
  for (const auto& [from, to] : kOtherWords)
    if (iequals(given, from)) return std::string(to);
  std::string words;
  bool apart = true;  // the last character was no lower-case letter: "ADD PERIOD" is not camel case
  for (const char c : given) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !apart) words += ' ';
    apart = upper || c == ' ';
    words += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return words;
}

std::string_view state_of(const std::vector<std::string>& statuses) {
  const auto any = [&](std::initializer_list<std::string_view> values) {
    return std::ranges::any_of(values,
                               [&](std::string_view v) { return std::ranges::find(statuses, v) != statuses.end(); });
  };
  // EPP says "pending delete" in redemption, too (RFC 3915 §3.3): the grace period tells the two apart.
  if (any({"redemption period", "pending restore"})) return registration_state::kRedemption;
  if (any({"pending delete"})) return registration_state::kPendingDelete;
  if (any({"client hold", "server hold"})) return registration_state::kHold;
  if (any({"reserved"})) return registration_state::kReserved;
  return registration_state::kRegistered;
}

Registration read_rdap(std::string_view domain, int status, std::string_view content_type, std::string_view body) {
  Registration r;
  r.domain = domain;
  if (status == 200) return read_found(std::move(r), content_type, body);
  if (status == 404) return read_absent(std::move(r), content_type, body);
  const auto error = parse_json(body, "the registry's answer", kLimits);
  r.excerpt = error_excerpt(status, error ? *error : Json());
  if (status == 429) {
    r.state = registration_state::kThrottled;
    return r;
  }
  if (status == 501) return unknown(std::move(r), ErrorCode::unsupported, "the registry does not answer this query");
  return unknown(std::move(r), ErrorCode::protocol, fmt::format("answered with status {}", status));
}

}  // namespace assay::net::registration
