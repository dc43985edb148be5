// The pieces of MessagePack that a record needs, integers in fixed widths (as a decoder of the earlier program's rows
// expects them). Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "wire/utf8.h"

namespace xtcp2::wire {

// Stores `value` big-endian.
template <class T>
inline uint8_t* PutBig(uint8_t* at, T value) {
  if constexpr (sizeof(T) == 2) value = static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(T) == 4) value = static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 8) value = static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  Store(at, value);
  return at + sizeof(T);
}

enum MsgpackCode : uint8_t {
  kFixMap = 0x80,
  kFixString = 0xa0,
  kNil = 0xc0,
  kBin8 = 0xc4,
  kBin16 = 0xc5,
  kBin32 = 0xc6,
  kUint32 = 0xce,
  kUint64 = 0xcf,
  kInt32 = 0xd2,
  kInt64 = 0xd3,
  kString8 = 0xd9,
  kString16 = 0xda,
  kString32 = 0xdb,
  kMap16 = 0xde,
};

inline constexpr size_t kMaxMsgpackHead = 5;  // of a string, bytes or map

inline uint8_t* PutMsgpackUint32(uint8_t* at, uint32_t value) { return *at = kUint32, PutBig(at + 1, value); }
inline uint8_t* PutMsgpackUint64(uint8_t* at, uint64_t value) { return *at = kUint64, PutBig(at + 1, value); }
inline uint8_t* PutMsgpackInt32(uint8_t* at, int32_t value) { return *at = kInt32, PutBig(at + 1, value); }
inline uint8_t* PutMsgpackInt64(uint8_t* at, int64_t value) { return *at = kInt64, PutBig(at + 1, value); }

// Head of a map of `count` pairs, at most 65535.
inline uint8_t* PutMsgpackMap(uint8_t* at, size_t count) {
  if (count < 16) return *at = static_cast<uint8_t>(kFixMap | count), at + 1;
  return *at = kMap16, PutBig(at + 1, static_cast<uint16_t>(count));
}

namespace internal {
inline uint8_t* PutMsgpackSize(uint8_t* at, size_t size,
                               uint8_t code8) {  // the codes for 16 and 32 bits follow that for 8
  if (size < 0x100) return *at = code8, at[1] = static_cast<uint8_t>(size), at + 2;
  if (size < 0x10000) return *at = static_cast<uint8_t>(code8 + 1), PutBig(at + 1, static_cast<uint16_t>(size));
  return *at = static_cast<uint8_t>(code8 + 2), PutBig(at + 1, static_cast<uint32_t>(size));
}
}  // namespace internal

// A string, repaired where it is not UTF-8; at most kMaxMsgpackHead + kMaxRepaired * size bytes.
inline uint8_t* PutMsgpackString(uint8_t* at, std::string_view text) {
  const size_t size = RepairedSize(text);
  if (size < 32)
    *at = static_cast<uint8_t>(kFixString | size), ++at;
  else
    at = internal::PutMsgpackSize(at, size, kString8);
  return PutRepaired(at, text);
}

// Bytes; none are nil. At most kMaxMsgpackHead + size bytes.
inline uint8_t* PutMsgpackBytes(uint8_t* at, std::string_view bytes) {
  if (bytes.empty()) return *at = kNil, at + 1;
  return PutRaw(internal::PutMsgpackSize(at, bytes.size(), kBin8), bytes);
}

}  // namespace xtcp2::wire
