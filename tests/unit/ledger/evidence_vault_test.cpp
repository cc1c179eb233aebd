// Evidence at rest: what is readable to whom.

#include "ledger/evidence_vault.h"

#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "ledger/database.h"
#include "ledger/envelope.h"
#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class EvidenceTest : public BothEngines {
 protected:
  // One scan with a confidential and a public record, both holding the marker.
  ScanRecord record(Ledger& ledger, const std::string& id) {
    ScanRecord scan = sample_scan(id, day(1), {});
    scan.evidence = {sample_evidence(kind::kHttpPage, "https://app.example/x " + id, marker_),
                     sample_evidence(kind::kTlsHandshake, "https://app.example " + id, "certificate")};
    EXPECT_OK(ledger.record_scan(scan));
    return scan;
  }

  std::string column(const std::string& expression, const std::string& evidence_id) {
    auto database = Database::connect(url());
    EXPECT_TRUE(database);
    std::string value;
    EXPECT_OK((*database)->run([&](soci::session& sql) -> Result<void> {
      sql << "select coalesce(" + expression + ", 'null') from evidence where evidence_id = :id",
          soci::use(evidence_id, "id"), soci::into(value);
      return {};
    }));
    return value;
  }

  void change(const std::string& statement) {
    auto database = Database::connect(url());
    ASSERT_TRUE(database);
    EXPECT_OK((*database)->run([&](soci::session& sql) -> Result<void> {
      sql << statement;
      return {};
    }));
  }

  // True when any file of the engine holds `text`.
  bool on_disk(const std::string& text) {
    if (!sqlite()) change("checkpoint");
    bool found = false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(files())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::stringstream bytes;
      bytes << in.rdbuf();
      found = found || bytes.str().find(text) != std::string::npos;
    }
    return found;
  }

  const std::string marker_ = "session=correct-horse-battery-staple";
};
INSTANTIATE_TEST_SUITE_P(Engines, EvidenceTest, ::testing::Values(kSqlite, kPostgresql), engine_name);

// The start of a zstd frame in base64: what a compressed but unencrypted body begins with.
const std::string kFrame = to_base64(Bytes{0x28, 0xB5, 0x2F, 0xFD}).substr(0, 5);

TEST_P(EvidenceTest, ConfidentialBodiesAreEncryptedAtRest) {
  const auto ledger = open(sample_key("k1", 'a'));
  const auto scan = record(*ledger, "s1");
  EXPECT_EQ(column("storage", scan.evidence[0].id), "sealed");
  EXPECT_THAT(column("encode(body, 'base64')", scan.evidence[0].id), Not(StartsWith(kFrame)));
  EXPECT_EQ(column("key_id", scan.evidence[0].id), "k1");
  EXPECT_EQ(column("storage", scan.evidence[1].id), "plain");
  EXPECT_THAT(column("encode(body, 'base64')", scan.evidence[1].id), StartsWith(kFrame));
  EXPECT_FALSE(on_disk("correct-horse-battery"));
  EXPECT_TRUE(on_disk("com.example.app"));  // the search would find it

  const auto loaded = ledger->load_scan("s1");
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->evidence.at(0).body, scan.evidence[0].body);
  EXPECT_EQ(loaded->notes.size(), scan.notes.size());
}

TEST_P(EvidenceTest, WithoutAKeyConfidentialBodiesAreNotStored) {
  const auto ledger = open();
  const auto scan = record(*ledger, "s1");
  EXPECT_EQ(column("storage", scan.evidence[0].id), "withheld");
  EXPECT_EQ(column("encode(body, 'base64')", scan.evidence[0].id), "null");
  const auto loaded = ledger->load_scan("s1");
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->evidence.at(0).body.is_null());
  EXPECT_EQ(loaded->evidence.at(0).id, scan.evidence[0].id);
  EXPECT_EQ(loaded->evidence.at(0).subject, scan.evidence[0].subject);
  EXPECT_EQ(loaded->evidence.at(0).time, scan.evidence[0].time);
  EXPECT_EQ(loaded->evidence.at(1).body, scan.evidence[1].body);
  EXPECT_EQ(loaded->notes.back().code, "evidence-without-body");
  EXPECT_THAT(loaded->notes.back().detail, HasSubstr("1 evidence record stored without body"));
}

