// UTF-8 as Unicode defines it (no surrogates, nothing overlong, at most U+10FFFF), and its repair: each maximal piece
// of an ill-formed sequence becomes one U+FFFD, as the Unicode standard recommends (section 3.9, table 3-8), so that a
// byte that is not text never costs a row. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace xtcp2::wire {

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

struct Utf8Sequence {
  uint32_t code_point;  // U+FFFD where ill-formed
  uint8_t size;         // bytes of the text that it takes, 1 to 4
  bool valid;
};
// The sequence at the start of `text`, which is not empty. Ill-formed: `size` is that of the piece one U+FFFD stands
// for.
Utf8Sequence DecodeUtf8(std::string_view text);

bool IsUtf8(std::string_view text);

// Inlined, since most texts of a row are names of a few letters.
inline bool IsAscii(std::string_view text) {
  const uint8_t* at = AsBytes(text).data();
  size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8)
    if (Load<uint64_t>(at) & 0x8080808080808080) return false;
  if (left >= 4) return ((Load<uint32_t>(at) | Load<uint32_t>(at + left - 4)) & 0x80808080) == 0;
  uint8_t any = 0;
  while (left > 0) any |= at[--left];
  return any < 0x80;
}

// Copies `bytes` as they are.
inline uint8_t* PutRaw(uint8_t* at, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

inline constexpr size_t kMaxRepaired = 3;  // times the size of the text

namespace internal {
size_t RepairedSizeOfAny(std::string_view text);
uint8_t* PutRepairedAny(uint8_t* at, std::string_view text);
}  // namespace internal

// The size of `text` once repaired: equal to text.size() where it is valid.
inline size_t RepairedSize(std::string_view text) {
  return IsAscii(text) ? text.size() : internal::RepairedSizeOfAny(text);
}

// Copies `text`, repaired; at most kMaxRepaired * size bytes.
inline uint8_t* PutRepaired(uint8_t* at, std::string_view text) {
  return IsAscii(text) ? PutRaw(at, text) : internal::PutRepairedAny(at, text);
}

}  // namespace xtcp2::wire
