#include "wire/json.h"

#include <array>

#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

enum Kind : uint8_t { kPlain, kHtml, kEscaped, kBeyondAscii };

constexpr std::array<Kind, 256> MakeKinds() {
  std::array<Kind, 256> kinds{};
  for (size_t c = 0; c < 256; ++c) kinds[c] = c < 0x20 ? kEscaped : c >= 0x80 ? kBeyondAscii : kPlain;
  kinds['"'] = kinds['\\'] = kEscaped;
  kinds['<'] = kinds['>'] = kinds['&'] = kHtml;
  return kinds;
}
constexpr auto kKinds = MakeKinds();

uint8_t* PutCode(uint8_t* at, uint32_t code) {
  constexpr char kHex[] = "0123456789abcdef";
  at = PutRaw(at, "\\u");
  for (int shift = 12; shift >= 0; shift -= 4) *at++ = static_cast<uint8_t>(kHex[code >> shift & 15]);
  return at;
}

uint8_t* PutEscaped(uint8_t* at, char c) {
  switch (c) {
    case '"':
      return PutRaw(at, "\\\"");
    case '\\':
      return PutRaw(at, "\\\\");
    case '\b':
      return PutRaw(at, "\\b");
    case '\f':
      return PutRaw(at, "\\f");
    case '\n':
      return PutRaw(at, "\\n");
    case '\r':
      return PutRaw(at, "\\r");
    case '\t':
      return PutRaw(at, "\\t");
    default:
      return PutCode(at, static_cast<uint8_t>(c));
  }
}

template <bool ForHtml>
uint8_t* Put(uint8_t* at, std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const Kind kind = kKinds[static_cast<uint8_t>(c)];
    if (kind == kPlain || (kind == kHtml && !ForHtml)) [[likely]] {
      *at++ = static_cast<uint8_t>(c);
      ++i;
    } else if (kind != kBeyondAscii) {
      at = kind == kHtml ? PutCode(at, static_cast<uint8_t>(c)) : PutEscaped(at, c);
      ++i;
    } else {
      const Utf8Sequence sequence = DecodeUtf8(text.substr(i));
      if (ForHtml && (sequence.code_point == 0x2028 || sequence.code_point == 0x2029))
        at = PutCode(at, sequence.code_point);
      else
        at = PutRaw(at, sequence.valid ? text.substr(i, sequence.size) : kReplacement);
      i += sequence.size;
    }
  }
  return at;
}

}  // namespace

uint8_t* PutJsonText(uint8_t* at, std::string_view text) { return Put<false>(at, text); }
uint8_t* PutJsonTextForHtml(uint8_t* at, std::string_view text) { return Put<true>(at, text); }

}  // namespace xtcp2::wire
