// assay ledger: backup, verify and rotate-key, as they are called.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "unit/temp_directory.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;

class LedgerCommandTest : public ::testing::Test {
 protected:
  LedgerCommandTest() {
    setenv("ASSAY_EVIDENCE_KEY", std::string(64, 'a').c_str(), 1);
    auto ledger = open_ledger(store());
    EXPECT_TRUE(ledger) << ledger.error().message();
    ScanRecord scan;
    scan.id = "scan-1";
    scan.app.key = "com.example.app";
    scan.evidence = {make_evidence("http.page", "https://app.example/", Time{}, "test", Json{{"text", "x"}})};
    EXPECT_TRUE((*ledger)->record_scan(scan));
  }
  ~LedgerCommandTest() override { unsetenv("ASSAY_EVIDENCE_KEY"); }

  std::string store() const { return (directory_.path() / "ledger.db").string(); }
  std::string file(const std::string& name) const { return (directory_.path() / name).string(); }
  int call(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"assay", "ledger"});
    arguments.insert(arguments.end(), {"--ledger", store()});
    std::vector<const char*> argv;
    for (const auto& a : arguments) argv.push_back(a.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run(static_cast<int>(argv.size()), argv.data());
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  TempDirectory directory_;
  std::string out_, err_;
};

TEST_F(LedgerCommandTest, BacksUpOnce) {
  EXPECT_EQ(call({"backup", file("copy.db")}), kClean) << err_;
  const auto copy = open_ledger(file("copy.db"));
  ASSERT_TRUE(copy);
  EXPECT_TRUE((*copy)->load_scan("scan-1"));
  EXPECT_EQ(call({"backup", file("copy.db")}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("is there already"));
}

TEST_F(LedgerCommandTest, VerifiesEvidence) {
  EXPECT_EQ(call({"verify"}), kClean) << err_;
  EXPECT_THAT(out_, HasSubstr("store     sound"));
  EXPECT_THAT(out_, HasSubstr("1 record as recorded"));
  EXPECT_THAT(out_, HasSubstr("audit     0 entries"));
}

TEST_F(LedgerCommandTest, RotatesTheKey) {
  std::ofstream(file("next.key")) << std::string(64, 'b') << "\n";
  EXPECT_EQ(call({"rotate-key", "--new-key-file", file("next.key")}), kClean) << err_;
  EXPECT_THAT(out_, HasSubstr("re-wrapped the keys of 1 evidence record"));
  EXPECT_EQ(call({"verify"}), kClean);
  EXPECT_THAT(out_, HasSubstr("0 records as recorded, 1 without a body to read"));
  setenv("ASSAY_EVIDENCE_KEY", std::string(64, 'b').c_str(), 1);
  EXPECT_EQ(call({"verify"}), kClean);
  EXPECT_THAT(out_, HasSubstr("1 record as recorded"));
  std::ofstream(file("short.key")) << "abc";
  EXPECT_EQ(call({"rotate-key", "--new-key-file", file("short.key")}), kCouldNotRun);
  EXPECT_THAT(err_, HasSubstr("--new-key-file"));
}

}  // namespace
}  // namespace assay::cli
