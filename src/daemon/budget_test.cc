#include "daemon/budget.h"

#include <gtest/gtest.h>

#include <random>

#include "base/clock.h"

namespace xtcp2::daemon {
namespace {

constexpr int64_t kTenSeconds = 10 * kNsPerSecond;

TEST(Budget, WithoutLimitsTheRateIsTheOneAskedFor) {
  Budget none({}, kTenSeconds);
  EXPECT_FALSE(none.limited());
  EXPECT_EQ(none.Rate(1'000'000'000), 1u);
  Budget sampled({0, 0, 10}, kTenSeconds);
  EXPECT_EQ(sampled.Rate(5), 10u);
}

TEST(Budget, WhatFitsIsNotSampled) {
  Budget rows({1000, 0, 1}, kTenSeconds);
  EXPECT_EQ(rows.Rate(10'000), 1u);
  EXPECT_GT(rows.Rate(10'001), 1u);
}

// Sockets drawn at the rate that was chosen stay within the budget, and use a good part of it.
TEST(Budget, RowsKeepToTheBudget) {
  std::mt19937_64 random(4);
  for (const uint64_t sockets : {20'000u, 123'456u, 1'000'000u}) {
    Budget budget({1000, 0, 1}, kTenSeconds);
    const uint32_t rate = budget.Rate(sockets);
    for (int poll = 0; poll < 20; ++poll) {
      uint64_t kept = 0;
      for (uint64_t i = 0; i < sockets; ++i) kept += random() % rate == 0;
      EXPECT_LE(kept, 10'000u) << sockets;
      EXPECT_GT(kept, 10'000u / 2 * 8 / 10) << sockets;
    }
  }
}

TEST(Budget, LearnsWhatTheFilterLeavesAndHowLongRowsAre) {
  Budget rows({1000, 0, 1}, kTenSeconds);
  EXPECT_GT(rows.Rate(1'000'000), 64u);
  rows.Learn(1'000'000, 5'000, 40, 400);
  EXPECT_EQ(rows.Rate(1'000'000), 1u);
  Budget bytes({0, 100'000, 1}, kTenSeconds);
  bytes.Learn(10'000, 10'000, 1'000, 100'000);
  EXPECT_EQ(bytes.Rate(10'000), 1u);  // 100 bytes each: a million bytes
  bytes.Learn(10'000, 10'000, 1'000, 1'000'000);
  EXPECT_GE(bytes.Rate(10'000), 10u);
}

TEST(Budget, RatesAreNestedAndSteady) {
  Budget budget({1000, 0, 3}, kTenSeconds);
  const uint32_t high = budget.Rate(200'000);
  EXPECT_EQ(high % 3, 0u);
  EXPECT_EQ((high / 3) & (high / 3 - 1), 0u) << "a power of two times the rate asked for";
  std::mt19937_64 random(5);
  for (int poll = 0; poll < 50; ++poll) EXPECT_EQ(budget.Rate(190'000 + random() % 10'000), high);
  EXPECT_LT(budget.Rate(50'000), high);
}

TEST(Budget, TooLittleForOneRowStillEnds) {
  Budget budget({0, 1, 1}, kNsPerMs);
  EXPECT_GE(budget.Rate(~uint64_t{0} / 2), 1u << 29);
}

}  // namespace
}  // namespace xtcp2::daemon
