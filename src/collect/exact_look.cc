#include "collect/exact_look.h"

#include <atomic>

#include "collect/walk.h"
#include "decode/locate.h"
#include "netlink/request.h"

namespace xtcp2::collect {
namespace {

constexpr size_t kDatagramBytes = 8192;  // an answer has well under 1 KiB
constexpr int kMostForeign = 8;          // late answers of requests before, given up on

}  // namespace

ExactLook::ExactLook() : buffer_(kDatagramBytes + decode::kReadSlack) {}

// ENOENT: nobody has these addresses and ports; ESTALE: somebody has, with another cookie (inet_diag_find_one_icsk(),
// net/ipv4/inet_diag.c, and sock_diag_check_cookie()).
bool ExactLook::IsGone(const Error& error) { return error.code == ENOENT || error.code == ESTALE; }

Result<> ExactLook::Ask(netlink::Channel& channel, uint8_t family, const abi::InetDiagSockId& id) {
  static std::atomic<uint32_t> last_seq{0};
  seq_ = ++last_seq;
  const auto request = netlink::BuildExactRequest({family, 0xff, seq_, id});
  if (Result<> sent = channel.Send(request); !sent) return sent;
  bool answered = false;
  for (int i = 0; i < kMostForeign && !answered; ++i) {
    const netlink::Received received = channel.Receive(buffer_.data(), kDatagramBytes);
    if (Result<> taken = Take(received, channel, answered); !taken) return taken;
  }
  if (!answered) return Fail("asking for one socket by netlink: answers of others came instead", EPROTO);
  return {};
}

Result<> ExactLook::Take(const netlink::Received& received, netlink::Channel& channel, bool& answered) {
  if (received.kind == netlink::Received::Kind::kForeign) return {};
  if (received.kind != netlink::Received::Kind::kDatagram)
    return Fail("asking for one socket by netlink: no answer came", received.code != 0 ? received.code : EAGAIN);
  const auto outcome =
      WalkDatagram({buffer_.data(), received.size}, {false, seq_, channel.port_id()}, [&](Bytes answer) {
        decode::LocateCounters oddities;
        answered = decode::Locate(answer, {}, socket_, oddities);
      });
  if (outcome.refused) return Fail("asking for one socket by netlink", outcome.code);
  return {};
}

}  // namespace xtcp2::collect
