#include "wire/ip.h"

#include "base/bytes.h"
#include "wire/decimal.h"

namespace xtcp2::wire {
namespace {

constexpr int kGroups = 8;

uint8_t* PutGroup(uint8_t* at, uint16_t group) {
  constexpr char kHex[] = "0123456789abcdef";
  if (group >= 0x1000) *at++ = static_cast<uint8_t>(kHex[group >> 12]);
  if (group >= 0x100) *at++ = static_cast<uint8_t>(kHex[group >> 8 & 15]);
  if (group >= 0x10) *at++ = static_cast<uint8_t>(kHex[group >> 4 & 15]);
  *at++ = static_cast<uint8_t>(kHex[group & 15]);
  return at;
}

struct Run {
  int begin = kGroups, size = 1;  // a single zero group is not shortened
};

Run LongestZeroRun(const uint16_t* groups) {
  Run longest;
  for (int i = 0; i < kGroups;) {
    int end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i > longest.size) longest = {i, end - i};
    i = end + 1;
  }
  return longest;
}

}  // namespace

uint8_t* PutIpv4(uint8_t* at, const uint8_t* address) {
  for (int i = 0; i < 4; ++i) {
    at = PutOctet(at, address[i]);
    *at++ = '.';
  }
  return at - 1;
}

uint8_t* PutIpv6(uint8_t* at, const uint8_t* address) {
  const bool mapped = Load<uint64_t>(address) == 0 && LoadBig<uint32_t>(address + 8) == 0xffff;
  if (mapped) return PutIpv4(at, address + 12);
  uint16_t groups[kGroups];
  for (int i = 0; i < kGroups; ++i) groups[i] = LoadBig<uint16_t>(address + 2 * i);
  const Run zeros = LongestZeroRun(groups);
  for (int i = 0; i < kGroups;) {
    if (i == zeros.begin) {
      *at++ = ':';
      *at++ = ':';
      i += zeros.size;
      continue;
    }
    if (i > 0 && i != zeros.begin + zeros.size) *at++ = ':';
    at = PutGroup(at, groups[i++]);
  }
  return at;
}

}  // namespace xtcp2::wire
