// A number as a protobuf field, tag and varint in one go, the innermost loop of protobufList; two ways for two kinds of
// processor (isa.h). Proto3: zero writes nothing. Stores reach up to 16 bytes behind `at`.
#pragma once

#include <array>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/bytes.h"
#include "encode/isa.h"

namespace xtcp2::encode {

// A tag as it stands in the row: `bytes` from the lowest byte on, `size` of them.
struct Tag {
  uint32_t bytes = 0;
  unsigned size = 0;
};
constexpr Tag MakeTag(unsigned number, unsigned wire_type) {
  Tag tag;
  uint32_t rest = number << 3 | wire_type;
  for (; rest >= 0x80; rest >>= 7)
    tag.bytes |= (rest & 0x7f) << 8 * tag.size | uint32_t{0x80} << 8 * tag.size, ++tag.size;
  tag.bytes |= rest << 8 * tag.size++;
  return tag;
}

// One store of at most four bytes.
template <Tag kTag>
[[gnu::always_inline]] inline uint8_t* PutTag(uint8_t* at) {
  static_assert(kTag.size <= 4);
  if constexpr (kTag.size == 1)
    *at = kTag.bytes;
  else if constexpr (kTag.size == 2)
    Store(at, static_cast<uint16_t>(kTag.bytes));
  else
    Store(at, kTag.bytes);
  return at + kTag.size;
}

// What follows from how many leading zeros a value has, for a tag of kTagSize bytes: the continuation bits of all its
// septets but the last, in the eight bytes from the tag on and in those behind, and how far the field reaches.
template <unsigned kTagSize>
struct LeadingZeros {
  std::array<uint64_t, 65> first{}, second{};
  std::array<uint8_t, 65> advance{};

  constexpr LeadingZeros() {
    for (unsigned zeros = 0; zeros < 64; ++zeros) {  // 64 is the value 0: nothing is written
      const unsigned septets = (64 - zeros + 6) / 7;
      advance[zeros] = static_cast<uint8_t>(kTagSize + septets);
      for (unsigned i = 0; i + 1 < septets; ++i) {
        const unsigned byte = kTagSize + i;
        (byte < 8 ? first : second)[zeros] |= uint64_t{0x80} << 8 * (byte % 8);
      }
    }
  }
};
template <unsigned kTagSize>
inline constexpr LeadingZeros<kTagSize> kLeadingZeros;

// Without a branch, since how long numbers are is what a processor foresees worst. `kBits`: the widest value.
template <Tag kTag, unsigned kBits, class Isa>
[[gnu::always_inline]] inline uint8_t* PutVarintField(uint8_t* at, uint64_t value) {
#if defined(__x86_64__) && defined(__BMI2__) && defined(__LZCNT__)
  if constexpr (Isa::kPdep) {
    constexpr uint64_t kSeptets = 0x7f7f7f7f7f7f7f7f;
    if constexpr (kBits <= 7) {
      Store(at, static_cast<uint32_t>(kTag.bytes | value << 8 * kTag.size));
      return at + (value != 0 ? kTag.size + 1 : 0);
    }
    const uint64_t zeros = _lzcnt_u64(value);
    const auto& table = kLeadingZeros<kTag.size>;
    Store(at, _pdep_u64(value, kSeptets << 8 * kTag.size) | table.first.data()[zeros] | kTag.bytes);
    constexpr unsigned kBitsInFirst = 7 * (8 - kTag.size);
    if constexpr (kBits > kBitsInFirst)
      Store(at + 8, _pdep_u64(value >> kBitsInFirst, kSeptets) | table.second.data()[zeros]);
    return at + table.advance.data()[zeros];
  }
#endif
  if (value == 0) return at;
  at = PutTag<kTag>(at);
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<uint8_t>(value | 0x80);
  *at = static_cast<uint8_t>(value);
  return at + 1;
}

}  // namespace xtcp2::encode
