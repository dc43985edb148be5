// A peer that answers a dump as a script says, through the same interface as the kernel.
#pragma once

#include <cstring>
#include <deque>
#include <vector>

#include "base/bytes.h"
#include "netlink/channel.h"
#include "netlink/message.h"

namespace xtcp2::collect {

class ScriptedChannel final : public netlink::Channel {
 public:
  static constexpr uint32_t kPortId = 4242;

  struct Step {
    netlink::Received::Kind kind = netlink::Received::Kind::kDatagram;
    std::vector<uint8_t> bytes;
    int code = 0;
  };
  std::deque<Step> script;
  std::vector<std::vector<uint8_t>> requests;
  int refuse_send = 0;  // an errno

  Result<> Send(Bytes request) override {
    if (refuse_send != 0) return Fail("sending", refuse_send);
    requests.emplace_back(request.begin(), request.end());
    return {};
  }

  netlink::Received Receive(uint8_t* buffer, size_t size) override {
    if (script.empty()) return {netlink::Received::Kind::kSilence};
    const Step step = std::move(script.front());
    script.pop_front();
    if (step.kind != netlink::Received::Kind::kDatagram) return {step.kind, 0, 0, step.code};
    const size_t kept = step.bytes.size() < size ? step.bytes.size() : size;
    std::memcpy(buffer, step.bytes.data(), kept);
    return {step.kind, kept, step.bytes.size()};
  }

  uint32_t port_id() const override { return kPortId; }
};

// One netlink message.
inline std::vector<uint8_t> MakeMessage(uint16_t type, uint32_t seq, const std::vector<uint8_t>& payload,
                                        uint16_t flags = netlink::kFlagMulti,
                                        uint32_t port_id = ScriptedChannel::kPortId) {
  std::vector<uint8_t> bytes(netlink::kHeaderSize);
  Store<uint32_t>(bytes.data(), static_cast<uint32_t>(netlink::kHeaderSize + payload.size()));
  Store<uint16_t>(bytes.data() + 4, type);
  Store<uint16_t>(bytes.data() + 6, flags);
  Store<uint32_t>(bytes.data() + 8, seq);
  Store<uint32_t>(bytes.data() + 12, port_id);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  bytes.resize(netlink::Align4(bytes.size()));
  return bytes;
}

inline std::vector<uint8_t> StatusPayload(int32_t status) {
  std::vector<uint8_t> bytes(4);
  Store<int32_t>(bytes.data(), status);
  return bytes;
}

inline std::vector<uint8_t> Join(std::initializer_list<std::vector<uint8_t>> parts) {
  std::vector<uint8_t> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace xtcp2::collect
