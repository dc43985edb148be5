#include "config/duration.h"

#include <gtest/gtest.h>

#include <random>

namespace xtcp2::config {
namespace {

constexpr int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;

struct Case {
  const char* text;
  int64_t ns;
};

// Values that Go's time.ParseDuration gives for these texts.
constexpr Case kGood[] = {{"0", 0},
                          {"-0", 0},
                          {"+0", 0},
                          {"5s", 5 * kSecond},
                          {"1478s", 1478 * kSecond},
                          {"-5s", -5 * kSecond},
                          {"+5s", 5 * kSecond},
                          {"5.0s", 5 * kSecond},
                          {"5.6s", 5'600'000'000},
                          {"5.s", 5 * kSecond},
                          {".5s", 500'000'000},
                          {"1.004s", 1'004'000'000},
                          {"100.00100s", 100'001'000'000},
                          {"10ns", 10},
                          {"11us", 11'000},
                          {"12\u00b5s", 12'000},
                          {"12\u03bcs", 12'000},
                          {"13ms", 13'000'000},
                          {"15m", 15 * kMinute},
                          {"16h", 16 * kHour},
                          {"3h30m", 3 * kHour + 30 * kMinute},
                          {"10.5s4m", 4 * kMinute + 10'500'000'000},
                          {"-2m3.4s", -(2 * kMinute + 3'400'000'000)},
                          {"1h2m3s4ms5us6ns", kHour + 2 * kMinute + 3 * kSecond + 4'005'006},
                          {"39h9m14.425s", 39 * kHour + 9 * kMinute + 14'425'000'000},
                          {"52763797000ns", 52'763'797'000},
                          {"0.3333333333333333333h", 20 * kMinute},
                          {"9007199254740993ns", 9'007'199'254'740'993},
                          {"9223372036854775807ns", INT64_MAX},
                          {"9223372036854775.807us", INT64_MAX},
                          {"9223372036s854ms775us807ns", INT64_MAX},
                          {"-9223372036854775808ns", INT64_MIN},
                          {"-9223372036854775.808us", INT64_MIN},
                          {"-9223372036s854ms775us808ns", INT64_MIN},
                          {"0.100000000000000000000h", 6 * kMinute},
                          {"0.830103483285477580700h", 49 * kMinute + 48'372'539'827},
                          {"1s1s", 2 * kSecond},
                          {"0s", 0},
                          {"00010s", 10 * kSecond}};

constexpr const char* kBad[] = {"",
                                "3",
                                "-",
                                "s",
                                ".",
                                "-.",
                                ".s",
                                "+.s",
                                "1d",
                                "hello",
                                "1s ",
                                " 1s",
                                "1 s",
                                "1e3s",
                                "--1s",
                                "1S",
                                "0x1s",
                                "1..5s",
                                "1.5.s",
                                "\x85\x85",
                                "9223372036854775810ns",
                                "9223372036854775808ns",
                                "-9223372036854775809ns",
                                "9223372036854776us",
                                "3000000h",
                                "9223372036854775.808us",
                                "9223372036854ms775us808ns",
                                "-9223372036854ms776us",
                                "00",
                                "-00"};

TEST(Duration, ReadsWhatGoReads) {
  for (const Case& c : kGood) {
    std::string problem;
    const auto duration = ParseDuration(c.text, problem);
    ASSERT_TRUE(duration.has_value()) << c.text << " " << problem;
    EXPECT_EQ(duration->count(), c.ns) << c.text;
  }
}

TEST(Duration, RefusesWhatGoRefuses) {
  for (const char* text : kBad) {
    std::string problem;
    EXPECT_FALSE(ParseDuration(text, problem).has_value()) << text;
    EXPECT_FALSE(problem.empty()) << text;
  }
}

TEST(Duration, SaysWhatIsWrong) {
  std::string problem;
  ParseDuration("10", problem);
  EXPECT_EQ(problem, "has no unit");
  ParseDuration("10sec", problem);
  EXPECT_EQ(problem, "has the unknown unit \"sec\"");
  ParseDuration("3000000h", problem);
  EXPECT_EQ(problem, "is too long");
}

TEST(Duration, ReadsBackWhatItWrites) {
  std::minstd_rand random(1);
  std::vector<int64_t> values = {0,       1,     999,       1000,      1001,      kSecond - 1, kSecond,
                                 kMinute, kHour, kHour + 1, INT64_MAX, INT64_MIN, -1};
  for (int i = 0; i < 2000; ++i) values.push_back(static_cast<int64_t>(random()) * random() >> (random() % 60));
  for (const int64_t ns : values) {
    std::string problem;
    const std::string text = DurationText(Duration(ns));
    const auto back = ParseDuration(text, problem);
    ASSERT_TRUE(back.has_value()) << text << " " << problem;
    EXPECT_EQ(back->count(), ns) << text;
  }
  EXPECT_EQ(DurationText(std::chrono::minutes(90)), "1h30m");
  EXPECT_EQ(DurationText(std::chrono::hours(6)), "6h");
  EXPECT_EQ(DurationText(std::chrono::milliseconds(1500)), "1.5s");
  EXPECT_EQ(DurationText(Duration(0)), "0s");
}

TEST(ProtoDuration, ReadsProtojson) {
  const Case good[] = {{"0s", 0},
                       {"1.5s", 1'500'000'000},
                       {"10s", 10 * kSecond},
                       {"-1.000000001s", -1'000'000'001},
                       {"0.000000001s", 1},
                       {"604800s", 604800 * kSecond},
                       {"3.000001s", 3'000'001'000}};
  for (const Case& c : good) {
    const auto duration = ParseProtoDuration(c.text);
    ASSERT_TRUE(duration.has_value()) << c.text;
    EXPECT_EQ(duration->count(), c.ns) << c.text;
  }
  for (const char* bad : {"", "s", "10", "10ms", "1m", "1.s", ".5s", "1.0000000001s", "+1s", "--1s", " 1s", "1s ",
                          "1e3s", "99999999999999s"})
    EXPECT_FALSE(ParseProtoDuration(bad).has_value()) << bad;
}

}  // namespace
}  // namespace xtcp2::config
