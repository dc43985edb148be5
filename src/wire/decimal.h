// Decimal digits of integers, the innermost loop of every text format. Knows nothing of separators or signs' meaning.
// Pure functions. Like every Put function of src/wire: writes at `at`, returns the new end, and may scribble behind
// that end but never past the stated maximum, counted from `at`.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

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

// PutDecimal for one byte, by table; writes 4 bytes, of which 1 to 3 count.
inline uint8_t* PutOctet(uint8_t* at, uint8_t value) {
  const auto& octet = internal::kOctets[value];
  std::memcpy(at, octet.data(), octet.size());
  return at + octet[3];
}

}  // namespace xtcp2::wire
