#pragma once

// DNS messages (RFC 1035 §4, EDNS0 of RFC 6891, cookies of RFC 7873, extended errors of RFC 8914): questions to bytes
// and answers to records in presentation form.
//
// Names are in lower case, without the dot at the end, the root as "."; bytes that are special or not printable are
// escaped as RFC 1035 §5.1 says ("\.", "\032").

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "model/dns.h"

namespace assay::net::dns {

// Types of records that are read in full; any other number is a value of this enumeration too.
enum class Type : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  mx = 15,
  txt = 16,
  aaaa = 28,
  srv = 33,
  dname = 39,
  ds = 43,
  rrsig = 46,
  tlsa = 52,
  caa = 257,
};
// "A", "CNAME"; "TYPE65280" for the others (RFC 3597 §5).
std::string to_string(Type type);

// "NOERROR", "NXDOMAIN", …; "RCODE24" for those without a name.
std::string rcode_name(unsigned rcode);

using Cookie = std::array<std::uint8_t, 8>;  // the client's part, RFC 7873 §4.1

// The size of UDP answers that we ask for: fits every path without fragments (DNS flag day 2020).
inline constexpr std::uint16_t kUdpSize = 1232;

struct Query {
  std::uint16_t id = 0;
  std::string name;  // canonical but for its case, which goes out as it is (see mixed_case())
  Type type = Type::a;
  bool recursion = false;          // RD
  bool checking_disabled = false;  // CD
  bool edns = true;
  bool dnssec_records = false;   // DO; the AD bit is asked for in any case (RFC 6840 §5.7)
  std::optional<Cookie> cookie;  // only with EDNS
};

// Errors: invalid_input when the name is none (empty or over-long label, over 255 octets, bad escape).
Result<Bytes> encode(const Query& query);

// `name` as this file writes names. Errors: as for encode().
Result<std::string> canonical_name(std::string_view name);

// `name` with each letter in upper or lower case by the bits of `random`: what an off-path attacker must guess too
// (draft-vixie-dnsext-dns0x20).
std::string mixed_case(std::string_view name, ByteView random);

struct Response {
  std::uint16_t id = 0;
  bool truncated = false;
  bool authoritative = false;
  bool authenticated = false;
  unsigned rcode = 0;  // with the upper bits from EDNS
  // The question as it came back, the case of its letters kept; nullopt when there is none.
  std::optional<std::string> question_name;
  std::uint16_t question_type = 0;
  // In order; class IN only, no OPT. At most kRecords in each section and kTextSize bytes of text in all.
  std::vector<DnsRecord> answer, authority, additional;
  std::uint64_t left_out = 0;  // records beyond those limits
  bool edns = false;           // there is an OPT record
  std::optional<Cookie> cookie;
  std::vector<int> extended_errors;
};
inline constexpr std::size_t kRecords = 100;
inline constexpr std::size_t kTextSize = 64UL << 10U;

// Errors: protocol: not a response, shorter than it says, names that loop or run over, record data that is not what its
// type says. Of a truncated response (TC) the records are those that came whole.
Result<Response> decode(ByteView message);

// Whether `response` answers `query`: id, question (every letter's case), and the cookie when one came back. A server
// that cannot read a question (FORMERR, NOTIMP) may leave it out.
bool answers(const Response& response, const Query& query);

// The name above: "b.c" of "a.b.c", "." of "c" and of ".". Knows escaped dots.
std::string_view parent_name(std::string_view name);
// True when `name` is `zone` or under it.
bool is_within(std::string_view name, std::string_view zone);

}  // namespace assay::net::dns
