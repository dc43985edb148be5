#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

// What the first byte says of a sequence: its length and the range of its second byte (Unicode, table 3-7).
struct Lead {
  uint8_t size;  // 0: no sequence starts so
  uint8_t second_from, second_to;
};

constexpr Lead LeadOf(uint8_t first) {
  if (first < 0x80) return {1, 0, 0};
  if (first < 0xc2) return {0, 0, 0};  // continuation bytes, and leads of overlong pairs
  if (first < 0xe0) return {2, 0x80, 0xbf};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};  // not the surrogates
  if (first < 0xf0) return {3, 0x80, 0xbf};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  if (first < 0xf4) return {4, 0x80, 0xbf};
  if (first == 0xf4) return {4, 0x80, 0x8f};  // up to U+10FFFF
  return {0, 0, 0};
}

constexpr Utf8Sequence Broken(size_t size) { return {0xfffd, static_cast<uint8_t>(size), false}; }

}  // namespace

Utf8Sequence DecodeUtf8(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  const Lead lead = LeadOf(bytes[0]);
  if (lead.size == 1) return {bytes[0], 1, true};
  if (lead.size == 0 || bytes.size() < 2 || bytes[1] < lead.second_from || bytes[1] > lead.second_to) return Broken(1);
  uint32_t code_point = (bytes[0] & (0x7fu >> lead.size)) << 6 | (bytes[1] & 0x3fu);
  for (size_t i = 2; i < lead.size; ++i) {
    if (i == bytes.size() || (bytes[i] & 0xc0) != 0x80) return Broken(i);
    code_point = code_point << 6 | (bytes[i] & 0x3fu);
  }
  return {code_point, lead.size, true};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Sequence sequence = DecodeUtf8(text);
    if (!sequence.valid) return false;
    text.remove_prefix(sequence.size);
  }
  return true;
}

size_t internal::RepairedSizeOfAny(std::string_view text) {
  size_t size = 0;
  while (!text.empty()) {
    const Utf8Sequence sequence = DecodeUtf8(text);
    size += sequence.valid ? sequence.size : kReplacement.size();
    text.remove_prefix(sequence.size);
  }
  return size;
}

uint8_t* internal::PutRepairedAny(uint8_t* at, std::string_view text) {
  while (!text.empty()) {
    const Utf8Sequence sequence = DecodeUtf8(text);
    at = PutRaw(at, sequence.valid ? text.substr(0, sequence.size) : kReplacement);
    text.remove_prefix(sequence.size);
  }
  return at;
}

}  // namespace xtcp2::wire
