#include "wire/base64.h"

#include <array>
#include <bit>
#include <string_view>

namespace xtcp2::wire {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Two letters at once: addresses are in every row, and this halves the loads.
constexpr std::array<std::array<char, 2>, 4096> MakePairs() {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return pairs;
}
constexpr auto kPairs = MakePairs();

inline void PutGroup(uint8_t* at, uint32_t bits) {
  std::memcpy(at, kPairs[bits >> 12].data(), 2);
  std::memcpy(at + 2, kPairs[bits & 4095].data(), 2);
}

inline void PutPair(uint8_t* at, uint64_t bits) { std::memcpy(at, kPairs[bits & 4095].data(), 2); }

// An address: sixteen bytes, without a loop and with as few loads as there can be.
uint8_t* PutSixteen(uint8_t* at, const uint8_t* from) {
  static_assert(std::endian::native == std::endian::little);
  const uint64_t first = __builtin_bswap64(Load<uint64_t>(from));       // 60 bits of it are taken here
  const uint64_t second = __builtin_bswap64(Load<uint64_t>(from + 7));  // from bit 56 on
  for (int i = 0; i < 5; ++i) PutPair(at + 2 * i, first >> (52 - 12 * i));
  for (int i = 0; i < 5; ++i) PutPair(at + 10 + 2 * i, second >> (48 - 12 * i));
  PutPair(at + 20, uint64_t{from[15]} << 4);
  std::memcpy(at + 22, "==", 2);
  return at + 24;
}

}  // namespace

uint8_t* PutBase64(uint8_t* at, Bytes bytes) {
  if (bytes.size() == 16) return PutSixteen(at, bytes.data());
  const uint8_t* from = bytes.data();
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3, at += 4) PutGroup(at, uint32_t{from[0]} << 16 | from[1] << 8 | from[2]);
  if (left == 0) return at;
  PutGroup(at, uint32_t{from[0]} << 16 | (left == 2 ? from[1] << 8 : 0));
  at[3] = '=';
  if (left == 1) at[2] = '=';
  return at + 4;
}

}  // namespace xtcp2::wire
