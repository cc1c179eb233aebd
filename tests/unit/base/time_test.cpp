#include "base/time.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using namespace std::chrono_literals;

std::string round_trip(std::string_view text) {
  const auto t = parse_rfc3339(text);
  return t ? format_rfc3339(*t) : "error";
}

TEST(Time, ReadsAndWritesRfc3339) {
  EXPECT_EQ(round_trip("2026-11-22T09:30:00Z"), "2026-11-22T09:30:00.000Z");
  EXPECT_EQ(round_trip("2026-11-22t09:30:00.5z"), "2026-11-22T09:30:00.500Z");
  EXPECT_EQ(round_trip("2026-11-22 09:30:00.123456789Z"), "2026-11-22T09:30:00.123Z");
  EXPECT_EQ(round_trip("2026-11-22T09:30:00+02:00"), "2026-11-22T07:30:00.000Z");
  EXPECT_EQ(round_trip("2026-11-22T23:30:00-01:30"), "2026-11-23T01:00:00.000Z");
  EXPECT_EQ(round_trip("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(round_trip("2016-12-31T23:59:60Z"), "2016-12-31T23:59:59.000Z");
  EXPECT_EQ(round_trip("1969-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(round_trip("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00.000Z");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const auto* text :
       {"", "2026", "2026-11-22", "2026-11-22T09:30:00", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T09:60:00Z", "2026-11-22T09:30:61Z", "2026-11-22T09:30:00.Z",
        "2026-11-22T09:30:00.1234567890Z", "2026-11-22T09:30:00+2:00", "2026-11-22T09:30:00+24:00",
        "2026-11-22T09:30:00ZZ", "2026/11/22T09:30:00Z", "2026-11-22T09:30:00+02"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Time, NowIsAfterThisWasWritten) {
  EXPECT_GT(now(), parse_rfc3339("2026-11-01T00:00:00Z").value());
}

TEST(Time, DurationsForPeople) {
  EXPECT_EQ(format_duration(0ms), "0 ms");
  EXPECT_EQ(format_duration(35ms), "35 ms");
  EXPECT_EQ(format_duration(2100ms), "2.1 s");
  EXPECT_EQ(format_duration(61s), "1 min 1 s");
  EXPECT_EQ(format_duration(2h + 5min), "2 h 5 min");
  EXPECT_EQ(format_duration(76h), "3 d 4 h");
  EXPECT_EQ(format_duration(-35ms), "-35 ms");
}

}  // namespace
}  // namespace assay
