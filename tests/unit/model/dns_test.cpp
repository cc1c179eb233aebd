#include "model/dns.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using Names = std::vector<std::string>;

Names of_mx(std::string data) {
  return mail_targets({.name = "acme.com", .type = "MX", .data = std::move(data)});
}

Names of_txt(std::string data) {
  return mail_targets({.name = "acme.com", .type = "TXT", .data = std::move(data)});
}

TEST(MailTargets, OfMx) {
  EXPECT_EQ(of_mx("10 mx.example.net"), Names{"mx.example.net"});
  EXPECT_EQ(of_mx("0 ."), Names{});
  EXPECT_EQ(of_mx("10"), Names{});
  EXPECT_EQ(of_mx("10 a\\.b.example.net"), Names{});
}

TEST(MailTargets, OfAnSpfPolicy) {
  EXPECT_EQ(of_txt(R"("v=spf1 include:_spf.mail.example ~include:b.example a:C.Example/24 mx:d.example//64 -all")"),
            (Names{"_spf.mail.example", "b.example", "c.example", "d.example"}));
  EXPECT_EQ(of_txt(R"("V=SPF1 REDIRECT=e.example.")"), Names{"e.example"});
  EXPECT_EQ(of_txt(R"("v=spf1 a mx a/24 ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:x.example ptr:y.example all")"),
            Names{});
  EXPECT_EQ(of_txt(R"("v=spf1 include:a.example include:A.example")"), Names{"a.example"});
}

TEST(MailTargets, StringsAreOneTextAndEscapesAreUndone) {
  EXPECT_EQ(of_txt(R"("v=spf1 inc" "lude:long" ".example -all")"), Names{"long.example"});
  EXPECT_EQ(of_txt(R"("v=spf1\032include:a\046example")"), Names{"a.example"});
  EXPECT_EQ(of_txt(R"("v=spf1 include:a\"b.example include:\000.example")"), Names{});
}

TEST(MailTargets, OtherTextsAndRecordsHaveNone) {
  EXPECT_EQ(of_txt(R"("v=spf10 include:a.example")"), Names{});
  EXPECT_EQ(of_txt(R"("include:a.example")"), Names{});
  EXPECT_EQ(of_txt(""), Names{});
  EXPECT_EQ(mail_targets({.name = "acme.com", .type = "CNAME", .data = "a.example"}), Names{});
}

TEST(MailTargets, MacrosLeaveWhatIsFixed) {
  EXPECT_EQ(of_txt(R"("v=spf1 include:%{ir}.%{v}._spf.mail.example")"), Names{"_spf.mail.example"});
  EXPECT_EQ(of_txt(R"("v=spf1 include:_spf.%{d} redirect=%{d2}")"), Names{});
  EXPECT_EQ(of_txt(R"("v=spf1 include:%_a.example")"), Names{"example"});
}

TEST(MailTargets, NoMoreThanAPolicyMayHave) {
  std::string policy = "\"v=spf1";
  for (int i = 0; i < 40; ++i) policy += " include:n" + std::to_string(i) + ".example";
  EXPECT_EQ(of_txt(policy + '"').size(), 10U);
}

}  // namespace
}  // namespace assay
