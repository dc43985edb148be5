// What becomes of each attribute once it is found, shared by the two walks of Locate; internal to this folder. Values
// have netlink::kAttributeHeader bytes before them and kReadSlack readable bytes behind their message.
#pragma once

#include "decode/locate.h"
#include "netlink/message.h"

namespace xtcp2::decode {

// Bytes of each part as the table knows it; 0: no decoder, or (congestion name, ULP) one that copies.
inline constexpr std::array<uint16_t, 24> kKnownSize = [] {
  std::array<uint16_t, 24> size{};
  size[schema::Index(schema::Part::kMemInfo)] = sizeof(abi::MemInfo);
  size[schema::Index(schema::Part::kInfo)] = sizeof(abi::TcpInfo);
  size[schema::Index(schema::Part::kVegas)] = sizeof(abi::VegasInfo);
  size[schema::Index(schema::Part::kTos)] = 1;
  size[schema::Index(schema::Part::kTclass)] = 1;
  size[schema::Index(schema::Part::kSkMem)] = sizeof(abi::SkMemInfo);
  size[schema::Index(schema::Part::kShutdown)] = 1;
  size[schema::Index(schema::Part::kDctcp)] = sizeof(abi::DctcpInfo);
  size[schema::Index(schema::Part::kSkV6Only)] = 1;
  size[schema::Index(schema::Part::kMark)] = 4;
  size[schema::Index(schema::Part::kBbr)] = sizeof(abi::BbrInfo);
  size[schema::Index(schema::Part::kClassId)] = 4;
  size[schema::Index(schema::Part::kCgroup)] = 8;
  size[schema::Index(schema::Part::kSockopt)] = 2;
  return size;
}();

// A tcp_info shorter or longer than the table knows.
void TakeOddInfo(Bytes value, const LocateOptions& options, schema::Socket& socket, LocateCounters& counters);
// The two layouts of the last word of a whole tcp_info.
void ReadLastWord(const uint8_t* info, AccEcnLayout layout, schema::RowFacts& row);

inline void TakeInfo(Bytes value, const LocateOptions& options, schema::Socket& socket, LocateCounters& counters) {
  socket.row.tcp_info_length = static_cast<uint32_t>(value.size());
  if (value.size() != sizeof(abi::TcpInfo)) return TakeOddInfo(value, options, socket, counters);
  socket.part[schema::Index(schema::Part::kInfo)] = value.data();
  if (Load<uint32_t>(value.data() + offsetof(abi::TcpInfo, accecn_word)) != 0) [[unlikely]]
    ReadLastWord(value.data(), options.accecn, socket.row);
}

// A congestion name of any length, ended by a NUL or not.
void TakeAnyCong(Bytes value, schema::Socket& socket);

// The same for what the kernel writes: a short name and its NUL.
inline void TakeCong(Bytes value, schema::Socket& socket) {
  // Bit 7 of the first byte that is zero, and perhaps of later ones.
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = kOnes << 7;
  const uint64_t bytes = Load<uint64_t>(value.data());
  const uint64_t zero = (bytes - kOnes) & ~bytes & kHigh;
  if (zero == 0 || static_cast<size_t>(__builtin_ctzll(zero)) / 8 >= value.size()) [[unlikely]]
    return TakeAnyCong(value, socket);
  const uint64_t name = bytes & (zero ^ (zero - 1));
  Store(reinterpret_cast<uint8_t*>(socket.row.cong), name);
  Store(reinterpret_cast<uint8_t*>(socket.row.cong) + 8, uint64_t{0});
  // Many sockets have one of few names: each is looked up once.
  schema::Socket::KnownName& known = socket.known_names[name * 0x9e3779b97f4a7c15 >> 60];
  if (known.name != name) [[unlikely]] {
    TakeAnyCong(value, socket);
    known = {name, socket.row.congestion};
  }
  socket.row.congestion = known.congestion;
}

// An attribute of kKnownSize bytes, or fewer.
void TakeSmall(uint16_t type, Bytes value, schema::Socket& socket, LocateCounters& counters);
void TakeUlp(Bytes value, schema::Socket& socket);

}  // namespace xtcp2::decode
