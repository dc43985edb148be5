// Protobuf's variable-length integers. Pure functions; the record's own encoder has faster ones for what it knows of
// its fields.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace xtcp2::wire {

inline constexpr size_t kMaxVarint = 10;

// How many bytes PutVarint writes, 1 to kMaxVarint.
constexpr size_t VarintSize(uint64_t value) { return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7; }

inline uint8_t* PutVarint(uint8_t* at, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<uint8_t>(value | 0x80);
  *at = static_cast<uint8_t>(value);
  return at + 1;
}

}  // namespace xtcp2::wire
