#include "net/address.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

namespace assay::net {
namespace {

TEST(Address, ReadsStrictFormsAndWritesThemBack) {
  for (const auto* text :
       {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1", "64:ff9b::102:304"}) {
    const auto a = parse_address(text);
    ASSERT_TRUE(a) << text;
    EXPECT_EQ(a->to_string(), text);
  }
  EXPECT_EQ(parse_address("[::1]"), parse_address("::1"));
  for (const auto* text : {"", "127.1", "0177.0.0.1", "1.2.3.4.5", "256.1.1.1", "localhost", "[127.0.0.1]", "::1%eth0",
                           "[::1", "1::2::3", " ::1"})
    EXPECT_FALSE(parse_address(text)) << text;
  EXPECT_FALSE(parse_address(std::string_view("127.0.0.1\0.example.com", 22)));
}

TEST(Address, FormatsEndpoints) {
  EXPECT_EQ(format_endpoint(*parse_address("192.0.2.1"), 443), "192.0.2.1:443");
  EXPECT_EQ(format_endpoint(*parse_address("2001:db8::1"), 8443), "[2001:db8::1]:8443");
}

TEST(Address, SurvivesTheSystemsForm) {
  for (const auto* text : {"192.0.2.7", "2001:db8::7"}) {
    sockaddr_storage storage{};
    EXPECT_GT(to_sockaddr(*parse_address(text), 8443, storage), 0U);
    const auto back = from_sockaddr(storage);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->first, *parse_address(text));
    EXPECT_EQ(back->second, 8443);
  }
  sockaddr_storage other{};
  other.ss_family = AF_UNIX;
  EXPECT_FALSE(from_sockaddr(other));
}

TEST(Address, SortsIpv4First) {
  EXPECT_LT(*parse_address("255.255.255.255"), *parse_address("::"));
  EXPECT_LT(*parse_address("1.2.3.4"), *parse_address("1.2.3.5"));
}

TEST(Cidr, ReadsNetworksAndSingleAddresses) {
  EXPECT_EQ(parse_cidr("127.0.0.0/8")->to_string(), "127.0.0.0/8");
  EXPECT_EQ(parse_cidr("10.0.0.7")->to_string(), "10.0.0.7/32");
  EXPECT_EQ(parse_cidr("::1")->to_string(), "::1/128");
  EXPECT_EQ(parse_cidr("0.0.0.0/0")->to_string(), "0.0.0.0/0");
  EXPECT_EQ(parse_cidr("fc00::/7")->to_string(), "fc00::/7");
}

TEST(Cidr, SaysWhatIsWrong) {
  const auto reason = [](std::string_view text) {
    const auto cidr = parse_cidr(text);
    return cidr ? std::string() : cidr.error().reason;
  };
  EXPECT_EQ(reason("127.0.0.1/8"), "has bits set behind its prefix of 8 bits");
  EXPECT_EQ(reason("fc00::1/7"), "has bits set behind its prefix of 7 bits");
  EXPECT_EQ(reason("10.0.0.0/33"), "the prefix length is no number from 0 to 32");
  EXPECT_EQ(reason("fc00::/129"), "the prefix length is no number from 0 to 128");
  EXPECT_EQ(reason("10.0.0.0/"), "the prefix length is no number from 0 to 32");
  EXPECT_EQ(reason("10.0.0.0/8x"), "the prefix length is no number from 0 to 32");
  EXPECT_EQ(reason("10.0.0.0/-1"), "the prefix length is no number from 0 to 32");
  EXPECT_EQ(reason("10.0.0/8"), "is no IPv4 or IPv6 address");
  EXPECT_EQ(reason(""), "is no IPv4 or IPv6 address");
}

TEST(Cidr, ContainsUpToTheBit) {
  const auto holds = [](std::string_view network, std::string_view a) {
    return parse_cidr(network)->contains(*parse_address(a));
  };
  EXPECT_TRUE(holds("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(holds("172.16.0.0/12", "172.32.0.0"));
  EXPECT_FALSE(holds("172.16.0.0/12", "172.15.255.255"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
  EXPECT_TRUE(holds("::/0", "::1"));
  EXPECT_TRUE(holds("fe80::/10", "febf::1"));
  EXPECT_FALSE(holds("fe80::/10", "fec0::1"));
}

// The first and last address of each special network, and its neighbours outside.
struct Edge {
  const char* first;
  const char* last;
  const char* before;  // globally reachable neighbours; nullptr where the neighbour is special too
  const char* after;
};

constexpr Edge kEdges[] = {
    {"0.0.0.0", "0.255.255.255", nullptr, "1.0.0.0"},
    {"10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
    {"100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
    {"127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"},
    {"168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"},
    {"169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
    {"172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
    {"192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"},
    {"192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
    {"192.31.196.0", "192.31.196.255", "192.31.195.255", "192.31.197.0"},
    {"192.52.193.0", "192.52.193.255", "192.52.192.255", "192.52.194.0"},
    {"192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"},
    {"192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
    {"192.175.48.0", "192.175.48.255", "192.175.47.255", "192.175.49.0"},
    {"198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"},
    {"198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"},
    {"203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"},
    {"224.0.0.0", "255.255.255.255", "223.255.255.255", nullptr},
    {"::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr, "2000::"},
    {"2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:200::"},
    {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"},
    {"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"},
    {"2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff::", "2620:4f:8001::"},
    {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"},
    {"4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff::", nullptr},
};

TEST(RefusalReason, HoldsToTheEdgesOfEveryNetwork) {
  for (const auto& edge : kEdges) {
    EXPECT_TRUE(refusal_reason(*parse_address(edge.first))) << edge.first;
    EXPECT_TRUE(refusal_reason(*parse_address(edge.last))) << edge.last;
    if (edge.before != nullptr) {
      EXPECT_FALSE(refusal_reason(*parse_address(edge.before))) << edge.before;
    }
    if (edge.after != nullptr) {
      EXPECT_FALSE(refusal_reason(*parse_address(edge.after))) << edge.after;
    }
  }
}

TEST(RefusalReason, LetsOrdinaryHostsPass) {
  for (const auto* text :
       {"8.8.8.8", "1.1.1.1", "93.184.216.34", "185.166.143.0", "2606:4700::1", "2a00:1450:4001::1", "2400:cb00::1"})
    EXPECT_EQ(refusal_reason(*parse_address(text)), std::nullopt) << text;
}

TEST(RefusalReason, NamesTheRule) {
  EXPECT_EQ(refusal_reason(*parse_address("127.0.0.1")), "loopback (RFC 1122)");
  EXPECT_EQ(refusal_reason(*parse_address("169.254.169.254")), "cloud metadata service");
  EXPECT_EQ(refusal_reason(*parse_address("2002:c0a8:101::1")), "6to4 (RFC 3056), carries 192.168.1.1");
}

TEST(EmbeddedIpv4, IsFoundInEveryForm) {
  const auto found = [](std::string_view text) {
    const auto inner = embedded_ipv4(*parse_address(text));
    return inner ? std::string(inner->form) + " " + inner->address.to_string() : std::string();
  };
  EXPECT_EQ(found("::ffff:192.0.2.33"), "IPv4-mapped 192.0.2.33");
  EXPECT_EQ(found("::192.0.2.33"), "IPv4-compatible 192.0.2.33");
  EXPECT_EQ(found("::ffff:0:192.0.2.33"), "SIIT 192.0.2.33");
  EXPECT_EQ(found("64:ff9b::192.0.2.33"), "NAT64 192.0.2.33");
  EXPECT_EQ(found("64:ff9b:1:c000:2:2100::"), "local NAT64 192.0.2.33");  // RFC 6052 §2.4, /48
  EXPECT_EQ(found("2002:c000:221::1"), "6to4 192.0.2.33");
  EXPECT_EQ(found("2001:0:4136:e378:8000:63bf:3fff:fdd2"), "Teredo 192.0.2.45");  // RFC 4380's example
  EXPECT_EQ(found("::1"), "");
  EXPECT_EQ(found("::"), "");
  EXPECT_EQ(found("2606:4700::1"), "");
  EXPECT_EQ(found("127.0.0.1"), "");
}

}  // namespace
}  // namespace assay::net
