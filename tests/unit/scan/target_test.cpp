#include "scan/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace assay::scan {
namespace {

using testing::HasSubstr;

class Temporary {
 public:
  explicit Temporary(const std::string& name, const std::string& text)
      : path_(std::filesystem::path(testing::TempDir()) / name) {
    std::ofstream(path_) << text;
  }
  ~Temporary() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(Target, TakesUrlsAndFiles) {
  const auto url = parse_target("https://app.example.com/atlassian-connect.json", "");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->form, TargetForm::url);
  const Temporary file("descriptor.json", "{}");
  const auto from_file = parse_target(file.path(), "");
  ASSERT_TRUE(from_file);
  EXPECT_EQ(from_file->form, TargetForm::file);
  EXPECT_EQ(from_file->kind, "connect");
}

TEST(Target, ADirectoryOrAnArchiveIsSource) {
  const auto directory = parse_target(testing::TempDir(), "");
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->form, TargetForm::directory);
  EXPECT_EQ(directory->kind, "source");
  EXPECT_TRUE(is_source(directory->form));
  EXPECT_EQ(target_host(*directory), "");
  const Temporary archive("app.vsix", "PK\x03\x04 and more");
  const auto packed = parse_target(archive.path(), "");
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->form, TargetForm::archive) << "by its content, whatever its name is";
  const Temporary named("app.zip", "{}");
  EXPECT_EQ(parse_target(named.path(), "")->form, TargetForm::file);
  EXPECT_EQ(parse_target(named.path(), "source")->form, TargetForm::archive);
}

TEST(Target, SaysWhatItCannotScan) {
  struct Case {
    std::string text, kind, reason;
    ErrorCode code;
  };
  const std::vector<Case> cases = {
      {testing::TempDir(), "connect", "is a directory", ErrorCode::invalid_input},
      {"https://example.com/", "source", "is a URL", ErrorCode::invalid_input},
      {"git@example.com:a/b.git", "", "git", ErrorCode::unsupported},
      {"https://example.com/", "forge", "cannot scan such apps yet", ErrorCode::unsupported},
      {"https://example.com/", "banana", "no kind of app", ErrorCode::invalid_input},
      {"ftp://example.com/", "", "scheme", ErrorCode::invalid_input},
      {"file:///etc/passwd", "", "scheme", ErrorCode::invalid_input},
      {"https://user:pw@example.com/", "", "user name or password", ErrorCode::invalid_input},
      {"no-such-file.json", "", "neither a URL nor an existing file", ErrorCode::invalid_input},
      {"", "", "empty", ErrorCode::invalid_input},
  };
  for (const auto& c : cases) {
    const auto target = parse_target(c.text, c.kind);
    ASSERT_FALSE(target) << c.text;
    EXPECT_THAT(target.error().reason, HasSubstr(c.reason));
    EXPECT_EQ(target.error().code, c.code) << c.text;
    EXPECT_THAT(target.error().message(), testing::Not(HasSubstr("pw@")));
  }
}

TEST(Target, APipeWithoutAWriterIsRefusedAndNotWaitedFor) {
  const auto pipe = std::filesystem::path(testing::TempDir()) / "target-pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto target = parse_target(pipe.string(), "");
  std::filesystem::remove(pipe);
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().reason, HasSubstr("is a named pipe"));
  ASSERT_FALSE(parse_target("/dev/null", "source"));
}

TEST(Target, FileNamesTheBadLine) {
  const Temporary list("targets.txt", "# comment\n\nhttps://a.example.com/\nnonsense\n");
  const auto targets = read_targets_file(list.path(), "");
  ASSERT_FALSE(targets);
  EXPECT_THAT(targets.error().message(), HasSubstr(":4"));
}

TEST(Target, SameRegistrableDomainIsOneHost) {
  EXPECT_EQ(target_host(*parse_target("https://a.example.co.uk/x", "")), "example.co.uk");
  EXPECT_EQ(target_host(*parse_target("https://b.example.co.uk:8443/y", "")), "example.co.uk");
  EXPECT_EQ(target_host(*parse_target("https://192.0.2.1/", "")), "192.0.2.1");
  const Temporary file("d.json", R"({"key":"k","baseUrl":"https://app.example.org/base"})");
  EXPECT_EQ(target_host(*parse_target(file.path(), "")), "example.org");
}

}  // namespace
}  // namespace assay::scan
