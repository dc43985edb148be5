#include "decode/locate.h"

#include <algorithm>
#include <cstring>

#include "netlink/message.h"
#include "schema/names.h"

namespace xtcp2::decode {
namespace {

using schema::Part;
using schema::Socket;

// Bytes of each part as the table knows it; 0: no decoder, or (congestion name, ULP) one that copies.
constexpr std::array<uint16_t, 24> kKnownSize = [] {
  std::array<uint16_t, 24> size{};
  size[schema::Index(Part::kMemInfo)] = sizeof(abi::MemInfo);
  size[schema::Index(Part::kInfo)] = sizeof(abi::TcpInfo);
  size[schema::Index(Part::kVegas)] = sizeof(abi::VegasInfo);
  size[schema::Index(Part::kTos)] = 1;
  size[schema::Index(Part::kTclass)] = 1;
  size[schema::Index(Part::kSkMem)] = sizeof(abi::SkMemInfo);
  size[schema::Index(Part::kShutdown)] = 1;
  size[schema::Index(Part::kDctcp)] = sizeof(abi::DctcpInfo);
  size[schema::Index(Part::kSkV6Only)] = 1;
  size[schema::Index(Part::kMark)] = 4;
  size[schema::Index(Part::kBbr)] = sizeof(abi::BbrInfo);
  size[schema::Index(Part::kClassId)] = 4;
  size[schema::Index(Part::kCgroup)] = 8;
  size[schema::Index(Part::kSockopt)] = 2;
  return size;
}();

// Copies a NUL-ended name of at most `value.size()` bytes into 16 zero-padded ones.
void CopyName(Bytes value, char (&out)[16]) {
  const size_t room = std::min<size_t>(value.size(), sizeof out);
  const size_t length = strnlen(reinterpret_cast<const char*>(value.data()), room);
  std::memcpy(out, value.data(), length);
}

void ReadLastWord(const uint8_t* info, AccEcnLayout layout, schema::RowFacts& row) {
  const uint8_t* word = info + offsetof(abi::TcpInfo, accecn_word);
  if (layout == AccEcnLayout::k6_18) {
    row.accecn_fail_mode = Load<uint16_t>(word);
    row.accecn_opt_seen = Load<uint16_t>(word + 2);
    return;
  }
  const uint32_t bits = Load<uint32_t>(word);
  row.ecn_mode = bits & 3;
  row.accecn_opt_seen = (bits >> 2) & 3;
  row.accecn_fail_mode = (bits >> 4) & 15;
  row.options2 = bits >> 8;
}

void TakeInfo(Bytes value, const LocateOptions& options, Socket& socket, LocateCounters& counters) {
  constexpr size_t kKnown = sizeof(abi::TcpInfo);
  socket.row.tcp_info_length = static_cast<uint32_t>(value.size());
  if (value.size() >= kKnown) {
    socket.part[schema::Index(Part::kInfo)] = value.data();
    ReadLastWord(value.data(), options.accecn, socket.row);
    if (value.size() > kKnown)
      ++counters.longer_tcp_info[std::min((value.size() - kKnown + 3) / 4, counters.longer_tcp_info.size() - 1)];
    return;
  }
  // An older kernel's: what it does not have reads as zero. A fixed-size copy of what is readable beats one of variable
  // size.
  std::memcpy(socket.info_copy.data(), value.data(), kKnown);
  std::memset(socket.info_copy.data() + value.size(), 0, socket.info_copy.size() - value.size());
  socket.part[schema::Index(Part::kInfo)] = socket.info_copy.data();
}

void TakeUlp(Bytes value, Socket& socket) {
  netlink::AttributeWalk walk(value);
  netlink::Attribute inner;
  while (walk.Next(inner))
    if (inner.type == abi::kInetUlpInfoName) CopyName(inner.value, socket.row.ulp);
}

void TakeCong(Bytes value, Socket& socket) {
  CopyName(value, socket.row.cong);
  socket.row.congestion = schema::CongestionFromName({socket.row.cong, strnlen(socket.row.cong, 16)});
}

void TakeSmall(uint16_t type, Bytes value, Socket& socket, LocateCounters& counters) {
  const size_t known = kKnownSize[type];
  if (value.size() >= known) {
    socket.part[type] = value.data();
    return;
  }
  ++counters.short_attributes;
  uint8_t* copy = socket.small_copy[type].data();
  std::memset(copy, 0, known);
  if (!value.empty()) std::memcpy(copy, value.data(), value.size());
  socket.part[type] = copy;
}

bool HasDecoder(uint16_t type) {
  return type < kKnownSize.size() &&
         (kKnownSize[type] != 0 || type == abi::kInetDiagCong || type == abi::kInetDiagUlpInfo);
}

}  // namespace

void LocateCounters::Add(const LocateCounters& other) {
  short_messages += other.short_messages;
  damaged_attributes += other.damaged_attributes;
  short_attributes += other.short_attributes;
  for (size_t i = 0; i < longer_tcp_info.size(); ++i) longer_tcp_info[i] += other.longer_tcp_info[i];
  for (size_t i = 0; i < unknown.size(); ++i) unknown[i] += other.unknown[i];
}

bool Locate(Bytes payload, const LocateOptions& options, Socket& socket, LocateCounters& counters) {
  if (payload.size() < sizeof(abi::InetDiagMsg)) {
    ++counters.short_messages;
    return false;
  }
  socket.part.fill(schema::kZeros.data());
  socket.row = {};
  socket.part[schema::Index(Part::kMsg)] = payload.data();
  socket.part[schema::Index(Part::kRow)] = reinterpret_cast<const uint8_t*>(&socket.row);
  socket.row.parts_present = Bit(Part::kMsg);

  netlink::AttributeWalk walk(payload.subspan(sizeof(abi::InetDiagMsg)));
  netlink::Attribute attribute;
  while (walk.Next(attribute)) {
    if (!HasDecoder(attribute.type)) {
      ++counters.unknown[std::min<size_t>(attribute.type, counters.unknown.size() - 1)];
      continue;
    }
    const uint64_t bit = uint64_t{1} << attribute.type;
    if (!(options.wanted & bit)) continue;
    socket.row.parts_present |= bit;
    switch (attribute.type) {
      case abi::kInetDiagInfo:
        TakeInfo(attribute.value, options, socket, counters);
        break;
      case abi::kInetDiagCong:
        TakeCong(attribute.value, socket);
        break;
      case abi::kInetDiagUlpInfo:
        TakeUlp(attribute.value, socket);
        break;
      default:
        TakeSmall(attribute.type, attribute.value, socket, counters);
    }
  }
  if (walk.damaged()) ++counters.damaged_attributes;
  return true;
}

}  // namespace xtcp2::decode
