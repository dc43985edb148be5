#include "decode/locate.h"

#include <algorithm>

#include "decode/expected_order.h"
#include "decode/take.h"

namespace xtcp2::decode {
namespace {

using schema::Part;
using schema::Socket;

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

namespace {

// What both walks start from: no facts, and no part but the message that `payload` is known to have.
void Begin(Bytes payload, Socket& socket) {
  socket.row = {};
  socket.part[schema::Index(Part::kMsg)] = payload.data();
  socket.part[schema::Index(Part::kRow)] = reinterpret_cast<const uint8_t*>(&socket.row);
  socket.part[schema::Index(Part::kLedger)] = schema::kZeros.data();  // else an event's that was here before
}

bool IsTooShort(Bytes payload, LocateCounters& counters) {
  if (payload.size() >= sizeof(abi::InetDiagMsg)) [[likely]]
    return false;
  ++counters.short_messages;
  return true;
}

}  // namespace

bool Locate(Bytes payload, const LocateOptions& options, Socket& socket, LocateCounters& counters) {
  if (IsTooShort(payload, counters)) return false;
  Begin(payload, socket);
  if (ExpectedOrder::Locate(payload, options, socket, counters)) [[likely]]
    return true;
  return LocateInAnyOrder(payload, options, socket, counters);
}

[[gnu::noinline]] bool LocateInAnyOrder(Bytes payload, const LocateOptions& options, Socket& socket,
                                        LocateCounters& counters) {
  if (IsTooShort(payload, counters)) return false;
  socket.part.fill(schema::kZeros.data());
  Begin(payload, socket);
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