TEST_P(EvidenceTest, OtherKeysReadNothingAndAreTold) {
  record(*open(sample_key("k1", 'a')), "s1");
  for (const auto& other : {std::optional<Ledger::Key>(), std::optional(sample_key("k2", 'b'))}) {
    const auto loaded = open(other)->load_scan("s1");
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(loaded->evidence.at(0).body.is_null());
    EXPECT_THAT(loaded->notes.back().detail, HasSubstr("encrypted with the key \"k1\""));
  }
  const auto same_name = Ledger::open(url(), sample_key("k1", 'x'));
  ASSERT_FALSE(same_name);
  EXPECT_EQ(same_name.error().code, ErrorCode::crypto);
  EXPECT_FALSE(Ledger::open(url(), Ledger::Key{"short", "123"}));
  EXPECT_FALSE(Ledger::open(url(), sample_key("", 'a')));
}

TEST_P(EvidenceTest, RotationRewrapsEverythingAndTheOldKeyIsOfNoUse) {
  std::string sealed_before;
  {
    const auto ledger = open(sample_key("k1", 'a'));
    const auto first = record(*ledger, "s1");
    record(*ledger, "s2");
    sealed_before = column("encode(body, 'base64')", first.evidence[0].id);
    const auto rewrapped = ledger->rewrap_evidence(sample_key("k2", 'b'));
    ASSERT_TRUE(rewrapped) << rewrapped.error().message();
    EXPECT_EQ(*rewrapped, 2U);
    EXPECT_EQ(column("encode(body, 'base64')", first.evidence[0].id),
              sealed_before);  // only the data key was wrapped anew
    EXPECT_EQ(ledger->load_scan("s1")->evidence.at(0).body.at("text"), marker_);
    EXPECT_EQ(column("key_id", record(*ledger, "s3").evidence[0].id), "k2");
    EXPECT_EQ(ledger->rewrap_evidence(sample_key("k2", 'b')).error().code, ErrorCode::conflict);
  }
  EXPECT_TRUE(open(sample_key("k1", 'a'))->load_scan("s1")->evidence.at(0).body.is_null());
  for (const auto* id : {"s1", "s2", "s3"})
    EXPECT_EQ(open(sample_key("k2", 'b'))->load_scan(id)->evidence.at(0).body.at("text"), marker_);
}

TEST_P(EvidenceTest, RotationRefusesToLeaveEvidenceOfAThirdKeyBehind) {
  record(*open(sample_key("k1", 'a')), "s1");
  const auto ledger = open(sample_key("k2", 'b'));
  record(*ledger, "s2");
  const auto refused = ledger->rewrap_evidence(sample_key("k3", 'c'));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("\"k1\""));
  EXPECT_EQ(ledger->load_scan("s2")->evidence.at(0).body.at("text"), marker_);
  EXPECT_FALSE(open()->rewrap_evidence(sample_key("k3", 'c')));
}

TEST_P(EvidenceTest, MoreThanOneBatchIsRewrapped) {
  const auto ledger = open(sample_key("k1", 'a'));
  ScanRecord scan = sample_scan("s1", day(1), {});
  for (int i = 0; i < 1100; ++i)
    scan.evidence.push_back(sample_evidence(kind::kHttpOrigin, std::to_string(i), marker_));
  ASSERT_TRUE(ledger->record_scan(scan));
  EXPECT_EQ(ledger->rewrap_evidence(sample_key("k2", 'b')), 1100U);
  const auto loaded = ledger->load_scan("s1");
  ASSERT_TRUE(loaded);
  for (std::size_t i = 0; i < scan.evidence.size(); ++i) ASSERT_EQ(loaded->evidence[i].id, scan.evidence[i].id);
}

