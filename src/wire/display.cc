#include "wire/display.h"

#include <algorithm>

#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

bool MovesText(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

uint8_t* PutHex(uint8_t* at, uint32_t value, int digits) {
  for (int shift = 4 * digits; shift > 0;) *at++ = static_cast<uint8_t>("0123456789abcdef"[value >> (shift -= 4) & 15]);
  return at;
}

uint8_t* PutEscaped(uint8_t* at, uint32_t c) {
  switch (c) {
    case '\n':
      return PutRaw(at, "\\n");
    case '\r':
      return PutRaw(at, "\\r");
    case '\t':
      return PutRaw(at, "\\t");
    default:
      return c < 0x80 ? PutHex(PutRaw(at, "\\x"), c, 2) : PutHex(PutRaw(at, "\\u"), c, 4);
  }
}

}  // namespace

uint8_t* PutDisplayText(uint8_t* at, std::string_view text) {
  while (!text.empty()) {
    const Utf8Sequence sequence = DecodeUtf8(text);
    if (MovesText(sequence.code_point))
      at = PutEscaped(at, sequence.code_point);
    else if (sequence.code_point == '\\')
      at = PutRaw(at, "\\\\");
    else
      at = PutRaw(at, sequence.valid ? text.substr(0, sequence.size) : kReplacement);
    text.remove_prefix(sequence.size);
  }
  return at;
}

size_t DisplayWidth(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace xtcp2::wire
