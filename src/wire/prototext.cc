#include "wire/prototext.h"

#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

// Always three digits, so that a digit behind them is not taken for one more.
uint8_t* PutOctal(uint8_t* at, uint8_t byte) {
  at[0] = '\\';
  at[1] = static_cast<uint8_t>('0' + (byte >> 6));
  at[2] = static_cast<uint8_t>('0' + (byte >> 3 & 7));
  at[3] = static_cast<uint8_t>('0' + (byte & 7));
  return at + 4;
}

uint8_t* PutByte(uint8_t* at, uint8_t byte) {
  switch (byte) {
    case '\n':
      return PutRaw(at, "\\n");
    case '\r':
      return PutRaw(at, "\\r");
    case '\t':
      return PutRaw(at, "\\t");
    case '"':
      return PutRaw(at, "\\\"");
    case '\'':
      return PutRaw(at, "\\'");
    case '\\':
      return PutRaw(at, "\\\\");
    default:
      break;
  }
  if (byte < 0x20 || byte >= 0x7f) return PutOctal(at, byte);
  *at = byte;
  return at + 1;
}

}  // namespace

uint8_t* PutProtoTextString(uint8_t* at, std::string_view text) {
  while (!text.empty()) {
    const Utf8Sequence sequence = DecodeUtf8(text);
    if (sequence.code_point < 0x80)
      at = PutByte(at, static_cast<uint8_t>(sequence.code_point));
    else
      at = PutRaw(at, sequence.valid ? text.substr(0, sequence.size) : kReplacement);
    text.remove_prefix(sequence.size);
  }
  return at;
}

uint8_t* PutProtoTextBytes(uint8_t* at, Bytes bytes) {
  for (const uint8_t byte : bytes) at = PutByte(at, byte);
  return at;
}

}  // namespace xtcp2::wire