TEST_P(EvidenceTest, AlteredRecordsAreRefused) {
  const auto ledger = open(sample_key("k1", 'a'));
  const auto a = record(*ledger, "s1"), b = record(*ledger, "s2");
  // First another record's body in its place, then its data key too.
  for (const std::string columns : {"body", "wrapped_key"}) {
    const std::string set =
        columns + " = (select o." + columns + " from evidence o where o.evidence_id = '" + b.evidence[0].id + "')";
    change("update evidence set " + set + " where evidence_id = '" + a.evidence[0].id + "'");
    const auto refused = ledger->load_scan("s1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::crypto);
  }
  change("update evidence set body = (select o.body from evidence o where o.evidence_id = '" + a.evidence[1].id +
         "') where evidence_id = '" + b.evidence[1].id + "'");
  EXPECT_EQ(ledger->load_scan("s2").error().code, ErrorCode::conflict);

  ScanRecord forged = sample_scan("s3", day(1), {});
  forged.evidence = {sample_evidence(kind::kSurface, "app", "x")};
  forged.evidence[0].body["text"] = "y";
  EXPECT_EQ(ledger->record_scan(forged).error().code, ErrorCode::invalid_input);
}

TEST_P(EvidenceTest, LargeScansTravelInSeveralBatches) {
  const auto ledger = open(sample_key("k1", 'a'));
  ScanRecord scan = sample_scan("large", day(1), {});
  for (int i = 0; i < 12; ++i)
    scan.evidence.push_back(sample_evidence(kind::kHttpPage, std::to_string(i), to_base64(random_bytes(100'000))));
  ASSERT_TRUE(ledger->record_scan(scan));
  const auto loaded = ledger->load_scan("large");
  ASSERT_TRUE(loaded) << loaded.error().message();
  ASSERT_EQ(loaded->evidence.size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(loaded->evidence[i].body, scan.evidence[i].body);
}

TEST(Envelope, OpensOnlyWithTheSameKeyAndContext) {
  const Bytes key(kKeyBytes, 7), other(kKeyBytes, 8), text = {1, 2, 3};
  for (const Bytes& plain : {Bytes{}, text}) {
    auto sealed = seal(key, plain, "context");
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->size(), plain.size() + 28);
    EXPECT_EQ(unseal(key, *sealed, "context"), plain);
    EXPECT_EQ(unseal(other, *sealed, "context").error().code, ErrorCode::crypto);
    EXPECT_FALSE(unseal(key, *sealed, "other"));
    EXPECT_NE(seal(key, plain, "context"), *sealed);  // a nonce of its own each time
    for (auto& byte : *sealed) {
      byte ^= 1;
      EXPECT_FALSE(unseal(key, *sealed, "context"));
      byte ^= 1;
    }
  }
  EXPECT_FALSE(unseal(key, Bytes(27, 0), "context"));
  EXPECT_FALSE(seal(Bytes(16, 0), text, ""));
}

// Test case 16 of the GCM specification (McGrew and Viega, revised, appendix B), whose associated data is binary.
TEST(Envelope, AgreesWithTheSpecification) {
  const auto key = from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const auto plain = from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba63"
      "7b39");
  const auto aad = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto sealed = from_hex(
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
      "bcc9"
      "f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
  ASSERT_TRUE(key && plain && aad && sealed);
  EXPECT_EQ(unseal(*key, *sealed, as_text(*aad)), *plain);
}

TEST(Evidence, EveryHttpKindIsConfidential) {
  for (const auto kind : {kind::kHttpDescriptor, kind::kHttpOrigin, kind::kHttpPage, kind::kHttpAuthn, kind::kHttpAuthz,
                          kind::kHttpLifecycle})
    EXPECT_TRUE(is_confidential(kind)) << kind;
  for (const auto kind : {kind::kSurface, kind::kResolution, kind::kTlsEnumeration, kind::kTlsHandshake})
    EXPECT_FALSE(is_confidential(kind)) << kind;
}

}  // namespace
}  // namespace assay::ledger
