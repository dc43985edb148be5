// UTF-8 as Unicode defines it (no surrogates, nothing overlong, at most U+10FFFF), and its repair: each maximal piece
// of an ill-formed sequence becomes one U+FFFD, as the Unicode standard recommends (section 3.9, table 3-8), so that a
// byte that is not text never costs a row. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

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

bool IsAscii(std::string_view text);
bool IsUtf8(std::string_view text);

// The size of `text` once repaired: equal to text.size() where it is valid.
size_t RepairedSize(std::string_view text);
inline constexpr size_t kMaxRepaired = 3;  // times the size of the text

// Copies `text`, repaired; at most kMaxRepaired * size bytes.
uint8_t* PutRepaired(uint8_t* at, std::string_view text);

// Copies `bytes` as they are.
inline uint8_t* PutRaw(uint8_t* at, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

}  // namespace xtcp2::wire
