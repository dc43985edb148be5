// Whether the kernel answers sock_diag, and tells of sockets that end.
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>

#include "base/bytes.h"
#include "doctor/facts.h"
#include "netlink/channel.h"
#include "netlink/message.h"
#include "netlink/request.h"

namespace xtcp2::doctor {
namespace {

constexpr int64_t kPatienceMs = 1000;
constexpr uint32_t kListenOnly = 1u << 10;

// The errno in an answer that ends a dump with one; 0: none.
int StatusIn(Bytes datagram) {
  netlink::MessageWalk walk(datagram);
  netlink::Message message;
  while (walk.Next(message)) {
    const bool says = message.type == netlink::kTypeError || message.type == netlink::kTypeDone;
    if (says && message.payload.size() >= sizeof(int32_t)) return -Load<int32_t>(message.payload.data());
  }
  return 0;
}

// Asks for the listeners, the shortest of the kernel's tables; the first datagram tells whether it answers. Without
// tcp_diag it ends with ENOENT (inet_diag_lock_handler() in net/ipv4/inet_diag.c).
Refusal TryDump(netlink::DiagSocket& socket) {
  const auto request = netlink::BuildDumpRequest({.family = AF_INET, .states = kListenOnly, .seq = 1});
  if (const Result<> sent = socket.Send(request); !sent) return sent.error();
  std::vector<uint8_t> buffer(64 * 1024);
  const netlink::Received got = socket.Receive(buffer.data(), buffer.size());
  using Kind = netlink::Received::Kind;
  if (got.kind == Kind::kSilence) return Error{"the kernel does not answer a sock_diag dump", ETIMEDOUT};
  if (got.kind != Kind::kDatagram) return Error{"receiving a sock_diag dump", got.code};
  const int status = StatusIn({buffer.data(), got.size});
  return status == 0 ? Refusal{} : Error{"a sock_diag dump of TCP sockets", status};
}

Refusal TryGroups(const netlink::DiagSocket& socket) {
  for (const int group : {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY})
    if (::setsockopt(socket.fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
      return Error{"joining the groups of ended TCP sockets", errno};
  return {};
}

}  // namespace

void LookAtNetlink(Facts& facts) {
  auto socket = netlink::DiagSocket::Open(kPatienceMs);
  facts.socket = socket.has_value();
  if (!socket) {
    facts.dump = facts.groups = socket.error();
    return;
  }
  facts.dump = TryDump(*socket);
  facts.groups = TryGroups(*socket);
}

}  // namespace xtcp2::doctor
