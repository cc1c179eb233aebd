#pragma once

// Whom to ask about the registration of a domain: catalog/registration/ as plain values. Immutable once built; safe to
// share between threads.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// How a WHOIS server writes dates. Dates that begin with the year are read from any server.
enum class DateOrder { year_first, day_first };

// One server of the WHOIS protocol (RFC 3912) and how its answers read.
//
// A pattern stands for a whole line: letter case and runs of white space do not matter, "*" is any text within the
// line, "{domain}" the name that was asked for.
struct WhoisServer {
  std::string host;
  std::uint16_t port = 43;
  std::string query = "{domain}";  // without CR LF
  std::string charset = "utf-8";   // "utf-8" | "iso-8859-1"; anything else is read as ASCII, the rest replaced
  DateOrder dates = DateOrder::year_first;
  // Patterns that tell each of assay::registration_state but "unknown".
  std::map<std::string, std::vector<std::string>, std::less<>> states;
  // Patterns by which the server says that it answers no stranger at all.
  std::vector<std::string> refusals;
  // What it calls a status → its RDAP value: "quarantine" → "redemption period". In lower case.
  std::map<std::string, std::string, std::less<>> statuses;
};

// What the answers of most servers have in common.
struct WhoisCommons {
  // For a state that a server has no patterns of its own for.
  std::map<std::string, std::vector<std::string>, std::less<>> states;
  // Names of fields, in lower case, of which the first that is there counts.
  std::vector<std::string> status_fields;  // of these all count
  std::vector<std::string> registered_fields;
  std::vector<std::string> expires_fields;
  std::vector<std::string> registrar_expires_fields;
  std::vector<std::string> registrar_fields;
};

class Registries {
 public:
  Registries() = default;
  // `rdap` and `whois`: suffix → base URL (ending in '/') or index into `servers`. Suffixes in lower case, A-labels,
  // without dots at the ends.
  Registries(std::map<std::string, std::string, std::less<>> rdap,
             std::map<std::string, std::size_t, std::less<>> whois, std::vector<WhoisServer> servers,
             WhoisCommons commons);

  // The base URL of the RDAP service that is authoritative for `domain` (RFC 9224 §4: the entry of the most labels that
  // it ends in); nullptr when there is none.
  const std::string* rdap(std::string_view domain) const;
  const WhoisServer* whois(std::string_view domain) const;
  const WhoisCommons& commons() const { return commons_; }
  const std::vector<WhoisServer>& whois_servers() const { return servers_; }
  std::size_t rdap_suffixes() const { return rdap_.size(); }

 private:
  std::map<std::string, std::string, std::less<>> rdap_;
  std::map<std::string, std::size_t, std::less<>> whois_;
  std::vector<WhoisServer> servers_;
  WhoisCommons commons_;
};

}  // namespace assay
