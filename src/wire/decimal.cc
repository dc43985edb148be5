#include "wire/decimal.h"

#include <bit>

#include "base/bytes.h"

namespace xtcp2::wire {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the digits' order in a word is that of a little-endian machine");

constexpr uint64_t kZeros = 0x3030303030303030;
constexpr uint64_t kTenTo8 = 100'000'000;

// The eight digits of value < 10^8 as bytes 0 to 9, the first in the lowest byte: halves, then quarters, then single
// digits are split in all lanes at once, each division by a multiplication that is exact in its range.
inline uint64_t EightDigits(uint64_t value) {
  const uint64_t high = value / 10'000;
  uint64_t lanes = high | (value - high * 10'000) << 32;
  uint64_t quotient = ((lanes * 10'486) >> 20) & 0x0000'007f'0000'007f;
  lanes = quotient | (lanes - quotient * 100) << 16;
  quotient = ((lanes * 103) >> 10) & 0x000f'000f'000f'000f;
  return quotient | (lanes - quotient * 10) << 8;
}

inline uint8_t* PutAllEight(uint8_t* at, uint64_t value) {
  Store(at, EightDigits(value) | kZeros);
  return at + 8;
}

// Without leading zeros; stores eight bytes.
inline uint8_t* PutUpToEight(uint8_t* at, uint64_t value) {
  const uint64_t digits = EightDigits(value);
  const int leading = std::countr_zero(digits | uint64_t{1} << 56) / 8;  // the last digit stays, even when it is 0
  Store(at, (digits | kZeros) >> (8 * leading));
  return at + 8 - leading;
}

}  // namespace

uint8_t* PutDecimal(uint8_t* at, uint64_t value) {
  if (value < kTenTo8) [[likely]]
    return PutUpToEight(at, value);
  const uint64_t high = value / kTenTo8;
  if (high < kTenTo8)
    at = PutUpToEight(at, high);
  else
    at = PutAllEight(PutUpToEight(at, high / kTenTo8), high % kTenTo8);
  return PutAllEight(at, value % kTenTo8);
}

}  // namespace xtcp2::wire
