#include "wire/decimal.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace xtcp2::wire {
namespace {

constexpr uint8_t kGuard = 0xee;

// What PutDecimal wrote, after a look that it kept within its maximum.
std::string Decimal(uint64_t value) {
  uint8_t out[kMaxDecimal + 1];
  out[kMaxDecimal] = kGuard;
  const uint8_t* end = PutDecimal(out, value);
  EXPECT_EQ(out[kMaxDecimal], kGuard) << value;
  return {reinterpret_cast<char*>(out), static_cast<size_t>(end - out)};
}

TEST(Decimal, EveryNumberOfAtMostFiveDigits) {
  for (uint64_t value = 0; value < 100'000; ++value) ASSERT_EQ(Decimal(value), std::to_string(value));
}

TEST(Decimal, EveryPairOfFourDigitHalves) {
  // Each half takes every value once, beside several of the other half: carries between lanes would show.
  for (uint64_t half = 0; half < 10'000; ++half)
    for (uint64_t other : {0, 1, 9, 99, 5'000, 9'999}) {
      ASSERT_EQ(Decimal(half * 10'000 + other), std::to_string(half * 10'000 + other));
      ASSERT_EQ(Decimal(other * 10'000 + half), std::to_string(other * 10'000 + half));
    }
}

TEST(Decimal, AroundEveryPowerOfTenAndTwo) {
  for (uint64_t power = 1;; power *= 10) {
    for (uint64_t value : {power - 1, power, power + 1}) EXPECT_EQ(Decimal(value), std::to_string(value));
    if (power > std::numeric_limits<uint64_t>::max() / 10) break;
  }
  for (int bit = 0; bit < 64; ++bit)
    for (uint64_t value : {(uint64_t{1} << bit) - 1, uint64_t{1} << bit})
      EXPECT_EQ(Decimal(value), std::to_string(value));
  EXPECT_EQ(Decimal(std::numeric_limits<uint64_t>::max()), "18446744073709551615");
}

TEST(Decimal, RandomNumbersOfEveryLength) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const uint64_t value = random() >> (random() % 64);
    ASSERT_EQ(Decimal(value), std::to_string(value));
  }
}

TEST(Decimal, Signed) {
  for (int64_t value : {int64_t{0}, int64_t{-1}, int64_t{1}, int64_t{-10}, std::numeric_limits<int64_t>::min(),
                        std::numeric_limits<int64_t>::max()}) {
    uint8_t out[kMaxSignedDecimal];
    const uint8_t* end = PutSignedDecimal(out, value);
    EXPECT_EQ(std::string(out, out + (end - out)), std::to_string(value));
  }
}

TEST(Decimal, EveryOctet) {
  for (int value = 0; value < 256; ++value) {
    uint8_t out[4];
    const uint8_t* end = PutOctet(out, static_cast<uint8_t>(value));
    EXPECT_EQ(std::string(out, out + (end - out)), std::to_string(value));
  }
}

}  // namespace
}  // namespace xtcp2::wire
