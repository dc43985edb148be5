// Decimal digits of integers, the innermost loop of every text format. Knows nothing of separators or signs' meaning.
// Pure functions. Like every Put function of src/wire: writes at `at`, returns the new end, and may scribble behind
// that end but never past the stated maximum, counted from `at`.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace xtcp2::wire {

inline constexpr size_t kMaxDecimal = 20;        // digits of 2^64 - 1
inline constexpr size_t kMaxSignedDecimal = 21;  // and a sign

// The digits of `value`, without leading zeros; at most kMaxDecimal bytes.
uint8_t* PutDecimal(uint8_t* at, uint64_t value);

// The same with a leading '-' where negative; at most kMaxSignedDecimal bytes.
inline uint8_t* PutSignedDecimal(uint8_t* at, int64_t value) {
  if (value >= 0) return PutDecimal(at, static_cast<uint64_t>(value));
  *at = '-';
  return PutDecimal(at + 1, 0 - static_cast<uint64_t>(value));
}

namespace internal {
static_assert(std::endian::native == std::endian::little, "a word's lowest byte must be the first in memory");

inline constexpr uint64_t kAllZeros = 0x3030303030303030;
inline constexpr uint64_t kTenTo8 = 100'000'000;

// The eight digits of value < 10^8 as bytes 0 to 9, the first in the lowest byte: halves, then quarters, then single
// digits are split in all lanes at once. Each quotient is a multiplication that is exact in its range; quotient +
// (remainder << lane) is written as (lanes << lane) - quotient * ((divisor << lane) - 1), which is the same and
// shorter.
inline uint64_t EightDigits(uint32_t value) {
  uint64_t quotient = value / 10'000;
  uint64_t lanes = (uint64_t{value} << 32) - quotient * ((uint64_t{10'000} << 32) - 1);
  quotient = ((lanes * 10'486) >> 20) & 0x0000'007f'0000'007f;
  lanes = (lanes << 16) - quotient * ((100 << 16) - 1);
  quotient = ((lanes * 103) >> 10) & 0x000f'000f'000f'000f;
  return (lanes << 8) - quotient * ((10 << 8) - 1);
}

inline uint8_t* PutAllEight(uint8_t* at, uint64_t value) {
  Store(at, EightDigits(static_cast<uint32_t>(value)) | kAllZeros);
  return at + 8;
}

// Without leading zeros; stores eight bytes.
inline uint8_t* PutUpToEight(uint8_t* at, uint64_t value) {
  const uint64_t digits = EightDigits(static_cast<uint32_t>(value));
  // The bits of the leading zeros; the last digit stays, even when it is 0.
  const unsigned leading = static_cast<unsigned>(std::countr_zero(digits | uint64_t{1} << 56)) & 56u;
  Store(at, (digits | kAllZeros) >> leading);
  return at + 8 - leading / 8;
}

// Up to three digits and, in the last byte, how many they are.
constexpr std::array<std::array<uint8_t, 4>, 256> MakeOctets() {
  std::array<std::array<uint8_t, 4>, 256> octets{};
  for (unsigned value = 0; value < octets.size(); ++value) {
    uint8_t n = 0;
    if (value >= 100) octets[value][n++] = static_cast<uint8_t>('0' + value / 100);
    if (value >= 10) octets[value][n++] = static_cast<uint8_t>('0' + value / 10 % 10);
    octets[value][n++] = static_cast<uint8_t>('0' + value % 10);
    octets[value][3] = n;
  }
  return octets;
}
inline constexpr auto kOctets = MakeOctets();
}  // namespace internal

// PutDecimal for value >= 10^8.
uint8_t* PutLongDecimal(uint8_t* at, uint64_t value);

// PutDecimal for a loop over many numbers: its constants stay in registers, at the price of 150 bytes of code. Where
// numbers are written in many places, PutDecimal is quicker, since the code stays small.
[[gnu::always_inline]] inline uint8_t* PutDecimalInline(uint8_t* at, uint64_t value) {
  if (value < internal::kTenTo8) [[likely]]
    return internal::PutUpToEight(at, value);
  return PutLongDecimal(at, value);
}

// PutDecimal for one byte, by table; writes 4 bytes, of which 1 to 3 count.
inline uint8_t* PutOctet(uint8_t* at, uint8_t value) {
  const auto& octet = internal::kOctets[value];
  std::memcpy(at, octet.data(), octet.size());
  return at + octet[3];
}

}  // namespace xtcp2::wire
