#include "net/dns/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/dns/name.h"
#include "net/dns/record.h"

namespace assay::net::dns {

namespace {

constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kTypeOpt = 41;
constexpr std::uint16_t kOptionCookie = 10;         // RFC 7873
constexpr std::uint16_t kOptionExtendedError = 15;  // RFC 8914
constexpr std::size_t kExtendedErrors = 16;

// RFC 1035 §4.1.1, RFC 4035 §3.1.6 and §3.2.2.
constexpr unsigned kResponse = 0x8000, kOpcode = 0x7800, kAuthoritative = 0x0400, kTruncated = 0x0200,
                   kRecursion = 0x0100, kAuthenticated = 0x0020, kCheckingDisabled = 0x0010;

constexpr std::pair<Type, std::string_view> kTypes[] = {
    {Type::a, "A"},         {Type::ns, "NS"},     {Type::cname, "CNAME"}, {Type::soa, "SOA"},     {Type::mx, "MX"},
    {Type::txt, "TXT"},     {Type::aaaa, "AAAA"}, {Type::srv, "SRV"},     {Type::dname, "DNAME"}, {Type::ds, "DS"},
    {Type::rrsig, "RRSIG"}, {Type::tlsa, "TLSA"}, {Type::caa, "CAA"},
};

// IANA, "DNS RCODEs".
constexpr std::pair<unsigned, std::string_view> kRcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},  {2, "SERVFAIL"},   {3, "NXDOMAIN"}, {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"}, {7, "YXRRSET"},    {8, "NXRRSET"},  {9, "NOTAUTH"},
    {10, "NOTZONE"}, {16, "BADVERS"}, {23, "BADCOOKIE"},
};

void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put_opt(Bytes& out, const Query& query) {
  out.push_back(0);  // the root
  put16(out, kTypeOpt);
  put16(out, kUdpSize);
  put16(out, 0);  // upper rcode, version
  put16(out, query.dnssec_records ? 0x8000U : 0U);
  put16(out, query.cookie ? 4U + static_cast<unsigned>(query.cookie->size()) : 0U);
  if (!query.cookie) return;
  put16(out, kOptionCookie);
  put16(out, static_cast<unsigned>(query.cookie->size()));
  out.insert(out.end(), query.cookie->begin(), query.cookie->end());
}

// Reads the sections of one response.
class Decoder {
 public:
  explicit Decoder(ByteView message) : in_(message) {}
  Result<Response> run();

 private:
  bool read_question(unsigned count);
  bool read_section(unsigned count, std::vector<DnsRecord>& into);
  void read_options(std::uint32_t ttl, Reader& data);
  void keep(std::vector<DnsRecord>& into, DnsRecord record);

  Reader in_;
  Response response_;
  std::size_t text_ = 0;
};

Result<Response> Decoder::run() {
  const auto broken = [](std::string reason) { return fail(ErrorCode::protocol, "DNS message", std::move(reason)); };
  response_.id = in_.u16();
  const unsigned flags = in_.u16();
  const unsigned questions = in_.u16(), answers = in_.u16(), authorities = in_.u16(), additionals = in_.u16();
  if (in_.failed()) return broken("is shorter than its header");
  if ((flags & kResponse) == 0 || (flags & kOpcode) != 0) return broken("is not the response to a question");
  response_.truncated = (flags & kTruncated) != 0;
  response_.authoritative = (flags & kAuthoritative) != 0;
  response_.authenticated = (flags & kAuthenticated) != 0;
  response_.rcode |= flags & 0xfU;
  if (questions > 1) return broken("has more than one question");
  if (!read_question(questions)) return broken("has a question that cannot be read");
  const bool whole = read_section(answers, response_.answer) && read_section(authorities, response_.authority) &&
                     read_section(additionals, response_.additional);
  if (!whole && !response_.truncated) return broken("has a record that cannot be read");
  return std::move(response_);
}

bool Decoder::read_question(unsigned count) {
  if (count == 0) return true;
  response_.question_name = in_.name(Case::as_sent);
  response_.question_type = in_.u16();
  return in_.u16() == kClassIn && !in_.failed();
}

bool Decoder::read_section(unsigned count, std::vector<DnsRecord>& into) {
  for (; count > 0; --count) {
    DnsRecord record;
    record.name = in_.name();
    const auto type = in_.u16();
    const auto record_class = in_.u16();
    record.ttl = in_.u32();
    auto data = in_.part(in_.u16());
    if (in_.failed()) return false;
    if (type == kTypeOpt) {
      read_options(record.ttl, data);
    } else if (record_class == kClassIn) {
      record.type = to_string(static_cast<Type>(type));
      record.data = record_text(static_cast<Type>(type), data);
      keep(into, std::move(record));
    }
    if (data.failed()) return false;
  }
  return true;
}

void Decoder::read_options(std::uint32_t ttl, Reader& data) {
  response_.edns = true;
  response_.rcode |= ttl >> 24U << 4U;
  while (data.left() > 0 && !data.failed()) {
    const auto code = data.u16();
    const auto value = data.bytes(data.u16());
    if (code == kOptionCookie && value.size() >= std::tuple_size_v<Cookie>) {
      response_.cookie.emplace();
      std::copy_n(value.begin(), response_.cookie->size(), response_.cookie->begin());
    } else if (code == kOptionExtendedError && value.size() >= 2 &&
               response_.extended_errors.size() < kExtendedErrors) {
      response_.extended_errors.push_back(value[0] << 8 | value[1]);
    }
  }
}

void Decoder::keep(std::vector<DnsRecord>& into, DnsRecord record) {
  // RFC 2181 §8: the upper bit counts as zero.
  if (record.ttl > 0x7fffffffU) record.ttl = 0;
  const auto size = record.name.size() + record.data.size();
  if (into.size() >= kRecords || size > kTextSize - text_) {
    ++response_.left_out;
    return;
  }
  text_ += size;
  into.push_back(std::move(record));
}

}  // namespace

