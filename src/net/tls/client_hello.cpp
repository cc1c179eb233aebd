#include "net/tls/client_hello.h"

#include <algorithm>
#include <array>

namespace assay::net::tls {

namespace {

namespace extension {
constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kSupportedGroups = 10;
constexpr std::uint16_t kPointFormats = 11;
constexpr std::uint16_t kSignatureAlgorithms = 13;
constexpr std::uint16_t kPadding = 21;
constexpr std::uint16_t kExtendedMasterSecret = 23;
constexpr std::uint16_t kSupportedVersions = 43;
constexpr std::uint16_t kPskKeyExchangeModes = 45;
constexpr std::uint16_t kKeyShare = 51;
}  // namespace extension

// ECDSA, EdDSA, RSA-PSS and RSA of every strength, down to SHA-1 and DSA: a server with an old certificate must be able
// to answer. MD5 is left out, servers are known to choke on it.
constexpr std::array<std::uint16_t, 20> kSignatureAlgorithms{0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805,
                                                             0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601,
                                                             0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202};

constexpr std::size_t kRandomBytes = 32;

class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  void u8(std::uint8_t v) { out_.push_back(v); }
  void u16(std::uint16_t v) {
    u8(static_cast<std::uint8_t>(v >> 8U));
    u8(static_cast<std::uint8_t>(v & 0xFFU));
  }
  void bytes(ByteView b) { out_.insert(out_.end(), b.begin(), b.end()); }

  // Writes what `body` writes behind its length, in `width` bytes.
  template <class Body>
  void sized(std::size_t width, Body body) {
    const std::size_t at = out_.size();
    out_.resize(at + width);
    body();
    std::size_t n = out_.size() - at - width;
    for (std::size_t i = width; i-- > 0; n >>= 8U) out_[at + i] = static_cast<std::uint8_t>(n & 0xFFU);
  }
  template <class Body>
  void extension(std::uint16_t type, Body body) {
    u16(type);
    sized(2, body);
  }
  void list16(std::span<const std::uint16_t> values) {
    sized(2, [&] {
      for (const auto v : values) u16(v);
    });
  }
  std::size_t size() const { return out_.size(); }

 private:
  Bytes& out_;
};

void write_tls13_extensions(Writer& w, const ClientHello& hello, ByteView share) {
  w.extension(extension::kSupportedVersions, [&] {
    w.sized(1, [&] {
      for (const Version v : kVersions) {
        if (v <= hello.max_version && v >= hello.min_version) w.u16(static_cast<std::uint16_t>(v));
      }
    });
  });
  w.extension(extension::kPskKeyExchangeModes, [&] { w.sized(1, [&] { w.u8(1); }); });
  w.extension(extension::kKeyShare, [&] {
    w.sized(2, [&] {
      if (hello.key_share == KeyShareOffer::empty) return;
      w.u16(kX25519);
      w.sized(2, [&] { w.bytes(share); });
    });
  });
}

void write_extensions(Writer& w, const ClientHello& hello, ByteView share) {
  if (!hello.server_name.empty()) {
    w.extension(extension::kServerName, [&] {
      w.sized(2, [&] {
        w.u8(0);  // host_name
        w.sized(2, [&] { w.bytes(as_bytes(hello.server_name)); });
      });
    });
  }
  w.extension(extension::kSupportedGroups, [&] { w.list16(hello.groups); });
  w.extension(extension::kPointFormats, [&] { w.sized(1, [&] { w.u8(0); }); });  // uncompressed
  w.extension(extension::kSignatureAlgorithms, [&] { w.list16(kSignatureAlgorithms); });
  if (!hello.small) w.extension(extension::kExtendedMasterSecret, [] {});
  if (hello.max_version == Version::tls13) write_tls13_extensions(w, hello, share);
}

// Lengths of the whole handshake message that known servers cannot read: 256 to 511 (some load balancers take them for
// SSLv2), and above that those which are 10 or 14 modulo 256 (some take them for a line feed inside).
bool awkward_length(std::size_t n) {
  return (n >= 256 && n <= 511) || (n > 511 && (n % 256 == 10 || n % 256 == 14));
}

void pad(Writer& w, std::size_t message_start) {
  constexpr std::size_t kExtensionHeader = 4;
  const std::size_t length = w.size() - message_start;
  if (!awkward_length(length)) return;
  std::size_t padded = std::max<std::size_t>(length + kExtensionHeader, 512);
  while (awkward_length(padded)) ++padded;
  const Bytes zeros(padded - length - kExtensionHeader);
  w.extension(extension::kPadding, [&] { w.bytes(zeros); });
}

}  // namespace

Bytes build_client_hello(const ClientHello& hello) {
  Bytes out;
  out.reserve(1024);
  Writer w(out);
  const Bytes random = random_bytes(3 * kRandomBytes);
  const ByteView all(random);
  w.u8(22);  // handshake
  w.u16(hello.max_version == Version::ssl3 ? 0x0300 : 0x0301);
  w.sized(2, [&] {
    const std::size_t message_start = w.size();
    w.u8(1);  // client_hello
    w.sized(3, [&] {
      w.u16(static_cast<std::uint16_t>(std::min(hello.max_version, Version::tls12)));
      w.bytes(all.first(kRandomBytes));
      // A session id makes TLS 1.3 look like a resumption to middleboxes (RFC 8446, appendix D.4).
      w.sized(1, [&] {
        if (hello.max_version == Version::tls13) w.bytes(all.subspan(kRandomBytes, kRandomBytes));
      });
      w.sized(2, [&] {
        for (const auto suite : hello.suites) w.u16(suite);
        w.u16(kRenegotiationScsv);
      });
      w.sized(1, [&] { w.u8(0); });  // no compression
      if (hello.max_version == Version::ssl3) return;
      w.sized(2, [&] {
        write_extensions(w, hello, all.last(kRandomBytes));
        if (!hello.small) pad(w, message_start);
      });
    });
  });
  return out;
}

}  // namespace assay::net::tls
