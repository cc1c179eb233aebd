#include "model/bucket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;

std::string id_of(std::string_view host, std::string_view path = "") {
  const auto bucket = bucket_of(host, path);
  return bucket ? bucket->id() : "";
}

std::string listing_of(std::string_view host, std::string_view path = "") {
  const auto bucket = bucket_of(host, path);
  return bucket ? bucket->listing : "";
}

TEST(Bucket, NamesOfAmazon) {
  EXPECT_EQ(listing_of("acme.s3.amazonaws.com"), "https://acme.s3.amazonaws.com/?list-type=2&max-keys=1");
  EXPECT_EQ(id_of("a.b.c.s3.eu-west-1.amazonaws.com"), "s3:a.b.c");
  EXPECT_EQ(id_of("acme.s3-eu-west-1.amazonaws.com"), "s3:acme");
  EXPECT_EQ(id_of("acme.s3.dualstack.eu-west-1.amazonaws.com"), "s3:acme");
  EXPECT_EQ(id_of("acme.s3.cn-north-1.amazonaws.com.cn"), "s3:acme");
  EXPECT_EQ(listing_of("app.acme.com.s3-website-us-east-1.amazonaws.com"),
            "https://s3.us-east-1.amazonaws.com/app.acme.com?list-type=2&max-keys=1");
  EXPECT_EQ(id_of("app.acme.com.s3-website.eu-central-1.amazonaws.com"), "s3:app.acme.com");
  EXPECT_EQ(listing_of("s3.eu-west-1.amazonaws.com", "/acme-files/logo.png"),
            "https://s3.eu-west-1.amazonaws.com/acme-files?list-type=2&max-keys=1");
  EXPECT_EQ(id_of("s3.amazonaws.com", "/acme-files"), "s3:acme-files");
  EXPECT_EQ(id_of("s3-bucket.s3.amazonaws.com"), "s3:s3-bucket");
}

TEST(Bucket, OtherNamesOfAmazonAreNone) {
  for (const auto* host : {"s3.amazonaws.com", "acme.elb.amazonaws.com", "ec2-1-2-3-4.compute-1.amazonaws.com",
                           "s3.amazonaws.com.evil.net", "acme.s3.evil.amazonaws.com", "acme.s3amazonaws.com",
                           "execute-api.eu-west-1.amazonaws.com", "amazonaws.com", ""})
    EXPECT_EQ(id_of(host), "") << host;
  EXPECT_EQ(id_of("s3.amazonaws.com", "/a%2fb/c"), "");
  EXPECT_EQ(id_of("s3.amazonaws.com", "/"), "");
}

TEST(Bucket, NamesOfGoogleAndAzure) {
  EXPECT_EQ(listing_of("acme.storage.googleapis.com"), "https://storage.googleapis.com/acme?max-keys=1");
  EXPECT_EQ(id_of("storage.googleapis.com", "/acme/x.js"), "gcs:acme");
  EXPECT_EQ(id_of("c.storage.googleapis.com"), "");
  EXPECT_EQ(id_of("storage.googleapis.com"), "");
  EXPECT_EQ(listing_of("acme.blob.core.windows.net", "/docs/a.html"),
            "https://acme.blob.core.windows.net/docs?restype=container&comp=list&maxresults=1");
  EXPECT_EQ(id_of("acme.blob.core.windows.net", "/a.html"), "");
  EXPECT_EQ(id_of("acme.blob.core.windows.net"), "");
}

TEST(Bucket, AccountRegionalNamesEndInAccountRegionAndAn) {
  EXPECT_TRUE(is_account_regional("acme-123456789012-eu-west-1-an"));
  EXPECT_TRUE(is_account_regional("a-b-123456789012-us-gov-west-1-an"));
  EXPECT_FALSE(is_account_regional("acme-12345-eu-west-1-an"));
  EXPECT_FALSE(is_account_regional("acme-123456789012-eu-west-1"));
  EXPECT_FALSE(is_account_regional("acme-an"));
  EXPECT_FALSE(is_account_regional(""));
}

Evidence of(std::string_view kind, std::string subject, Json body) {
  return make_evidence(kind, std::move(subject), Time{}, "test", std::move(body));
}

Evidence page(const std::string& origin, const std::string& text) {
  HttpExchange e;
  e.origin = origin;
  e.request.url = origin + "/";
  e.response.emplace();
  e.response->body = text;
  return of(kind::kHttpOrigin, origin, e);
}

TEST(NamedBuckets, AreThoseOfOwnHostsDescriptorAndPages) {
  HostInventory hosts;
  hosts.hosts.push_back({"app.acme.com", std::string(host_class::kOwn), "", "", {}});
  hosts.hosts.push_back({"named.s3.amazonaws.com",
                         std::string(host_class::kThirdParty),
                         "",
                         "",
                         {{std::string(host_source::kDescriptor), "/x"}}});
  hosts.hosts.push_back({"linked.s3.amazonaws.com",
                         std::string(host_class::kThirdParty),
                         "",
                         "",
                         {{std::string(host_source::kLink), "ev-1"}}});
  DnsHost own;
  own.host = "app.acme.com";
  own.chain = {"app.acme.com", "c.storage.googleapis.com"};
  DnsHost foreign;
  foreign.host = "www.other.com";
  foreign.chain = {"www.other.com", "other.s3.amazonaws.com"};
  const std::string text =
      "<img src='//s3.eu-west-1.amazonaws.com/in-page/x.png'> s3.amazonaws.com/ https://a\"b.amazonaws.com/ "
      "<a href=\"https://acme.blob.core.windows.net/docs/a\">";
  const std::vector<Evidence> evidence{of(kind::kHosts, "acme", hosts), of(kind::kDnsHost, own.host, own),
                                       of(kind::kDnsHost, foreign.host, foreign), page("https://app.acme.com", text),
                                       page("https://www.other.com", "https://elsewhere.s3.amazonaws.com/x")};
  std::vector<std::string> found;
  for (const auto& b : named_buckets(EvidenceSet(evidence))) found.push_back(b.bucket.id() + (b.of_app ? " own" : ""));
  EXPECT_THAT(found,
              ElementsAre("azure-blob:acme/docs", "gcs:app.acme.com own", "s3:in-page", "s3:linked", "s3:named own"));
}

TEST(NamedBuckets, AreFewAndTheAppsOwnComeFirst) {
  HostInventory hosts;
  hosts.hosts.push_back({"app.acme.com", std::string(host_class::kOwn), "", "", {}});
  hosts.hosts.push_back({"zzz.s3.amazonaws.com",
                         std::string(host_class::kThirdParty),
                         "",
                         "",
                         {{std::string(host_source::kDescriptor), "/x"}}});
  std::string text;
  for (int i = 0; i < 40; ++i) text += "\"https://page-" + std::to_string(i) + ".s3.amazonaws.com/\" ";
  const auto found = named_buckets(EvidenceSet({of(kind::kHosts, "acme", hosts), page("https://app.acme.com", text)}));
  EXPECT_EQ(found.size(), kMaxBuckets);
  EXPECT_EQ(found.back().bucket.id(), "s3:zzz");
}

}  // namespace
}  // namespace assay
