#include "filter/sampler.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "filter/node.h"
#include "filter/words.h"

namespace xtcp2::filter {
namespace {

// One end of a connection: its address as IPv6 (IPv4 mapped) and its port, as they lie in memory.
struct End {
  uint64_t first, second;
  uint16_t port;
};

End LoadEnd(const uint8_t* address, const uint8_t* port, bool inet6) {
  constexpr uint64_t kMapped = 0xffff'0000;  // the four bytes before the IPv4 address
  End end{0, uint64_t{Load<uint32_t>(address)} << 32 | kMapped, Load<uint16_t>(port)};
  if (inet6) {
    end.first = Load<uint64_t>(address);
    end.second = Load<uint64_t>(address + 8);
  }
  return end;
}

// Any order will do that is the same on every host: that of the bytes as big-endian numbers. Without branches, because
// which end comes first cannot be predicted.
bool Before(const End& a, const End& b) {
  const uint64_t a1 = __builtin_bswap64(a.first), b1 = __builtin_bswap64(b.first);
  const uint64_t a2 = __builtin_bswap64(a.second), b2 = __builtin_bswap64(b.second);
  const uint16_t a3 = __builtin_bswap16(a.port), b3 = __builtin_bswap16(b.port);
  return (a1 < b1) | ((a1 == b1) & ((a2 < b2) | ((a2 == b2) & (a3 < b3))));
}

}  // namespace

uint64_t ConnectionHash(const schema::Socket& socket, uint64_t salt) noexcept {
  const uint8_t* message = socket[schema::Part::kMsg];
  const uint8_t* id = message + offsetof(abi::InetDiagMsg, id);
  const bool inet6 = message[offsetof(abi::InetDiagMsg, family)] == kInet6;
  const End a = LoadEnd(id + offsetof(abi::InetDiagSockId, src), id + offsetof(abi::InetDiagSockId, sport), inet6);
  const End b = LoadEnd(id + offsetof(abi::InetDiagSockId, dst), id + offsetof(abi::InetDiagSockId, dport), inet6);
  // Each pair is exchanged by xor with what differs, or with nothing.
  const uint64_t swap = uint64_t{0} - uint64_t{Before(b, a)};
  const uint64_t first = (a.first ^ b.first) & swap, second = (a.second ^ b.second) & swap;
  const uint64_t port = static_cast<uint64_t>(a.port ^ b.port) & swap;
  // Whole words, so that the hash loads nothing across what was just stored.
  const uint64_t words[5] = {a.first ^ first, a.second ^ second, b.first ^ first, b.second ^ second,
                             (a.port ^ port) | (b.port ^ port) << 16};
  return XXH3_64bits_withSeed(words, sizeof words, salt);
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
