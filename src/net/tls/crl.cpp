#include "net/tls/crl.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "net/tls/der.h"
#include "net/tls/openssl_ptr.h"

namespace assay::net::tls {

namespace {

using der::Element;
using der::Reader;

constexpr std::chrono::minutes kClockSkew{5};

// OIDs of extensions, as encoded (2.5.29.x).
constexpr std::array<std::uint8_t, 2> kIdCe{0x55, 0x1D};
constexpr std::uint8_t kReasonCode = 21;
constexpr std::uint8_t kDeltaIndicator = 27;
constexpr std::uint8_t kIssuingDistributionPoint = 28;

std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// UTCTime and GeneralizedTime in the forms of RFC 5280 §4.1.2.5.
std::optional<Time> read_time(const Element& element) {
  using namespace std::chrono;
  const std::string_view text = as_text(element.content);
  const std::size_t year_digits = element.tag == der::kGeneralizedTime ? 4 : 2;
  if (text.size() != year_digits + 11 || text.back() != 'Z') return std::nullopt;
  std::array<int, 6> parts{};
  for (std::size_t i = 0, at = 0; i < parts.size(); ++i) {
    const std::size_t width = i == 0 ? year_digits : 2;
    const auto value = digits(text.substr(at, width));
    if (!value) return std::nullopt;
    parts.at(i) = *value;
    at += width;
  }
  const int century = year_digits == 4 ? 0 : parts[0] < 50 ? 2000 : 1900;
  const year_month_day date{year{parts[0] + century}, month{static_cast<unsigned>(parts[1])},
                            day{static_cast<unsigned>(parts[2])}};
  if (!date.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return std::nullopt;
  return Time(sys_days{date} + hours{parts[3]} + minutes{parts[4]} + seconds{parts[5]});
}

std::optional<Time> next_time(Reader& reader) {
  if (reader.peek() != der::kUtcTime && reader.peek() != der::kGeneralizedTime) return std::nullopt;
  const auto element = reader.next();
  return element ? read_time(*element) : std::nullopt;
}

struct Extension {
  ByteView oid;
  bool critical = false;
  ByteView value;
};

std::optional<Extension> read_extension(Reader& reader) {
  const auto sequence = reader.next(der::kSequence);
  if (!sequence) return std::nullopt;
  Reader inside(sequence->content);
  const auto oid = inside.next(der::kOid);
  if (!oid) return std::nullopt;
  Extension extension{.oid = oid->content, .value = {}};
  if (const auto critical = inside.next(der::kBoolean))
    extension.critical = !critical->content.empty() && critical->content.front() != 0;
  const auto value = inside.next(der::kOctetString);
  if (!value) return std::nullopt;
  extension.value = value->content;
  return extension;
}

bool is_ce(ByteView oid, std::uint8_t last) {
  return oid.size() == 3 && oid[0] == kIdCe[0] && oid[1] == kIdCe[1] && oid[2] == last;
}

// IssuingDistributionPoint (RFC 5280 §5.2.5): all members are context-tagged.
bool read_point(ByteView value, Crl& list) {
  Reader outer(value);
  const auto sequence = outer.next(der::kSequence);
  if (!sequence) return false;
  Reader members(sequence->content);
  while (!members.at_end()) {
    const auto member = members.next();
    if (!member) return false;
    const bool yes = !member->content.empty() && member->content.front() != 0;
    switch (member->tag) {
      case 0xA0: {  // distributionPoint
        list.has_point = true;
        Reader point(member->content);
        const auto full_name = point.next(0xA0);
        Reader names(full_name ? full_name->content : ByteView());
        while (const auto name = names.next()) {
          if (name->tag == 0x86) list.points.emplace_back(as_text(name->content));
        }
        break;
      }
      case 0x81:
        list.user_certificates_only = yes;
        break;
      case 0x82:
        list.ca_certificates_only = yes;
        break;
      default:  // onlySomeReasons, indirectCRL, onlyContainsAttributeCerts
        if (member->tag == 0x83 || yes) list.partial = true;
    }
  }
  return true;
}

bool read_extensions(ByteView tagged, Crl& list) {
  Reader outer(tagged);
  const auto sequence = outer.next(der::kSequence);
  if (!sequence) return false;
  Reader extensions(sequence->content);
  while (!extensions.at_end()) {
    const auto extension = read_extension(extensions);
    if (!extension) return false;
    if (is_ce(extension->oid, kIssuingDistributionPoint)) {
      if (!read_point(extension->value, list)) return false;
    } else if (is_ce(extension->oid, kDeltaIndicator)) {
      list.partial = true;
    } else if (extension->critical) {
      list.unknown_critical_extension = true;
    }
  }
  return true;
}

// tbsCertList behind its tag (RFC 5280 §5.1.2).
bool read_signed_part(ByteView content, Crl& list) {
  Reader reader(content);
  reader.next(der::kInteger);  // version
  const auto algorithm = reader.next(der::kSequence);
  const auto issuer = reader.next(der::kSequence);
  const auto this_update = next_time(reader);
  if (!algorithm || !issuer || !this_update || !std::ranges::equal(algorithm->whole, list.algorithm)) return false;
  list.issuer = issuer->whole;
  list.this_update = *this_update;
  list.next_update = next_time(reader);
  if (const auto entries = reader.next(der::kSequence)) list.entries = entries->content;
  constexpr std::uint8_t kExtensions = 0xA0;
  if (const auto extensions = reader.next(kExtensions); extensions && !read_extensions(extensions->content, list))
    return false;
  return reader.at_end();
}

struct Entry {
  Time revoked;
  int reason = 0;
};

// One entry of revokedCertificates without its tag; nullopt when it cannot be read.
std::optional<Entry> read_entry(ByteView content) {
  Reader entry(content);
  if (!entry.next(der::kInteger)) return std::nullopt;
  const auto time = next_time(entry);
  if (!time) return std::nullopt;
  Entry found{.revoked = *time};
  const auto extensions = entry.next(der::kSequence);
  Reader inside(extensions ? extensions->content : ByteView());
  while (const auto extension = read_extension(inside)) {
    Reader value(extension->value);
    const auto reason = is_ce(extension->oid, kReasonCode) ? value.next(der::kEnumerated) : std::nullopt;
    if (reason && reason->content.size() == 1) found.reason = reason->content.front();
  }
  return found;
}

// The serial number that an entry begins with, as encoded; empty when it has none.
ByteView serial_of(ByteView entry_content) {
  const auto number = Reader(entry_content).next(der::kInteger);
  return number ? number->content : ByteView();
}

bool less(ByteView a, ByteView b) {
  return std::ranges::lexicographical_compare(a, b);
}

// Where the entries begin, in the order of their serial numbers; nullopt when they cannot be read to the end.
std::optional<std::vector<std::uint32_t>> order_entries(ByteView entries) {
  std::vector<std::pair<ByteView, std::uint32_t>> all;
  Reader reader(entries);
  while (!reader.at_end()) {
    const auto element = reader.next(der::kSequence);
    const auto serial = element ? serial_of(element->content) : ByteView();
    if (serial.empty()) return std::nullopt;
    all.emplace_back(serial, static_cast<std::uint32_t>(element->whole.data() - entries.data()));
  }
  std::ranges::sort(all, [](const auto& a, const auto& b) {
    return less(a.first, b.first) || (!less(b.first, a.first) && a.second < b.second);
  });
  std::vector<std::uint32_t> places;
  places.reserve(all.size());
  for (const auto& [serial, place] : all) places.push_back(place);
  return places;
}

Bytes serial_octets(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  unsigned char* encoded = nullptr;
  const int n = i2d_ASN1_INTEGER(serial, &encoded);
  if (n <= 0) return {};
  const Bytes whole(encoded, encoded + n);
  OPENSSL_free(encoded);
  const auto element = Reader(whole).next(der::kInteger);
  return element ? Bytes(element->content.begin(), element->content.end()) : Bytes();
}

bool verify_signature(const Crl& list, X509* issuer) {
  const unsigned char* at = list.algorithm.data();
  const OpenSslPtr<X509_ALGOR, &X509_ALGOR_free> algorithm(
      d2i_X509_ALGOR(nullptr, &at, static_cast<long>(list.algorithm.size())));
  EVP_PKEY* key = X509_get0_pubkey(issuer);
  if (!algorithm || key == nullptr) return false;
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm.get());
  int digest = NID_undef;
  int key_type = NID_undef;
  if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, &key_type) != 1) return false;
  if (key_type != EVP_PKEY_get_base_id(key)) return false;  // RSA-PSS too, which no public authority uses for lists
  const EVP_MD* method = digest == NID_undef ? nullptr : EVP_get_digestbynid(digest);
  if (digest != NID_undef && method == nullptr) return false;
  const OpenSslPtr<EVP_MD_CTX, &EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, method, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), list.signature.data(), list.signature.size(), list.signed_part.data(),
                          list.signed_part.size()) == 1;
}

