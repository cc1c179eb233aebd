// The cipher suites that IANA registered for TLS (and the few in use that it did not), with what we offer them for. The
// lists of ordinary offers hold what some TLS library has shipped for servers with a certificate and stay below 120
// codes, because servers exist that do not read more than 128; pre-shared keys, SRP, Kerberos and GOST are rare.

#include <algorithm>
#include <array>

#include "net/tls/code_points.h"

namespace assay::net::tls {

namespace {

enum class Use : std::uint8_t {
  kTls13,   // TLS 1.3 only
  kTls12,   // an ordinary offer at TLS 1.2, not usable before
  kLegacy,  // an ordinary offer below TLS 1.2 only
  kBoth,    // an ordinary offer at TLS 1.2 and below
  kRare,    // asked only in exhaustive mode
};
using enum Use;

struct Suite {
  std::uint16_t code;
  Use use;
  const char* name;
};

// Sorted by code.
constexpr Suite kSuites[] = {
    {0x0000, kRare, "TLS_NULL_WITH_NULL_NULL"},
    {0x0001, kBoth, "TLS_RSA_WITH_NULL_MD5"},
    {0x0002, kBoth, "TLS_RSA_WITH_NULL_SHA"},
    {0x0003, kBoth, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"},
    {0x0004, kBoth, "TLS_RSA_WITH_RC4_128_MD5"},
    {0x0005, kBoth, "TLS_RSA_WITH_RC4_128_SHA"},
    {0x0006, kBoth, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"},
    {0x0007, kBoth, "TLS_RSA_WITH_IDEA_CBC_SHA"},
    {0x0008, kBoth, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"},
    {0x0009, kBoth, "TLS_RSA_WITH_DES_CBC_SHA"},
    {0x000A, kBoth, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0x000B, kLegacy, "TLS_DH_DSS_EXPORT_WITH_DES40_CBC_SHA"},
    {0x000C, kLegacy, "TLS_DH_DSS_WITH_DES_CBC_SHA"},
    {0x000D, kLegacy, "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA"},
    {0x000E, kLegacy, "TLS_DH_RSA_EXPORT_WITH_DES40_CBC_SHA"},
    {0x000F, kLegacy, "TLS_DH_RSA_WITH_DES_CBC_SHA"},
    {0x0010, kLegacy, "TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0x0011, kBoth, "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA"},
    {0x0012, kBoth, "TLS_DHE_DSS_WITH_DES_CBC_SHA"},
    {0x0013, kBoth, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"},
    {0x0014, kBoth, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"},
    {0x0015, kBoth, "TLS_DHE_RSA_WITH_DES_CBC_SHA"},
    {0x0016, kBoth, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0x0017, kBoth, "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5"},
    {0x0018, kBoth, "TLS_DH_anon_WITH_RC4_128_MD5"},
    {0x0019, kBoth, "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA"},
    {0x001A, kBoth, "TLS_DH_anon_WITH_DES_CBC_SHA"},
    {0x001B, kBoth, "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA"},
    {0x001E, kRare, "TLS_KRB5_WITH_DES_CBC_SHA"},
    {0x001F, kRare, "TLS_KRB5_WITH_3DES_EDE_CBC_SHA"},
    {0x0020, kRare, "TLS_KRB5_WITH_RC4_128_SHA"},
    {0x0021, kRare, "TLS_KRB5_WITH_IDEA_CBC_SHA"},
    {0x0022, kRare, "TLS_KRB5_WITH_DES_CBC_MD5"},
    {0x0023, kRare, "TLS_KRB5_WITH_3DES_EDE_CBC_MD5"},
    {0x0024, kRare, "TLS_KRB5_WITH_RC4_128_MD5"},
    {0x0025, kRare, "TLS_KRB5_WITH_IDEA_CBC_MD5"},
    {0x0026, kRare, "TLS_KRB5_EXPORT_WITH_DES_CBC_40_SHA"},
    {0x0027, kRare, "TLS_KRB5_EXPORT_WITH_RC2_CBC_40_SHA"},
    {0x0028, kRare, "TLS_KRB5_EXPORT_WITH_RC4_40_SHA"},
    {0x0029, kRare, "TLS_KRB5_EXPORT_WITH_DES_CBC_40_MD5"},
    {0x002A, kRare, "TLS_KRB5_EXPORT_WITH_RC2_CBC_40_MD5"},
    {0x002B, kRare, "TLS_KRB5_EXPORT_WITH_RC4_40_MD5"},
    {0x002C, kRare, "TLS_PSK_WITH_NULL_SHA"},
    {0x002D, kRare, "TLS_DHE_PSK_WITH_NULL_SHA"},
    {0x002E, kRare, "TLS_RSA_PSK_WITH_NULL_SHA"},
    {0x002F, kBoth, "TLS_RSA_WITH_AES_128_CBC_SHA"},
    {0x0030, kLegacy, "TLS_DH_DSS_WITH_AES_128_CBC_SHA"},
    {0x0031, kLegacy, "TLS_DH_RSA_WITH_AES_128_CBC_SHA"},
    {0x0032, kBoth, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"},
    {0x0033, kBoth, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
    {0x0034, kBoth, "TLS_DH_anon_WITH_AES_128_CBC_SHA"},
    {0x0035, kBoth, "TLS_RSA_WITH_AES_256_CBC_SHA"},
    {0x0036, kLegacy, "TLS_DH_DSS_WITH_AES_256_CBC_SHA"},
    {0x0037, kLegacy, "TLS_DH_RSA_WITH_AES_256_CBC_SHA"},
    {0x0038, kBoth, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"},
    {0x0039, kBoth, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
    {0x003A, kBoth, "TLS_DH_anon_WITH_AES_256_CBC_SHA"},
    {0x003B, kTls12, "TLS_RSA_WITH_NULL_SHA256"},
    {0x003C, kTls12, "TLS_RSA_WITH_AES_128_CBC_SHA256"},
    {0x003D, kTls12, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
    {0x003E, kRare, "TLS_DH_DSS_WITH_AES_128_CBC_SHA256"},
    {0x003F, kRare, "TLS_DH_RSA_WITH_AES_128_CBC_SHA256"},
    {0x0040, kTls12, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256"},
    {0x0041, kBoth, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    {0x0042, kLegacy, "TLS_DH_DSS_WITH_CAMELLIA_128_CBC_SHA"},
    {0x0043, kLegacy, "TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    {0x0044, kLegacy, "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA"},
    {0x0045, kBoth, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    {0x0046, kBoth, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA"},
    {0x0060, kLegacy, "TLS_RSA_EXPORT1024_WITH_RC4_56_MD5"},
    {0x0061, kLegacy, "TLS_RSA_EXPORT1024_WITH_RC2_56_MD5"},
    {0x0062, kLegacy, "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA"},
    {0x0063, kLegacy, "TLS_DHE_DSS_EXPORT1024_WITH_DES_CBC_SHA"},
    {0x0064, kLegacy, "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA"},
    {0x0065, kLegacy, "TLS_DHE_DSS_EXPORT1024_WITH_RC4_56_SHA"},
    {0x0066, kLegacy, "TLS_DHE_DSS_WITH_RC4_128_SHA"},
    {0x0067, kTls12, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"},
    {0x0068, kRare, "TLS_DH_DSS_WITH_AES_256_CBC_SHA256"},
    {0x0069, kRare, "TLS_DH_RSA_WITH_AES_256_CBC_SHA256"},
    {0x006A, kTls12, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"},
    {0x006B, kTls12, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"},
    {0x006C, kTls12, "TLS_DH_anon_WITH_AES_128_CBC_SHA256"},
    {0x006D, kTls12, "TLS_DH_anon_WITH_AES_256_CBC_SHA256"},
    {0x0080, kRare, "TLS_GOSTR341094_WITH_28147_CNT_IMIT"},
    {0x0081, kRare, "TLS_GOSTR341001_WITH_28147_CNT_IMIT"},
    {0x0082, kRare, "TLS_GOSTR341094_WITH_NULL_GOSTR3411"},
    {0x0083, kRare, "TLS_GOSTR341001_WITH_NULL_GOSTR3411"},
    {0x0084, kBoth, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"},
    {0x0085, kLegacy, "TLS_DH_DSS_WITH_CAMELLIA_256_CBC_SHA"},
    {0x0086, kLegacy, "TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA"},
    {0x0087, kLegacy, "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA"},
    {0x0088, kBoth, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"},
    {0x0089, kBoth, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA"},
    {0x008A, kRare, "TLS_PSK_WITH_RC4_128_SHA"},
    {0x008B, kRare, "TLS_PSK_WITH_3DES_EDE_CBC_SHA"},
    {0x008C, kRare, "TLS_PSK_WITH_AES_128_CBC_SHA"},
    {0x008D, kRare, "TLS_PSK_WITH_AES_256_CBC_SHA"},
    {0x008E, kRare, "TLS_DHE_PSK_WITH_RC4_128_SHA"},
    {0x008F, kRare, "TLS_DHE_PSK_WITH_3DES_EDE_CBC_SHA"},
    {0x0090, kRare, "TLS_DHE_PSK_WITH_AES_128_CBC_SHA"},
    {0x0091, kRare, "TLS_DHE_PSK_WITH_AES_256_CBC_SHA"},
    {0x0092, kRare, "TLS_RSA_PSK_WITH_RC4_128_SHA"},
    {0x0093, kRare, "TLS_RSA_PSK_WITH_3DES_EDE_CBC_SHA"},
    {0x0094, kRare, "TLS_RSA_PSK_WITH_AES_128_CBC_SHA"},
    {0x0095, kRare, "TLS_RSA_PSK_WITH_AES_256_CBC_SHA"},
    {0x0096, kBoth, "TLS_RSA_WITH_SEED_CBC_SHA"},
    {0x0097, kLegacy, "TLS_DH_DSS_WITH_SEED_CBC_SHA"},
    {0x0098, kLegacy, "TLS_DH_RSA_WITH_SEED_CBC_SHA"},
    {0x0099, kLegacy, "TLS_DHE_DSS_WITH_SEED_CBC_SHA"},
    {0x009A, kBoth, "TLS_DHE_RSA_WITH_SEED_CBC_SHA"},
    {0x009B, kLegacy, "TLS_DH_anon_WITH_SEED_CBC_SHA"},
    {0x009C, kTls12, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
    {0x009D, kTls12, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
    {0x009E, kTls12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0x009F, kTls12, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0x00A0, kRare, "TLS_DH_RSA_WITH_AES_128_GCM_SHA256"},
    {0x00A1, kRare, "TLS_DH_RSA_WITH_AES_256_GCM_SHA384"},
    {0x00A2, kTls12, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256"},
    {0x00A3, kTls12, "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384"},
    {0x00A4, kRare, "TLS_DH_DSS_WITH_AES_128_GCM_SHA256"},
    {0x00A5, kRare, "TLS_DH_DSS_WITH_AES_256_GCM_SHA384"},
    {0x00A6, kTls12, "TLS_DH_anon_WITH_AES_128_GCM_SHA256"},
    {0x00A7, kTls12, "TLS_DH_anon_WITH_AES_256_GCM_SHA384"},
    {0x00A8, kRare, "TLS_PSK_WITH_AES_128_GCM_SHA256"},
    {0x00A9, kRare, "TLS_PSK_WITH_AES_256_GCM_SHA384"},
    {0x00AA, kRare, "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256"},
    {0x00AB, kRare, "TLS_DHE_PSK_WITH_AES_256_GCM_SHA384"},
    {0x00AC, kRare, "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256"},
    {0x00AD, kRare, "TLS_RSA_PSK_WITH_AES_256_GCM_SHA384"},
    {0x00AE, kRare, "TLS_PSK_WITH_AES_128_CBC_SHA256"},
    {0x00AF, kRare, "TLS_PSK_WITH_AES_256_CBC_SHA384"},
    {0x00B0, kRare, "TLS_PSK_WITH_NULL_SHA256"},
    {0x00B1, kRare, "TLS_PSK_WITH_NULL_SHA384"},
    {0x00B2, kRare, "TLS_DHE_PSK_WITH_AES_128_CBC_SHA256"},
    {0x00B3, kRare, "TLS_DHE_PSK_WITH_AES_256_CBC_SHA384"},
    {0x00B4, kRare, "TLS_DHE_PSK_WITH_NULL_SHA256"},
    {0x00B5, kRare, "TLS_DHE_PSK_WITH_NULL_SHA384"},
    {0x00B6, kRare, "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256"},
    {0x00B7, kRare, "TLS_RSA_PSK_WITH_AES_256_CBC_SHA384"},
    {0x00B8, kRare, "TLS_RSA_PSK_WITH_NULL_SHA256"},
    {0x00B9, kRare, "TLS_RSA_PSK_WITH_NULL_SHA384"},
    {0x00BA, kTls12, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0x00BB, kRare, "TLS_DH_DSS_WITH_CAMELLIA_128_CBC_SHA256"},
    {0x00BC, kRare, "TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0x00BD, kRare, "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256"},
    {0x00BE, kTls12, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0x00BF, kRare, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256"},
    {0x00C0, kTls12, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256"},
    {0x00C1, kRare, "TLS_DH_DSS_WITH_CAMELLIA_256_CBC_SHA256"},
    {0x00C2, kRare, "TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA256"},
    {0x00C3, kRare, "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256"},
    {0x00C4, kTls12, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"},
    {0x00C5, kRare, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256"},
    {0x00C6, kTls13, "TLS_SM4_GCM_SM3"},
    {0x00C7, kTls13, "TLS_SM4_CCM_SM3"},
    {0x1301, kTls13, "TLS_AES_128_GCM_SHA256"},
    {0x1302, kTls13, "TLS_AES_256_GCM_SHA384"},
    {0x1303, kTls13, "TLS_CHACHA20_POLY1305_SHA256"},
    {0x1304, kTls13, "TLS_AES_128_CCM_SHA256"},
    {0x1305, kTls13, "TLS_AES_128_CCM_8_SHA256"},
    {0x16B7, kRare, "TLS_CECPQ1_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0x16B8, kRare, "TLS_CECPQ1_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0x16B9, kRare, "TLS_CECPQ1_RSA_WITH_AES_256_GCM_SHA384"},
    {0x16BA, kRare, "TLS_CECPQ1_ECDSA_WITH_AES_256_GCM_SHA384"},
    {0xC001, kLegacy, "TLS_ECDH_ECDSA_WITH_NULL_SHA"},
    {0xC002, kLegacy, "TLS_ECDH_ECDSA_WITH_RC4_128_SHA"},
    {0xC003, kLegacy, "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA"},
    {0xC004, kLegacy, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA"},
    {0xC005, kLegacy, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA"},
    {0xC006, kBoth, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"},
    {0xC007, kBoth, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"},
    {0xC008, kBoth, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"},
    {0xC009, kBoth, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
    {0xC00A, kBoth, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
    {0xC00B, kLegacy, "TLS_ECDH_RSA_WITH_NULL_SHA"},
    {0xC00C, kLegacy, "TLS_ECDH_RSA_WITH_RC4_128_SHA"},
    {0xC00D, kLegacy, "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0xC00E, kLegacy, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA"},
    {0xC00F, kLegacy, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA"},
    {0xC010, kBoth, "TLS_ECDHE_RSA_WITH_NULL_SHA"},
    {0xC011, kBoth, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
    {0xC012, kBoth, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0xC013, kBoth, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    {0xC014, kBoth, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
    {0xC015, kBoth, "TLS_ECDH_anon_WITH_NULL_SHA"},
    {0xC016, kBoth, "TLS_ECDH_anon_WITH_RC4_128_SHA"},
    {0xC017, kBoth, "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA"},
    {0xC018, kBoth, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"},
    {0xC019, kBoth, "TLS_ECDH_anon_WITH_AES_256_CBC_SHA"},
    {0xC01A, kRare, "TLS_SRP_SHA_WITH_3DES_EDE_CBC_SHA"},
    {0xC01B, kRare, "TLS_SRP_SHA_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0xC01C, kRare, "TLS_SRP_SHA_DSS_WITH_3DES_EDE_CBC_SHA"},
    {0xC01D, kRare, "TLS_SRP_SHA_WITH_AES_128_CBC_SHA"},
    {0xC01E, kRare, "TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA"},
    {0xC01F, kRare, "TLS_SRP_SHA_DSS_WITH_AES_128_CBC_SHA"},
    {0xC020, kRare, "TLS_SRP_SHA_WITH_AES_256_CBC_SHA"},
    {0xC021, kRare, "TLS_SRP_SHA_RSA_WITH_AES_256_CBC_SHA"},
    {0xC022, kRare, "TLS_SRP_SHA_DSS_WITH_AES_256_CBC_SHA"},
    {0xC023, kTls12, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
    {0xC024, kTls12, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
    {0xC025, kRare, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256"},
    {0xC026, kRare, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384"},
    {0xC027, kTls12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
    {0xC028, kTls12, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
    {0xC029, kRare, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256"},
    {0xC02A, kRare, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384"},
    {0xC02B, kTls12, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {0xC02C, kTls12, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    {0xC02D, kRare, "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256"},
    {0xC02E, kRare, "TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384"},
    {0xC02F, kTls12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0xC030, kTls12, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0xC031, kRare, "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256"},
    {0xC032, kRare, "TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384"},
    {0xC033, kRare, "TLS_ECDHE_PSK_WITH_RC4_128_SHA"},
    {0xC034, kRare, "TLS_ECDHE_PSK_WITH_3DES_EDE_CBC_SHA"},
    {0xC035, kRare, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA"},
    {0xC036, kRare, "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA"},
    {0xC037, kRare, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256"},
    {0xC038, kRare, "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384"},
    {0xC039, kRare, "TLS_ECDHE_PSK_WITH_NULL_SHA"},
    {0xC03A, kRare, "TLS_ECDHE_PSK_WITH_NULL_SHA256"},
    {0xC03B, kRare, "TLS_ECDHE_PSK_WITH_NULL_SHA384"},
    {0xC03C, kRare, "TLS_RSA_WITH_ARIA_128_CBC_SHA256"},
    {0xC03D, kRare, "TLS_RSA_WITH_ARIA_256_CBC_SHA384"},
    {0xC03E, kRare, "TLS_DH_DSS_WITH_ARIA_128_CBC_SHA256"},
    {0xC03F, kRare, "TLS_DH_DSS_WITH_ARIA_256_CBC_SHA384"},
    {0xC040, kRare, "TLS_DH_RSA_WITH_ARIA_128_CBC_SHA256"},
    {0xC041, kRare, "TLS_DH_RSA_WITH_ARIA_256_CBC_SHA384"},
    {0xC042, kRare, "TLS_DHE_DSS_WITH_ARIA_128_CBC_SHA256"},
    {0xC043, kRare, "TLS_DHE_DSS_WITH_ARIA_256_CBC_SHA384"},
    {0xC044, kRare, "TLS_DHE_RSA_WITH_ARIA_128_CBC_SHA256"},
    {0xC045, kRare, "TLS_DHE_RSA_WITH_ARIA_256_CBC_SHA384"},
    {0xC046, kRare, "TLS_DH_anon_WITH_ARIA_128_CBC_SHA256"},
    {0xC047, kRare, "TLS_DH_anon_WITH_ARIA_256_CBC_SHA384"},
    {0xC048, kRare, "TLS_ECDHE_ECDSA_WITH_ARIA_128_CBC_SHA256"},
    {0xC049, kRare, "TLS_ECDHE_ECDSA_WITH_ARIA_256_CBC_SHA384"},
    {0xC04A, kRare, "TLS_ECDH_ECDSA_WITH_ARIA_128_CBC_SHA256"},
    {0xC04B, kRare, "TLS_ECDH_ECDSA_WITH_ARIA_256_CBC_SHA384"},
    {0xC04C, kRare, "TLS_ECDHE_RSA_WITH_ARIA_128_CBC_SHA256"},
    {0xC04D, kRare, "TLS_ECDHE_RSA_WITH_ARIA_256_CBC_SHA384"},
    {0xC04E, kRare, "TLS_ECDH_RSA_WITH_ARIA_128_CBC_SHA256"},
    {0xC04F, kRare, "TLS_ECDH_RSA_WITH_ARIA_256_CBC_SHA384"},
    {0xC050, kTls12, "TLS_RSA_WITH_ARIA_128_GCM_SHA256"},
    {0xC051, kTls12, "TLS_RSA_WITH_ARIA_256_GCM_SHA384"},
    {0xC052, kTls12, "TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256"},
    {0xC053, kTls12, "TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384"},
    {0xC054, kRare, "TLS_DH_RSA_WITH_ARIA_128_GCM_SHA256"},
    {0xC055, kRare, "TLS_DH_RSA_WITH_ARIA_256_GCM_SHA384"},
    {0xC056, kRare, "TLS_DHE_DSS_WITH_ARIA_128_GCM_SHA256"},
    {0xC057, kRare, "TLS_DHE_DSS_WITH_ARIA_256_GCM_SHA384"},
    {0xC058, kRare, "TLS_DH_DSS_WITH_ARIA_128_GCM_SHA256"},
    {0xC059, kRare, "TLS_DH_DSS_WITH_ARIA_256_GCM_SHA384"},
    {0xC05A, kRare, "TLS_DH_anon_WITH_ARIA_128_GCM_SHA256"},
    {0xC05B, kRare, "TLS_DH_anon_WITH_ARIA_256_GCM_SHA384"},
    {0xC05C, kTls12, "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256"},
    {0xC05D, kTls12, "TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384"},
    {0xC05E, kRare, "TLS_ECDH_ECDSA_WITH_ARIA_128_GCM_SHA256"},
    {0xC05F, kRare, "TLS_ECDH_ECDSA_WITH_ARIA_256_GCM_SHA384"},
    {0xC060, kTls12, "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"},
    {0xC061, kTls12, "TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384"},
    {0xC062, kRare, "TLS_ECDH_RSA_WITH_ARIA_128_GCM_SHA256"},
    {0xC063, kRare, "TLS_ECDH_RSA_WITH_ARIA_256_GCM_SHA384"},
    {0xC064, kRare, "TLS_PSK_WITH_ARIA_128_CBC_SHA256"},
    {0xC065, kRare, "TLS_PSK_WITH_ARIA_256_CBC_SHA384"},
    {0xC066, kRare, "TLS_DHE_PSK_WITH_ARIA_128_CBC_SHA256"},
    {0xC067, kRare, "TLS_DHE_PSK_WITH_ARIA_256_CBC_SHA384"},
    {0xC068, kRare, "TLS_RSA_PSK_WITH_ARIA_128_CBC_SHA256"},
    {0xC069, kRare, "TLS_RSA_PSK_WITH_ARIA_256_CBC_SHA384"},
    {0xC06A, kRare, "TLS_PSK_WITH_ARIA_128_GCM_SHA256"},
    {0xC06B, kRare, "TLS_PSK_WITH_ARIA_256_GCM_SHA384"},
    {0xC06C, kRare, "TLS_DHE_PSK_WITH_ARIA_128_GCM_SHA256"},
    {0xC06D, kRare, "TLS_DHE_PSK_WITH_ARIA_256_GCM_SHA384"},
    {0xC06E, kRare, "TLS_RSA_PSK_WITH_ARIA_128_GCM_SHA256"},
    {0xC06F, kRare, "TLS_RSA_PSK_WITH_ARIA_256_GCM_SHA384"},
    {0xC070, kRare, "TLS_ECDHE_PSK_WITH_ARIA_128_CBC_SHA256"},
    {0xC071, kRare, "TLS_ECDHE_PSK_WITH_ARIA_256_CBC_SHA384"},
    {0xC072, kTls12, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xC073, kTls12, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xC074, kRare, "TLS_ECDH_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xC075, kRare, "TLS_ECDH_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xC076, kTls12, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xC077, kTls12, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xC078, kRare, "TLS_ECDH_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xC079, kRare, "TLS_ECDH_RSA_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xC07A, kTls12, "TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC07B, kTls12, "TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC07C, kTls12, "TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC07D, kTls12, "TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC07E, kRare, "TLS_DH_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC07F, kRare, "TLS_DH_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC080, kRare, "TLS_DHE_DSS_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC081, kRare, "TLS_DHE_DSS_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC082, kRare, "TLS_DH_DSS_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC083, kRare, "TLS_DH_DSS_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC084, kRare, "TLS_DH_anon_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC085, kRare, "TLS_DH_anon_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC086, kTls12, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC087, kTls12, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC088, kRare, "TLS_ECDH_ECDSA_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC089, kRare, "TLS_ECDH_ECDSA_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC08A, kTls12, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC08B, kTls12, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC08C, kRare, "TLS_ECDH_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC08D, kRare, "TLS_ECDH_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC08E, kRare, "TLS_PSK_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC08F, kRare, "TLS_PSK_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC090, kRare, "TLS_DHE_PSK_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC091, kRare, "TLS_DHE_PSK_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC092, kRare, "TLS_RSA_PSK_WITH_CAMELLIA_128_GCM_SHA256"},
    {0xC093, kRare, "TLS_RSA_PSK_WITH_CAMELLIA_256_GCM_SHA384"},
    {0xC094, kRare, "TLS_PSK_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xC095, kRare, "TLS_PSK_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xC096, kRare, "TLS_DHE_PSK_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xC097, kRare, "TLS_DHE_PSK_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xC098, kRare, "TLS_RSA_PSK_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xC099, kRare, "TLS_RSA_PSK_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xC09A, kRare, "TLS_ECDHE_PSK_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xC09B, kRare, "TLS_ECDHE_PSK_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xC09C, kTls12, "TLS_RSA_WITH_AES_128_CCM"},
    {0xC09D, kTls12, "TLS_RSA_WITH_AES_256_CCM"},
    {0xC09E, kTls12, "TLS_DHE_RSA_WITH_AES_128_CCM"},
    {0xC09F, kTls12, "TLS_DHE_RSA_WITH_AES_256_CCM"},
    {0xC0A0, kTls12, "TLS_RSA_WITH_AES_128_CCM_8"},
    {0xC0A1, kTls12, "TLS_RSA_WITH_AES_256_CCM_8"},
    {0xC0A2, kTls12, "TLS_DHE_RSA_WITH_AES_128_CCM_8"},
    {0xC0A3, kTls12, "TLS_DHE_RSA_WITH_AES_256_CCM_8"},
    {0xC0A4, kRare, "TLS_PSK_WITH_AES_128_CCM"},
    {0xC0A5, kRare, "TLS_PSK_WITH_AES_256_CCM"},
    {0xC0A6, kRare, "TLS_DHE_PSK_WITH_AES_128_CCM"},
    {0xC0A7, kRare, "TLS_DHE_PSK_WITH_AES_256_CCM"},
    {0xC0A8, kRare, "TLS_PSK_WITH_AES_128_CCM_8"},
    {0xC0A9, kRare, "TLS_PSK_WITH_AES_256_CCM_8"},
    {0xC0AA, kRare, "TLS_PSK_DHE_WITH_AES_128_CCM_8"},
    {0xC0AB, kRare, "TLS_PSK_DHE_WITH_AES_256_CCM_8"},
    {0xC0AC, kTls12, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    {0xC0AD, kTls12, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"},
    {0xC0AE, kTls12, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"},
    {0xC0AF, kTls12, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"},
    {0xC100, kRare, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC"},
    {0xC101, kRare, "TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC"},
    {0xC102, kRare, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT"},
    {0xC103, kTls13, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L"},
    {0xC104, kTls13, "TLS_GOSTR341112_256_WITH_MAGMA_MGM_L"},
    {0xC105, kTls13, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_S"},
    {0xC106, kTls13, "TLS_GOSTR341112_256_WITH_MAGMA_MGM_S"},
    {0xCC13, kRare, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256_OLD"},
    {0xCC14, kRare, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256_OLD"},
    {0xCC15, kRare, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256_OLD"},
    {0xCCA8, kTls12, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCA9, kTls12, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAA, kTls12, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAB, kRare, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAC, kRare, "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAD, kRare, "TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAE, kRare, "TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    {0xFEFE, kRare, "SSL_RSA_FIPS_WITH_DES_CBC_SHA"},
    {0xFEFF, kRare, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA"},
    {0xFF00, kRare, "TLS_GOSTR341094_RSA_WITH_28147_CNT_MD5"},
    {0xFF01, kRare, "TLS_RSA_WITH_28147_CNT_GOST94"},
    {0xFFE0, kRare, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA"},
    {0xFFE1, kRare, "SSL_RSA_FIPS_WITH_DES_CBC_SHA"},
};

template <class Predicate>
std::vector<std::uint16_t> select(Predicate wanted) {
  std::vector<std::uint16_t> codes;
  for (const Suite& suite : kSuites) {
    if (wanted(suite.use)) codes.push_back(suite.code);
  }
  // The newer half of the registry (ECDHE, AEAD) first: a server that follows the client's order then chooses what is
  // cheap for it.
  std::ranges::reverse(codes);
  return codes;
}

const Suite* find_suite(std::uint16_t code) {
  const auto* at = std::ranges::lower_bound(kSuites, code, {}, &Suite::code);
  return at != std::end(kSuites) && at->code == code ? at : nullptr;
}

}  // namespace

std::span<const std::uint16_t> ordinary_suites(Version max) {
  if (max == Version::tls13) {
    static constexpr std::array<std::uint16_t, 11> kOrder{0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x00C6,
                                                          0x00C7, 0xC103, 0xC104, 0xC105, 0xC106};
    return kOrder;
  }
  if (max == Version::tls12) {
    static const auto kCodes = select([](Use use) { return use == kTls12 || use == kBoth; });
    return kCodes;
  }
  static const auto kCodes = select([](Use use) { return use == kLegacy || use == kBoth; });
  return kCodes;
}

std::span<const std::uint16_t> rare_suites(Version max) {
  if (max == Version::tls13) return {};
  if (max == Version::tls12) {
    static const auto kCodes = select([](Use use) { return use == kRare || use == kLegacy; });
    return kCodes;
  }
  static const auto kCodes = select([](Use use) { return use == kRare; });
  return kCodes;
}

std::string suite_name(std::uint16_t code) {
  const Suite* suite = find_suite(code);
  return suite != nullptr ? suite->name : unnamed_code(code);
}

KeyExchange key_exchange(std::uint16_t suite_code) {
  const Suite* suite = find_suite(suite_code);
  if (suite == nullptr || suite->use == kTls13) return KeyExchange::other;
  const std::string_view name = suite->name;
  // The parameters of suites with a pre-shared key follow an identity hint; their groups are not read.
  if (name.contains("PSK") || name.contains("SRP")) return KeyExchange::other;
  if (name.starts_with("TLS_ECDHE_") || name.starts_with("TLS_ECDH_anon")) return KeyExchange::ecdhe;
  if (name.starts_with("TLS_DHE_") || name.starts_with("TLS_DH_anon")) return KeyExchange::dhe;
  return KeyExchange::other;
}

bool accepts_rsa_certificate(std::uint16_t suite_code) {
  const Suite* suite = find_suite(suite_code);
  return suite != nullptr && std::string_view(suite->name).starts_with("TLS_ECDHE_RSA_");
}

}  // namespace assay::net::tls
