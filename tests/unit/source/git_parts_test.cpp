// The pieces of pack reading on bytes made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "source/git/delta.h"
#include "source/git/object_id.h"
#include "source/git/pack.h"
#include "source/git/seams.h"

namespace assay::source::git {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string number(std::uint64_t n) {
  std::string text;
  for (; n > 0x7F; n >>= 7) text += static_cast<char>(0x80 | (n & 0x7F));
  return text + static_cast<char>(n);
}

std::string copy(unsigned from, unsigned size) {
  return {static_cast<char>(0x80 | 0x01 | 0x02 | 0x10 | 0x20), static_cast<char>(from & 0xFF),
          static_cast<char>(from >> 8), static_cast<char>(size & 0xFF), static_cast<char>(size >> 8)};
}

std::string insert(std::string_view text) {
  return static_cast<char>(text.size()) + std::string(text);
}

struct Applied {
  bool right = false;
  std::string text;
  DeltaTrace trace;
};

Applied applied(std::string_view base, std::size_t size, const std::string& orders) {
  const std::string delta = number(base.size()) + number(size) + orders;
  Applied result;
  result.text.resize(size);
  const std::span<std::uint8_t> out(reinterpret_cast<std::uint8_t*>(result.text.data()), size);
  result.right = apply_delta(as_bytes(base), as_bytes(delta), out, result.trace);
  std::string untraced(size, '\0');
  const std::span<std::uint8_t> other(reinterpret_cast<std::uint8_t*>(untraced.data()), size);
  EXPECT_EQ(apply_delta(as_bytes(base), as_bytes(delta), other), result.right);
  if (result.right) {
    EXPECT_EQ(untraced, result.text);
  }
  return result;
}

TEST(GitDelta, copies_and_inserts_are_traced) {
  const auto same = applied("0123456789", 10, copy(0, 10));
  EXPECT_TRUE(same.right);
  EXPECT_EQ(same.text, "0123456789");
  EXPECT_THAT(same.trace.fresh, IsEmpty());
  const auto middle = applied("0123456789", 12, copy(0, 5) + insert("ab") + copy(5, 5));
  EXPECT_EQ(middle.text, "01234ab56789");
  EXPECT_THAT(middle.trace.fresh, ElementsAre(Span{5, 7}));
  const auto removed = applied("0123456789", 8, copy(0, 5) + copy(7, 3));
  EXPECT_EQ(removed.text, "01234789");
  EXPECT_THAT(removed.trace.fresh, ElementsAre(Span{5, 5}));
  // A long copy in two pieces has no seam.
  EXPECT_THAT(applied("0123456789", 10, copy(0, 5) + copy(5, 5)).trace.fresh, IsEmpty());
  // What the base had before and after is gone.
  EXPECT_THAT(applied("0123456789", 4, copy(3, 4)).trace.fresh, ElementsAre(Span{0, 0}, Span{4, 4}));
  EXPECT_THAT(applied("0123456789", 4, insert("ab") + insert("cd")).trace.fresh, ElementsAre(Span{0, 4}));
  EXPECT_THAT(applied("0123456789", 0, "").trace.fresh, ElementsAre(Span{0, 0}));
}

TEST(GitDelta, broken_ones_are_refused) {
  EXPECT_FALSE(applied("0123456789", 5, copy(6, 5)).right) << "copies from behind the base's end";
  EXPECT_FALSE(applied("0123456789", 4, copy(0, 5)).right) << "more than the result holds";
  EXPECT_FALSE(applied("0123456789", 6, copy(0, 5)).right) << "less than it";
  EXPECT_FALSE(applied("0123456789", 5, std::string(1, '\0')).right) << "the reserved instruction";
  EXPECT_FALSE(applied("0123456789", 5,
                       "\x05"
                       "ab")
                   .right)
      << "an insert that is cut off";
  EXPECT_FALSE(applied("0123456789", 5, "\x91").right) << "a copy that is cut off";
  EXPECT_FALSE(read_delta_head(as_bytes("\x80\x80")));
  EXPECT_FALSE(read_delta_head(as_bytes("\x05")));
  EXPECT_FALSE(read_delta_head(as_bytes(std::string(11, '\xFF'))));
}

TEST(GitEntry, heads) {
  const auto blob = read_entry_head(as_bytes(std::string("\xB5\x0A", 2)));
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->type, ObjectType::blob);
  EXPECT_EQ(blob->size, 0xA5U);
  EXPECT_EQ(blob->length, 2U);
  // Two bytes of distance: ((0x00 + 1) << 7) | 0x05.
  const auto delta = read_entry_head(as_bytes(std::string("\x63\x80\x05", 3)));
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->type, ObjectType::offset_delta);
  EXPECT_EQ(delta->distance, 133U);
  EXPECT_FALSE(read_entry_head({}));
  EXPECT_FALSE(read_entry_head(as_bytes("\xB5")));
  EXPECT_FALSE(read_entry_head(as_bytes("\x53"))) << "type 5 is reserved";
  EXPECT_FALSE(read_entry_head(as_bytes("\x73 no id")));
  EXPECT_FALSE(read_entry_head(as_bytes(std::string(30, '\xFF')))) << "a size without end";
}

