#include "wire/csv.h"

#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

// Unicode's White_Space.
bool IsSpace(uint32_t c) {
  switch (c) {
    case ' ':
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
      return true;
    default:
      return (c >= '\t' && c <= '\r') || (c >= 0x2000 && c <= 0x200a);
  }
}

}  // namespace

bool NeedsQuotes(std::string_view text, char delimiter) {
  if (text.empty()) return false;
  if (text == "\\.") return true;
  for (const char c : text)
    if (c == delimiter || c == '"' || c == '\r' || c == '\n') return true;
  return IsSpace(DecodeUtf8(text).code_point);
}

uint8_t* PutCsvText(uint8_t* at, std::string_view text, char delimiter) {
  if (!NeedsQuotes(text, delimiter)) return PutRepaired(at, text);
  *at++ = '"';
  while (true) {
    const size_t quote = text.find('"');
    at = PutRepaired(at, text.substr(0, quote));
    if (quote == text.npos) break;
    at = PutRaw(at, "\"\"");
    text.remove_prefix(quote + 1);
  }
  *at++ = '"';
  return at;
}

}  // namespace xtcp2::wire