std::string to_string(Type type) {
  const auto* known = std::ranges::find(kTypes, type, &std::pair<Type, std::string_view>::first);
  if (known != std::end(kTypes)) return std::string(known->second);
  return fmt::format("TYPE{}", static_cast<unsigned>(type));
}

std::string rcode_name(unsigned rcode) {
  const auto* known = std::ranges::find(kRcodes, rcode, &std::pair<unsigned, std::string_view>::first);
  if (known != std::end(kRcodes)) return std::string(known->second);
  return fmt::format("RCODE{}", rcode);
}

Result<Bytes> encode(const Query& query) {
  Bytes out;
  out.reserve(12 + query.name.size() + 2 + 4 + 23);
  put16(out, query.id);
  put16(out, (query.recursion ? kRecursion : 0U) | kAuthenticated | (query.checking_disabled ? kCheckingDisabled : 0U));
  put16(out, 1);
  put16(out, 0);
  put16(out, 0);
  put16(out, query.edns ? 1 : 0);
  if (auto named = append_name(out, query.name); !named) return std::unexpected(named.error());
  put16(out, static_cast<unsigned>(query.type));
  put16(out, kClassIn);
  if (query.edns) put_opt(out, query);
  return out;
}

Result<std::string> canonical_name(std::string_view name) {
  Bytes wire;
  if (auto written = append_name(wire, name); !written) return std::unexpected(written.error());
  return Reader(wire).name();
}

std::string mixed_case(std::string_view name, ByteView random) {
  std::string out(name);
  std::size_t bit = 0;
  for (auto& c : out) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter || bit / 8 >= random.size()) continue;
    if ((random[bit / 8] >> (bit % 8) & 1U) != 0) c = static_cast<char>(c ^ 0x20);
    ++bit;
  }
  return out;
}

Result<Response> decode(ByteView message) {
  return Decoder(message).run();
}

bool answers(const Response& response, const Query& query) {
  constexpr unsigned kFormerr = 1, kNotimp = 4;
  if (response.id != query.id) return false;
  if (query.cookie && response.cookie && *response.cookie != *query.cookie) return false;
  if (!response.question_name) return response.rcode == kFormerr || response.rcode == kNotimp;
  return *response.question_name == query.name && response.question_type == static_cast<std::uint16_t>(query.type);
}

std::string_view parent_name(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\') {
      ++i;
    } else if (name[i] == '.' && i + 1 < name.size()) {
      return name.substr(i + 1);
    }
  }
  return ".";
}

bool is_within(std::string_view name, std::string_view zone) {
  if (zone == "." || name == zone) return true;
  for (auto above = parent_name(name); above != "."; above = parent_name(above))
    if (above == zone) return true;
  return false;
}

}  // namespace assay::net::dns