bool is_of_issuer(const Crl& list, X509* issuer) {
  const unsigned char* at = list.issuer.data();
  const OpenSslPtr<X509_NAME, &X509_NAME_free> name(d2i_X509_NAME(nullptr, &at, static_cast<long>(list.issuer.size())));
  return name && X509_NAME_cmp(name.get(), X509_get_subject_name(issuer)) == 0;
}

// Why the list is no proof for any certificate of `issuer`; "" when it is.
std::string fault_of(const Crl& list, X509* issuer) {
  if (!is_of_issuer(list, issuer)) return "the list is of another issuer";
  if (list.partial || list.unknown_critical_extension) return "the list is a delta or covers only a part";
  if ((X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0) return "the issuer's certificate may not sign lists";
  if (!verify_signature(list, issuer)) return "the list's signature does not verify";
  return {};
}

}  // namespace

Result<Crl> read_crl(ByteView bytes) {
  if (bytes.size() > kMaxCrlBytes)
    return fail(ErrorCode::limit_exceeded, "revocation list", fmt::format("is larger than {} bytes", kMaxCrlBytes));
  const auto broken = fail(ErrorCode::invalid_input, "revocation list", "is not a list in DER");
  Reader outer(bytes);
  const auto whole = outer.next(der::kSequence);
  if (!whole || !outer.at_end()) return broken;
  Reader reader(whole->content);
  const auto signed_part = reader.next(der::kSequence);
  const auto algorithm = reader.next(der::kSequence);
  const auto signature = reader.next(der::kBitString);
  if (!signed_part || !algorithm || !signature || signature->content.empty() || signature->content.front() != 0 ||
      !reader.at_end())
    return broken;
  Crl list;
  list.signed_part = signed_part->whole;
  list.algorithm = algorithm->whole;
  list.signature = signature->content.subspan(1);
  if (!read_signed_part(signed_part->content, list)) return broken;
  return list;
}

