#include "filter/sampler.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "filter/words.h"

namespace xtcp2::filter {
namespace {

constexpr size_t kAddress = 16, kEnd = kAddress + 2;  // an address and its port
constexpr uint8_t kInet6 = 10;

// An end as 18 bytes: IPv4 as its mapped address, then the port as it comes.
void PutEnd(uint8_t* at, const uint8_t* address, const uint8_t* port, bool inet6) {
  if (inet6) {
    std::memcpy(at, address, kAddress);
  } else {
    Store(at, uint64_t{0});
    Store(at + 8, uint32_t{0xffff'0000});
    std::memcpy(at + 12, address, 4);
  }
  std::memcpy(at + kAddress, port, 2);
}

// Any order will do that is the same on every host: that of the bytes as numbers.
bool Before(const uint8_t* a, const uint8_t* b) {
  for (size_t i = 0; i < kAddress; i += 8) {
    const uint64_t x = __builtin_bswap64(Load<uint64_t>(a + i)), y = __builtin_bswap64(Load<uint64_t>(b + i));
    if (x != y) return x < y;
  }
  return LoadBig<uint16_t>(a + kAddress) < LoadBig<uint16_t>(b + kAddress);
}

}  // namespace

uint64_t ConnectionHash(const schema::Socket& socket, uint64_t salt) noexcept {
  const uint8_t* message = socket[schema::Part::kMsg];
  const uint8_t* id = message + offsetof(abi::InetDiagMsg, id);
  const bool inet6 = message[offsetof(abi::InetDiagMsg, family)] == kInet6;
  const uint8_t *source = id + offsetof(abi::InetDiagSockId, src),
                *source_port = id + offsetof(abi::InetDiagSockId, sport);
  const uint8_t *peer = id + offsetof(abi::InetDiagSockId, dst), *peer_port = id + offsetof(abi::InetDiagSockId, dport);
  uint8_t ends[2 * kEnd];
  PutEnd(ends, source, source_port, inet6);
  PutEnd(ends + kEnd, peer, peer_port, inet6);
  if (Before(ends + kEnd, ends)) {
    PutEnd(ends, peer, peer_port, inet6);
    PutEnd(ends + kEnd, source, source_port, inet6);
  }
  return XXH3_64bits_withSeed(ends, sizeof ends, salt);
}

Result<uint32_t> ParseSampleRate(std::string_view text) {
  uint32_t rate = 0;
  const std::string_view number = text.starts_with("1/") ? text.substr(2) : text;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate);
  const bool whole = error == std::errc() && end == number.data() + number.size();
  if (whole && rate >= 1 && rate <= kHighestRate && (number.size() < text.size() || rate == 1)) return rate;
  const bool meant = whole && rate > 1 && rate <= kHighestRate && number.size() == text.size();
  return Fail(fmt::format("{} is no sampling rate; allowed are 1/N, N from 1 to {}, and 1 for every socket{}",
                          Shown(text), kHighestRate, meant ? fmt::format("; did you mean 1/{}?", rate) : ""));
}

}  // namespace xtcp2::filter
