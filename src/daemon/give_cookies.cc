#include "daemon/give_cookies.h"

#include <sys/socket.h>

#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "collect/walk.h"
#include "daemon/netns_door.h"
#include "netlink/channel.h"
#include "netlink/request.h"

namespace xtcp2::daemon {
namespace {

constexpr uint8_t kSynRecv = 3;
constexpr size_t kDatagramBytes = 64 * 1024;
constexpr uint32_t kSeq = 1;

// By inode of the namespace.
Result<std::unordered_map<uint64_t, size_t>> SocketsWithout(bpf::WalkProgram& walk) {
  std::unordered_map<uint64_t, size_t> without;
  const Result<bpf::TableList> list = walk.Tables(0);
  if (!list) return tl::unexpected(list.error());
  for (const bpf::Table& table : list->tables)
    for (uint32_t bucket = 0; bucket < table.buckets;) {
      const Result<bpf::Block> block = walk.Next(0, table, bucket, table.buckets);
      if (!block) return tl::unexpected(block.error());
      for (const xtcp2_bpf_row& row : block->rows)
        if (Load<uint64_t>(row.msg + 44) == 0 && row.msg[1] != kSynRecv) ++without[row.netns_inode];
      bucket = block->next_bucket;
    }
  return without;
}

// Asks for all sockets of a family and reads the answers to their end.
void Dump(netlink::DiagSocket& socket, uint8_t family, std::vector<uint8_t>& buffer) {
  const auto request = netlink::BuildDumpRequest({family, 0, netlink::kAllStates | netlink::kBoundOnly, kSeq});
  if (!socket.Send(request)) return;
  for (;;) {
    const netlink::Received received = socket.Receive(buffer.data(), buffer.size());
    if (received.kind == netlink::Received::Kind::kForeign) continue;
    if (received.kind != netlink::Received::Kind::kDatagram) return;
    const auto outcome =
        collect::WalkDatagram({buffer.data(), received.size}, {false, kSeq, socket.port_id()}, [](Bytes) {});
    if (outcome.done || outcome.refused) return;
  }
}

bool DumpNetns(const NetnsDoor& door, const NetnsEntry& netns, std::vector<uint8_t>& buffer) {
  const Result<> visited = door.Visit(netns, [&]() -> Result<> {
    for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
      Result<netlink::DiagSocket> socket = netlink::DiagSocket::Open(1000);
      if (!socket) return tl::unexpected(socket.error());
      Dump(*socket, family, buffer);
    }
    return {};
  });
  return visited.has_value();
}

}  // namespace

Result<CookiesGiven> GiveCookies(bpf::WalkProgram& walk, const NetnsScanner& scanner, int64_t deadline_ns) {
  auto without = SocketsWithout(walk);
  if (!without) return tl::unexpected(without.error());
  CookiesGiven given;
  for (const auto& [inode, sockets] : *without) given.without += sockets;
  if (given.without == 0) return given;
  const Result<NetnsDoor> door = NetnsDoor::Here();
  std::vector<uint8_t> buffer(kDatagramBytes);
  const NetnsScan scan = scanner.Scan();
  for (const NetnsEntry& netns : scan.entries) {
    if (!without->contains(netns.id.inode) || !door || MonotonicNs() >= deadline_ns) continue;
    given.dumped += DumpNetns(*door, netns, buffer);
  }
  given.not_dumped = without->size() - std::min(without->size(), given.dumped);
  return given;
}

}  // namespace xtcp2::daemon