IssuerCrl::IssuerCrl(Crl list, X509* issuer) : list_(std::move(list)), fault_(fault_of(list_, issuer)) {
  ERR_clear_error();
  if (!fault_.empty()) return;
  if (auto places = order_entries(list_.entries)) {
    places_ = std::move(*places);
  } else {
    fault_ = "the list's entries cannot be read";
  }
}

// Why the list says nothing of this certificate at this time; "" when it does.
std::string IssuerCrl::unusable_for(const CertificateRecord& record, Time at) const {
  if (!fault_.empty()) return fault_;
  if ((list_.user_certificates_only && record.is_ca) || (list_.ca_certificates_only && !record.is_ca))
    return "the list is not for certificates of this kind";
  const auto& urls = record.crl_urls;
  const bool named =
      std::ranges::any_of(list_.points, [&](const std::string& p) { return std::ranges::find(urls, p) != urls.end(); });
  if (list_.has_point && !named) return "the list is for another distribution point";
  if (list_.this_update > at + kClockSkew) return "the list is from the future";
  if (!list_.next_update) return "the list does not say until when it holds";
  if (*list_.next_update < at) return "the list is out of date";
  return {};
}

// The entry of a serial number (as encoded), without its tag.
std::optional<ByteView> IssuerCrl::find(ByteView serial) const {
  const auto entry_at = [this](std::uint32_t place) {
    const auto element = Reader(list_.entries.subspan(place)).next(der::kSequence);
    return element ? element->content : ByteView();
  };
  const auto serial_at = [&](std::uint32_t place) { return serial_of(entry_at(place)); };
  const auto found = std::ranges::lower_bound(places_, serial, less, serial_at);
  if (found == places_.end() || !std::ranges::equal(serial_at(*found), serial)) return std::nullopt;
  return entry_at(*found);
}

RevocationSource IssuerCrl::check(const X509* certificate, const CertificateRecord& record, Time at) const {
  RevocationSource source;
  source.method = "crl";
  source.status = revocation_status::kUnknown;
  source.this_update = format_rfc3339(list_.this_update);
  if (list_.next_update) source.next_update = format_rfc3339(*list_.next_update);
  source.detail = unusable_for(record, at);
  if (!source.detail.empty()) return source;
  const auto content = find(serial_octets(certificate));
  const auto entry = content ? read_entry(*content) : std::nullopt;
  constexpr int kRemoveFromCrl = 8;
  if (content && !entry) {
    source.detail = "the list's entries cannot be read";
  } else if (entry && entry->reason != kRemoveFromCrl) {
    source.status = revocation_status::kRevoked;
    source.revoked_at = format_rfc3339(entry->revoked);
    source.detail = revocation_reason(entry->reason);
  } else {
    source.status = revocation_status::kGood;
  }
  return source;
}

std::string revocation_reason(int code) {
  constexpr std::array<const char*, 11> kReasons{"unspecified",
                                                 "key compromise",
                                                 "CA compromise",
                                                 "affiliation changed",
                                                 "superseded",
                                                 "cessation of operation",
                                                 "certificate hold",
                                                 "unspecified",
                                                 "removed from the list",
                                                 "privilege withdrawn",
                                                 "attribute authority compromise"};
  return code >= 0 && code < static_cast<int>(kReasons.size()) ? kReasons.at(static_cast<std::size_t>(code))
                                                               : kReasons[0];
}

}  // namespace assay::net::tls
