#include "source/tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "source/file_stream.h"
#include "unit/source/tree_fixture.h"

namespace assay::source {
namespace {

class Reader final : public FileTaker {
 public:
  void file(ByteStream& bytes, const std::string& path) override {
    std::string text(100, '\0');
    const auto n = bytes.read(text);
    ASSERT_TRUE(n);
    files[path] = text.substr(0, *n);
    if (on_file) on_file();
  }
  void missed(const std::string& path, Obstacle obstacle) override { gaps[path] = obstacle.reason; }

  std::map<std::string, std::string> files, gaps;
  std::function<void()> on_file;
};

struct Walked {
  std::map<std::string, std::string> files, gaps;
};

class Tree : public TreeTest {
 protected:
  Walked walk(unsigned threads = 2, const TreeLimits& limits = {}) {
    std::vector<std::unique_ptr<FileTaker>> takers;
    for (unsigned i = 0; i < threads; ++i) takers.push_back(std::make_unique<Reader>());
    const auto walked = walk_tree(root.string(), limits, takers, progress, {});
    EXPECT_TRUE(walked) << walked.error().message();
    Walked out;
    for (auto& taker : takers) {
      auto& reader = static_cast<Reader&>(*taker);
      EXPECT_TRUE(std::ranges::none_of(reader.files, [&](const auto& f) { return out.files.contains(f.first); }));
      out.files.merge(reader.files);
      out.gaps.merge(reader.gaps);
    }
    return out;
  }

  TreeProgress progress;
};

TEST_F(Tree, GivesEveryFileOnceAtAnyNumberOfThreads) {
  std::set<std::string> expected;
  for (int d = 0; d < 12; ++d)
    for (int f = 0; f < 70; ++f) {
      const auto path = "d" + std::to_string(d) + "/in/f" + std::to_string(f);
      write(path, path);
      expected.insert(path);
    }
  write("top.txt", "top.txt");
  write(".hidden/x", ".hidden/x");
  write("leer", "");
  for (const unsigned threads : {1U, 2U, 5U}) {
    SCOPED_TRACE(threads);
    progress.files_found = progress.files_done = 0;
    const auto walked = walk(threads);
    EXPECT_EQ(walked.files.size(), expected.size() + 3);
    for (const auto& path : expected) EXPECT_EQ(walked.files.at(path), path);
    EXPECT_TRUE(walked.files.contains(".hidden/x"));
    EXPECT_TRUE(walked.gaps.empty());
    EXPECT_EQ(progress.files_found, walked.files.size());
    EXPECT_EQ(progress.files_done, walked.files.size());
    EXPECT_TRUE(progress.all_found);
  }
}

TEST_F(Tree, LeavesOutGitAndWhatIsNoFile) {
  write(".git/config", "x");
  write("sub/.git/config", "x");
  write("sub/a", "x");
  ASSERT_EQ(::mkfifo((root / "pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("/etc/passwd", root / "link");
  std::filesystem::create_directory_symlink("/etc", root / "folder");
  std::filesystem::create_directory_symlink("..", root / "sub" / "round");
  const auto walked = walk();
  EXPECT_EQ(walked.files.size(), 1U);
  EXPECT_TRUE(walked.files.contains("sub/a"));
  EXPECT_TRUE(walked.gaps.empty()) << walked.gaps.begin()->first;
}

TEST_F(Tree, SaysWhatItCannotRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "nothing is closed to root";
  write("closed/a", "x");
  const auto file = write("b", "x");
  std::filesystem::permissions(root / "closed", std::filesystem::perms::none);
  std::filesystem::permissions(file, std::filesystem::perms::none);
  const auto walked = walk();
  EXPECT_EQ(walked.gaps.at("closed"), "unreadable");
  EXPECT_EQ(walked.gaps.at("b"), "unreadable");
}

TEST_F(Tree, KeepsItsLimits) {
  for (int i = 0; i < 20; ++i) write("f" + std::to_string(i), "x");
  write("1/2/3/4/deep", "x");
  auto walked = walk(2, {.files = 10, .depth = 256});
  EXPECT_EQ(walked.files.size(), 10U);
  EXPECT_EQ(walked.gaps.at("."), "limit");
  progress.files_found = 0;
  walked = walk(2, {.files = 100, .depth = 3});
  EXPECT_EQ(walked.gaps.at("1/2"), "limit");
  EXPECT_FALSE(walked.files.contains("1/2/3/4/deep"));
}

TEST_F(Tree, EndsSoonWhenItIsStopped) {
  for (int i = 0; i < 500; ++i) write("d" + std::to_string(i % 7) + "/f" + std::to_string(i), "x");
  std::stop_source stop;
  std::vector<std::unique_ptr<FileTaker>> takers;
  takers.push_back(std::make_unique<Reader>());
  auto& reader = static_cast<Reader&>(*takers.front());
  reader.on_file = [&] { stop.request_stop(); };
  ASSERT_TRUE(walk_tree(root.string(), {}, takers, progress, stop.get_token()));
  EXPECT_EQ(reader.files.size(), 1U);
}

TEST_F(Tree, NamesARootThatIsNotThere) {
  const std::vector<std::unique_ptr<FileTaker>> none;
  const auto walked = walk_tree((scratch / "missing").string(), {}, none, progress, {});
  ASSERT_FALSE(walked);
  EXPECT_NE(walked.error().message().find("missing"), std::string::npos);
}

class Beneath : public TreeTest {};

TEST_F(Beneath, NoPartOfAPathMayBeALink) {
  write("a/b/file", "x");
  std::filesystem::create_directory_symlink("a", root / "l");
  std::filesystem::create_symlink("a/b/file", root / "f");
  const OwnedFd at(::open(root.c_str(), O_RDONLY | O_DIRECTORY));
  EXPECT_TRUE(open_beneath(at.get(), "a/b/file", false));
  EXPECT_FALSE(open_beneath(at.get(), "l/b/file", false));
  EXPECT_FALSE(open_beneath(at.get(), "l/b", true));
  EXPECT_FALSE(open_beneath(at.get(), "f", false));
  EXPECT_FALSE(open_beneath(at.get(), "a/../../x", false));
}

TEST_F(Beneath, HolesCostNothingAndDataBehindThemIsRead) {
  const auto file = write("sparse", "begin");
  constexpr std::uint64_t kSize = 10ULL << 30U;
  std::filesystem::resize_file(file, kSize);
  {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(5LL << 30);
    out << "middle";
  }
  auto stream = FileStream::open_path(file.string());
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->size(), kSize);
  std::string text(1 << 20, 'x');
  const auto n = stream->read(text);
  ASSERT_TRUE(n);
  text.resize(*n);
  EXPECT_LT(text.size(), 64U << 10U) << "the file system here knows no holes";
  EXPECT_TRUE(text.starts_with("begin"));
  const auto middle = text.find("middle");
  ASSERT_NE(middle, std::string::npos);
  EXPECT_EQ(text[middle - 1], '\0') << "what stands on both sides of a hole is not joined";
}

TEST_F(Beneath, APipeIsNotWaitedFor) {
  ASSERT_EQ(::mkfifo((root / "pipe").c_str(), 0600), 0);
  const OwnedFd at(::open(root.c_str(), O_RDONLY | O_DIRECTORY));
  const auto stream = FileStream::open(at.get(), "pipe");
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().reason, "special-file");
}

}  // namespace
}  // namespace assay::source
