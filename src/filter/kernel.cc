#include "filter/kernel.h"

#include <array>

#include "filter/bytecode.h"
#include "netlink/message.h"
#include "netlink/request.h"

namespace xtcp2::filter {
namespace {

// The answer to request `seq` in a datagram, if it is there.
std::optional<int> AnswerIn(Bytes datagram, uint32_t seq) {
  netlink::MessageWalk walk(datagram);
  netlink::Message message;
  while (walk.Next(message)) {
    if (message.seq != seq) continue;
    if (message.type == netlink::kTypeDone) return 0;
    if (message.type == netlink::kTypeError && message.payload.size() >= sizeof(int32_t))
      return -Load<int32_t>(message.payload.data());
  }
  return {};
}

std::vector<uint8_t> CodeOf(Condition::Kind kind) {
  Condition condition;
  condition.kind = kind;
  condition.mask = 1;
  return *Assemble(Program(MakeCondition(condition)));
}

}  // namespace

Result<int> Audit(netlink::Channel& channel, Bytes bytecode, uint32_t seq) {
  netlink::DumpRequest request;
  request.family = kInet;
  request.states = 0;
  request.seq = seq;
  request.bytecode = bytecode;
  std::vector<uint8_t> bytes;
  netlink::BuildDumpRequest(request, bytes);
  if (Result<> sent = channel.Send(bytes); !sent) return tl::unexpected(sent.error());
  std::array<uint8_t, 4096> buffer;
  for (int left_over = 0; left_over < 64; ++left_over) {
    const netlink::Received received = channel.Receive(buffer.data(), buffer.size());
    switch (received.kind) {
      case netlink::Received::Kind::kDatagram:
        if (const std::optional<int> answer = AnswerIn({buffer.data(), received.size}, seq)) return *answer;
        break;
      case netlink::Received::Kind::kSilence:
        return Fail("asking the kernel about a filter: no answer in time");
      case netlink::Received::Kind::kFailed:
        return Fail("asking the kernel about a filter", received.code);
      default:
        break;
    }
  }
  return Fail("asking the kernel about a filter: other answers only");
}

Result<KernelOperations> AskKernel(netlink::Channel& channel) {
  KernelOperations kernel;
  uint32_t seq = 0xf117'0000;
  for (const auto& [kind, has] : {std::pair{Condition::Kind::kDevice, &kernel.device},
                                  {Condition::Kind::kMark, &kernel.mark},
                                  {Condition::Kind::kCgroup, &kernel.cgroup}}) {
    const Result<int> answer = Audit(channel, CodeOf(kind), ++seq);
    if (!answer) return tl::unexpected(answer.error());
    *has = *answer == 0;
  }
  return kernel;
}

}  // namespace xtcp2::filter
