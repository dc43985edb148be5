#include "collect/replay_dumps.h"

#include <algorithm>

#include "abi/inet_diag.h"
#include "netlink/message.h"

namespace xtcp2::collect {
namespace {

constexpr uint32_t kProtocolTcp = 6;
constexpr uint16_t kRequestProtocol =
    3;  // INET_DIAG_REQ_PROTOCOL: for numbers that a byte does not hold (MPTCP is 262)
constexpr uint8_t kFamilyIpv4 = 2, kFamilyIpv6 = 10;

// Does this request ask for TCP sockets? sock_diag also answers for UDP, raw, unix and other sockets, in messages of
// the same type.
bool AsksTcp(const netlink::Message& request) {
  if (request.type == netlink::kTypeTcpDiag) return true;
  if (request.type != netlink::kTypeSockDiag || request.payload.size() < 2) return false;
  const uint8_t family = request.payload[0];
  if (family != kFamilyIpv4 && family != kFamilyIpv6) return false;
  uint32_t protocol = request.payload[1];
  if (request.payload.size() > sizeof(abi::InetDiagReqV2)) {
    netlink::AttributeWalk walk(request.payload.subspan(sizeof(abi::InetDiagReqV2)));
    for (netlink::Attribute attribute; walk.Next(attribute);)
      if (attribute.type == kRequestProtocol && attribute.value.size() >= 4)
        protocol = Load<uint32_t>(attribute.value.data());
  }
  return protocol == kProtocolTcp;
}

// Without a request to go by: the messages of inet_diag begin with an IP family, those of unix, packet and netlink
// sockets do not.
bool LooksTcp(const netlink::Message& answer) {
  if (answer.type != netlink::kTypeSockDiag || answer.payload.empty()) return true;
  return answer.payload[0] == kFamilyIpv4 || answer.payload[0] == kFamilyIpv6;
}

// Takes the oldest out of a map that a capture has filled.
template <class Map, class Less>
void MakeRoom(Map& map, size_t max, Less older) {
  if (map.size() >= max) map.erase(std::min_element(map.begin(), map.end(), older));
}

}  // namespace

bool EndsDump(Bytes datagram) {
  netlink::MessageWalk walk(datagram);
  for (netlink::Message message; walk.Next(message);)
    if (message.type == netlink::kTypeDone || message.type == netlink::kTypeError ||
        !(message.flags & netlink::kFlagMulti))
      return true;
  return false;
}

void DumpTracker::OnRequest(const Source& source, Bytes datagram) {
  netlink::MessageWalk walk(datagram);
  for (netlink::Message message; walk.Next(message);) {
    if (!(message.flags & netlink::kFlagRequest)) continue;
    const Key key{source, 0, message.seq};
    // The oldest by number: programs count upwards.
    if (!asked_tcp_.contains(key))
      MakeRoom(asked_tcp_, kMaxOpen, [](const auto& a, const auto& b) { return a.first < b.first; });
    asked_tcp_[key] = AsksTcp(message);
  }
}

CapturedDump* DumpTracker::Find(const Source& source, Bytes datagram, int64_t time_ns) {
  netlink::MessageWalk walk(datagram);
  netlink::Message first;
  last_.reset();
  if (!walk.Next(first)) return nullptr;
  const Key key{source, first.port_id, first.seq};
  if (!open_.contains(key))
    MakeRoom(open_, kMaxOpen, [](const auto& a, const auto& b) { return a.second.last_use < b.second.last_use; });
  Open& open = open_[key];
  open.last_use = ++uses_;
  if (!open.dump) {
    open.dump = std::make_unique<CapturedDump>();
    open.dump->id = ++dumps_;
    open.dump->timestamp_ns = time_ns;
    const auto asked = asked_tcp_.find({source, 0, first.seq});
    open.dump->is_tcp = asked != asked_tcp_.end() ? asked->second : LooksTcp(first);
  }
  last_ = key;
  return open.dump.get();
}

void DumpTracker::Ended() {
  if (last_) open_.erase(*last_);
  last_.reset();
}

void DumpTracker::EndFile(uint64_t file) {
  const auto of_file = [&](const auto& entry) { return entry.first.source[0] == file; };
  std::erase_if(open_, of_file);
  std::erase_if(asked_tcp_, of_file);
  last_.reset();
}

}  // namespace xtcp2::collect
