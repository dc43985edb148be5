// CountSockets() of load.h. On purpose not by the code that the daemon collects with: only the request is shared.
#include <sys/socket.h>

#include "base/bytes.h"
#include "bench/load.h"
#include "netlink/channel.h"
#include "netlink/message.h"
#include "netlink/request.h"

namespace xtcp2::bench {
namespace {

// The answers of one dump.
Result<uint64_t> CountFamily(netlink::DiagSocket& socket, uint8_t family, uint32_t seq) {
  netlink::DumpRequest request;
  request.family = family;
  request.seq = seq;
  if (Result<> sent = socket.Send(netlink::BuildDumpRequest(request)); !sent) return tl::unexpected(sent.error());
  uint64_t count = 0;
  Buffer buffer(64 * 1024);
  while (true) {
    const netlink::Received received = socket.Receive(buffer.data(), buffer.capacity());
    if (received.kind == netlink::Received::Kind::kForeign) continue;
    if (received.kind != netlink::Received::Kind::kDatagram || received.real_size > received.size)
      return Fail("counting the sockets by a dump", received.code);
    netlink::MessageWalk walk(Bytes(buffer.data(), received.size));
    netlink::Message message;
    while (walk.Next(message)) {
      if (message.seq != seq) continue;
      if (message.type == netlink::kTypeDone) return count;
      if (message.type == netlink::kTypeError)
        return family == AF_INET6 ? Result<uint64_t>(0) : Fail("a dump was refused");
      ++count;
    }
  }
}

Result<> CountHere(uint64_t& count) {
  Result<netlink::DiagSocket> socket = netlink::DiagSocket::Open(10'000);
  if (!socket) return tl::unexpected(socket.error());
  uint32_t seq = 1;
  for (const uint8_t family : {AF_INET, AF_INET6}) {
    const Result<uint64_t> found = CountFamily(*socket, family, seq++);
    if (!found) return tl::unexpected(found.error());
    count += *found;
  }
  return {};
}

}  // namespace

Result<uint64_t> CountSockets(const Places& places) {
  uint64_t count = 0;
  for (size_t i = 0; i < places.loaded(); ++i)
    if (Result<> done = places.Inside(i, [&] { return CountHere(count); }); !done) return tl::unexpected(done.error());
  return count;
}

}  // namespace xtcp2::bench
