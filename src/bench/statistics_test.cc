#include "bench/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace xtcp2::bench {
namespace {

TEST(Statistics, MedianIsTheMiddle) {
  EXPECT_EQ(Median({}), 0);
  EXPECT_EQ(Median({7}), 7);
  EXPECT_EQ(Median({9, 1, 5}), 5);
  EXPECT_EQ(Median({4, 1, 3, 2}), 2.5);
}

TEST(Statistics, SpreadIsRelativeToTheMedian) {
  EXPECT_EQ(Spread({}), 0);
  EXPECT_EQ(Spread({5}), 0);
  EXPECT_DOUBLE_EQ(Spread({9, 10, 12}), 0.3);
  EXPECT_EQ(Spread({0, 0, 1}), 0);
}

TEST(LatencyHistogram, NothingIsZero) { EXPECT_EQ(LatencyHistogram().Quantile(0.5), 0); }

TEST(LatencyHistogram, TakesEveryValue) {
  LatencyHistogram histogram;
  for (const uint64_t ns : {uint64_t{0}, uint64_t{31}, uint64_t{32}, ~uint64_t{0}}) histogram.Add(ns);
  EXPECT_EQ(histogram.count(), 4u);
  EXPECT_EQ(histogram.Quantile(0), 0);
  EXPECT_EQ(histogram.Quantile(0.5), 31);
  EXPECT_EQ(histogram.Quantile(0.75), 32);
  EXPECT_EQ(histogram.Quantile(1), std::pow(2.0, 64));
}

// Against the exact quantile of the same values: never below it, at most 1/32 above.
TEST(LatencyHistogram, QuantilesAreNearTheExactOnes) {
  std::mt19937_64 random(20261124);
  std::lognormal_distribution<double> draw(10, 2);
  LatencyHistogram histogram;
  std::vector<uint64_t> values(10'001);
  for (uint64_t& value : values) histogram.Add(value = static_cast<uint64_t>(draw(random)));
  std::sort(values.begin(), values.end());
  for (const double quantile : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    const auto rank = static_cast<size_t>(std::ceil(quantile * static_cast<double>(values.size())));
    const auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_GE(histogram.Quantile(quantile), exact) << quantile;
    EXPECT_LE(histogram.Quantile(quantile), exact * 33 / 32) << quantile;
  }
}

}  // namespace
}  // namespace xtcp2::bench
