#include "net/dns/message.h"

#include <gtest/gtest.h>

#include <string>

#include "net/dns/name.h"

namespace assay::net::dns {
namespace {

constexpr std::string_view kHeader = "1234 8400 0001 0001 0000 0000 ";
constexpr std::string_view kQuestion =
    "03777777 07657861 6d706c65 00 0001 0001 ";  // www.example A, 17 bytes from 12 on

Bytes hex(std::string text) {
  std::erase(text, ' ');
  auto bytes = from_hex(text);
  EXPECT_TRUE(bytes) << text;
  return bytes.value_or(Bytes{});
}

// A message with one record at www.example of this type, with this data.
Bytes with_record(unsigned type, const Bytes& data) {
  auto out = hex(std::string(kHeader) + std::string(kQuestion) + "c00c");
  const auto put = [&](unsigned v) {
    out.push_back(static_cast<std::uint8_t>(v >> 8U));
    out.push_back(static_cast<std::uint8_t>(v));
  };
  put(type);
  put(1);
  put(0);
  put(300);
  put(static_cast<unsigned>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

std::string data_text(unsigned type, const std::string& data) {
  const auto response = decode(with_record(type, hex(data)));
  if (!response) return "error: " + response.error().reason;
  EXPECT_EQ(response->answer.size(), 1U);
  EXPECT_EQ(response->answer.at(0).name, "www.example");
  EXPECT_EQ(response->answer.at(0).ttl, 300U);
  return response->answer.at(0).type + ' ' + response->answer.at(0).data;
}

TEST(DnsMessage, WritesAQuestion) {
  Query query{.id = 0x1234, .name = "www.example", .type = Type::a, .recursion = true, .checking_disabled = true};
  query.cookie = Cookie{1, 2, 3, 4, 5, 6, 7, 8};
  query.dnssec_records = true;
  EXPECT_EQ(to_hex(encode(query).value()), to_hex(hex("1234 0130 0001 0000 0000 0001" + std::string(kQuestion) +
                                                      "00 0029 04d0 0000 8000 000c 000a 0008 0102030405060708")));
  query.edns = query.recursion = query.checking_disabled = false;
  EXPECT_EQ(to_hex(encode(query).value()), to_hex(hex("1234 0020 0001 0000 0000 0000" + std::string(kQuestion))));
}

TEST(DnsMessage, NamesThatAreNone) {
  Query query;
  const std::string label(63, 'a');
  for (const auto& name : {std::string(), std::string("a..b"), std::string(".a"), label + "a.example",
                           label + '.' + label + '.' + label + '.' + label, std::string("a\\"), std::string("a\\300b"),
                           std::string("a\\1b")}) {
    query.name = name;
    const auto encoded = encode(query);
    ASSERT_FALSE(encoded) << name;
    EXPECT_EQ(encoded.error().code, ErrorCode::invalid_input);
  }
  query.name = label + '.' + label + '.' + label + '.' + label.substr(2);
  EXPECT_TRUE(encode(query));
  EXPECT_EQ(canonical_name("WWW.Example."), "www.example");
  EXPECT_EQ(canonical_name("."), ".");
  EXPECT_EQ(canonical_name("a\\.b\\032c._dmarc.example"), "a\\.b\\032c._dmarc.example");
  EXPECT_EQ(canonical_name("\\065\\(.example"), "a\\(.example");
}

TEST(DnsMessage, ReadsEveryTypeInPresentationForm) {
  EXPECT_EQ(data_text(1, "c0000201"), "A 192.0.2.1");
  EXPECT_EQ(data_text(28, "20010db8000000000000000000000001"), "AAAA 2001:db8::1");
  EXPECT_EQ(data_text(2, "036e7331 c010"), "NS ns1.example");
  EXPECT_EQ(data_text(5, "014101620163 00"), "CNAME a.b.c");
  EXPECT_EQ(data_text(39, "00"), "DNAME .");
  EXPECT_EQ(data_text(6, "c00c c010 00000001 00000e10 00000258 00015180 0000003c"),
            "SOA www.example example 1 3600 600 86400 60");
  EXPECT_EQ(data_text(15, "000a c00c"), "MX 10 www.example");
  EXPECT_EQ(data_text(15, "0000 00"), "MX 0 .");
  EXPECT_EQ(data_text(16, "03612062 02225c 01ff 00"), R"(TXT "a b" "\"\\" "\255" "")");
  EXPECT_EQ(data_text(33, "0001 0002 01bb c00c"), "SRV 1 2 443 www.example");
  EXPECT_EQ(data_text(43, "3039 0d 02 abcdef"), "DS 12345 13 2 abcdef");
  EXPECT_EQ(data_text(52, "03 01 01 0011"), "TLSA 3 1 1 0011");
  EXPECT_EQ(data_text(257, "80 05 6973737565 63612e6578"), R"(CAA 128 issue "ca.ex")");
  EXPECT_EQ(data_text(46, "0001 0d02 0000012c 0102030405060708 0000 c00c ff"), "RRSIG A");
  EXPECT_EQ(data_text(65280, "0a0b"), R"(TYPE65280 \# 2 0a0b)");
  EXPECT_EQ(data_text(99, ""), R"(TYPE99 \# 0)");
}

TEST(DnsMessage, DataThatIsNotWhatItsTypeSays) {
  for (const auto& [type, data] : {std::pair{1U, "c00002"},
                                   {1U, "c000020102"},
                                   {28U, "2001"},
                                   {15U, "00"},
                                   {16U, "05 6162"},
                                   {2U, "036e7331"},
                                   {6U, "c00c c010 00000001"},
                                   {43U, "3039"},
                                   {257U, "80 09 69"},
                                   {5U, ""}}) {
    EXPECT_EQ(data_text(type, data), "error: has a record that cannot be read") << type << ' ' << data;
  }
}

TEST(DnsMessage, CompressionThatLoopsOrLeadsForward) {
  for (const auto* data : {"c029", "0161 c029", "0161 c02b", "c02a", "c0ff", "ffff", "c0", "40 61", "80 61"})
    EXPECT_EQ(data_text(5, data).substr(0, 6), "error:") << data;
  // A chain of labels by pointers, each legal, that grows past 255 octets: every name ends in the one before.
  auto message = hex("0001 8000 0000 0005 0000 0000");
  const std::string label(60, 'a');
  std::size_t previous = 0;
  for (int i = 0; i < 5; ++i) {
    const auto at = message.size();
    message.push_back(60);
    message.insert(message.end(), label.begin(), label.end());
    if (i == 0) {
      message.push_back(0);
    } else {
      message.push_back(static_cast<std::uint8_t>(0xc0U | previous >> 8U));
      message.push_back(static_cast<std::uint8_t>(previous));
    }
    previous = at;
    const auto rest = hex("0001 0001 0000003c 0004 c0000201");
    message.insert(message.end(), rest.begin(), rest.end());
  }
  EXPECT_FALSE(decode(message));
}

TEST(DnsMessage, EscapesWhatIsSpecialInLabels) {
  const auto message = hex("1234 8000 0001 0000 0000 0000 05 612e625c00 01 20 00 0001 0001");
  const auto response = decode(message);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->question_name, "a\\.b\\\\\\000.\\032");
  Bytes again;
  ASSERT_TRUE(append_name(again, *response->question_name));
  EXPECT_EQ(to_hex(again), "05612e625c00012000");
}

TEST(DnsMessage, ReadsTheHeaderAndOptions) {
  const auto response =
      decode(hex("1234 8785 0001 0000 0000 0001" + std::string(kQuestion) +
                 "00 0029 04d0 01000000 0018 000a 0008 0102030405060708 000f 0004 0006 6f6b" + "000f 0000"));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->id, 0x1234);
  EXPECT_TRUE(response->truncated);
  EXPECT_TRUE(response->authoritative);
  EXPECT_FALSE(response->authenticated);
  EXPECT_EQ(response->rcode, 0x15U);
  EXPECT_EQ(rcode_name(response->rcode), "RCODE21");
  EXPECT_TRUE(response->edns);
  EXPECT_EQ(response->cookie, (Cookie{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(response->extended_errors, std::vector<int>{6});
  EXPECT_TRUE(response->additional.empty());
  EXPECT_EQ(response->question_name, "www.example");
}

TEST(DnsMessage, RefusesWhatIsNoResponse) {
  for (const auto* message : {"", "1234", "1234 0000 0000 0000 0000 0000", "1234 a800 0000 0000 0000 0000",
                              "1234 8000 0002 0000 0000 0000", "1234 8000 0001 0000 0000 0000 00 0001 0003",
                              "1234 8000 0000 0001 0000 0000", "1234 8000 0000 ffff ffff ffff 00 0001 0001"})
    EXPECT_FALSE(decode(hex(message))) << message;
  // Of a truncated one, what came whole is kept.
  auto cut = with_record(1, hex("c0000201"));
  cut[2] |= 0x02;
  cut[7] = 2;
  const auto response = decode(cut);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->answer.size(), 1U);
}

TEST(DnsMessage, KeepsAHundredRecordsAndCountsTheRest) {
  auto message = hex("1234 8000 0000 0070 0000 0000");
  for (int i = 0; i < 0x70; ++i) {
    const auto record = hex("00 0001 0001 ffffffff 0004 c0000201");
    message.insert(message.end(), record.begin(), record.end());
  }
  const auto response = decode(message);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->answer.size(), kRecords);
  EXPECT_EQ(response->left_out, 0x70U - kRecords);
  EXPECT_EQ(response->answer.front().ttl, 0U);  // RFC 2181 §8
  EXPECT_EQ(response->answer.front().name, ".");
}

TEST(DnsMessage, AnswersOnlyItsOwnQuestion) {
  const Query query{.id = 7, .name = "WwW.example", .type = Type::a, .cookie = Cookie{1}};
  Response response;
  response.id = 7;
  response.question_name = "WwW.example";
  response.question_type = 1;
  EXPECT_TRUE(answers(response, query));
  const auto with = [&](auto change) {
    auto other = response;
    change(other);
    return answers(other, query);
  };
  EXPECT_FALSE(with([](Response& r) { r.id = 8; }));
  EXPECT_FALSE(with([](Response& r) { r.question_name = "www.example"; }));
  EXPECT_FALSE(with([](Response& r) { r.question_type = 28; }));
  EXPECT_FALSE(with([](Response& r) { r.question_name.reset(); }));
  EXPECT_FALSE(with([](Response& r) { r.cookie = Cookie{2}; }));
  EXPECT_TRUE(with([](Response& r) { r.cookie = Cookie{1}; }));
  EXPECT_TRUE(with([](Response& r) {
    r.question_name.reset();
    r.rcode = 1;
  }));
}

TEST(DnsMessage, MixesTheCaseOfLettersOnly) {
  const Bytes all(32, 0xff), none(32, 0), some(1, 0x0f);
  EXPECT_EQ(mixed_case("a-1.b\\.c", all), "A-1.B\\.C");
  EXPECT_EQ(mixed_case("a-1.b\\.c", none), "a-1.b\\.c");
  EXPECT_EQ(mixed_case("abcdefghij", some), "ABCDefghij");
}

TEST(DnsMessage, NamesAboveAndBelow) {
  EXPECT_EQ(parent_name("a.b.c"), "b.c");
  EXPECT_EQ(parent_name("a\\.b.c"), "c");
  EXPECT_EQ(parent_name("c"), ".");
  EXPECT_EQ(parent_name("."), ".");
  EXPECT_TRUE(is_within("a.b.c", "b.c"));
  EXPECT_TRUE(is_within("b.c", "b.c"));
  EXPECT_TRUE(is_within("c", "."));
  EXPECT_FALSE(is_within("xb.c", "b.c"));
  EXPECT_FALSE(is_within("b.c", "a.b.c"));
  EXPECT_FALSE(is_within("x\\.b.c", "b.c"));
}

}  // namespace
}  // namespace assay::net::dns
