#include "wire/timestamp.h"

#include <ctime>
#include <limits>
#include <random>

#include "wire/put_for_test.h"

namespace xtcp2::wire {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::string Text(int64_t ns) {
  return Written(kMaxTimestamp, [&](uint8_t* at) { return PutTimestamp(at, ns); });
}

// Whole seconds by the C library.
std::string Truth(int64_t seconds) {
  const time_t time = seconds;
  tm parts;
  gmtime_r(&time, &parts);
  char text[64];
  return {text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

TEST(Timestamp, TheFractionHasAsManyDigitsAsNeeded) {
  EXPECT_EQ(Text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(Text(1), "1970-01-01T00:00:00.000000001Z");
  EXPECT_EQ(Text(500'000'000), "1970-01-01T00:00:00.5Z");
  EXPECT_EQ(Text(123'456'000), "1970-01-01T00:00:00.123456Z");
  EXPECT_EQ(Text(999'999'999), "1970-01-01T00:00:00.999999999Z");
  EXPECT_EQ(Text(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(Text(1'000'000'000 * kSecond + 10), "2001-09-09T01:46:40.00000001Z");
}

TEST(Timestamp, EveryDayOfSixCenturiesAsTheCLibrary) {
  const int64_t first = std::numeric_limits<int64_t>::min() / kSecond,
                last = std::numeric_limits<int64_t>::max() / kSecond;
  for (int64_t second = first; second < last; second += 86'399) ASSERT_EQ(Text(second * kSecond), Truth(second));
  for (int64_t second : {int64_t{951'782'399}, int64_t{951'782'400}, int64_t{951'868'800}, int64_t{4'107'542'400}})
    EXPECT_EQ(Text(second * kSecond), Truth(second));  // leap day of 2000, none in 2100
}

TEST(Timestamp, TheEndsOfTheRange) {
  EXPECT_EQ(Text(std::numeric_limits<int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(Text(std::numeric_limits<int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
}

}  // namespace
}  // namespace xtcp2::wire