TEST(GitIndex, refuses_what_contradicts_itself) {
  EXPECT_EQ(PackIndex::parse(as_bytes("\xFFtOc"), "x").error().code, ErrorCode::invalid_input);
  std::string bytes("\xFFtOc\0\0\0\2", 8);
  bytes += std::string(1024, '\0') + std::string(40, '\0');
  EXPECT_EQ(PackIndex::parse(as_bytes(bytes), "x")->count(), 0U);
  std::string version = bytes;
  version[7] = 1;
  EXPECT_EQ(PackIndex::parse(as_bytes(version), "x").error().code, ErrorCode::unsupported);
  std::string many = bytes;
  many[8 + 4 * 255] = 1;
  EXPECT_EQ(PackIndex::parse(as_bytes(many), "x").error().code, ErrorCode::invalid_input);
  std::string falling = bytes;
  falling[8 + 3] = 1;
  EXPECT_EQ(PackIndex::parse(as_bytes(falling), "x").error().code, ErrorCode::invalid_input);
}

TEST(GitSeams, spans_reach_to_the_ends_of_lines) {
  const std::string text = "first line\nsecond line\nthird line\n";
  DeltaTrace trace;
  trace.fresh = {{14, 15}};
  EXPECT_THAT(spans_to_search(text, trace, {}, 1), ElementsAre(Span{11, 23}));
  trace.fresh = {{2, 2}, {30, 30}};
  EXPECT_THAT(spans_to_search(text, trace, {}, 1), ElementsAre(Span{0, 34})) << "near ones are one";
  EXPECT_THAT(spans_to_search(text, {}, {}, 1), IsEmpty());
}

TEST(GitSeams, marks_move_with_the_bytes_that_were_copied) {
  const std::vector<Mark> marks = {{10, 20, {1}, true}, {30, 50, {2}, true}};
  DeltaTrace trace;
  trace.copies = {{0, 100, 40}, {0, 200, 60}};
  const auto copied = copied_marks(trace, marks, 10);
  ASSERT_EQ(copied.size(), 3U);
  EXPECT_EQ(copied[0].begin, 110U);
  EXPECT_FALSE(copied[0].own);
  EXPECT_EQ(copied[2].begin, 230U);
  EXPECT_EQ(copied[2].end, 250U);
  EXPECT_EQ(copied_marks(trace, marks, 1).size(), 1U);
  // The second mark is torn by the first copy: what is left of it is searched.
  const std::string text(1000, 'x');
  EXPECT_THAT(spans_to_search(text, trace, marks, 5), ElementsAre(Span{0, 145})) << "to the near begin of the text";
}

}  // namespace
}  // namespace assay::source::git
