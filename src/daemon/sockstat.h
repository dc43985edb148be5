// How many TCP sockets a namespace has, without walking a table: net/sockstat and net/sockstat6 of that namespace,
// opened once from inside and read as often as wanted. The open files keep the namespace alive: whoever holds them lets
// them go when nothing else shows it. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::daemon {

// What a dump of every state but bound-only would find, nearly: sockets in use are all with a full struct sock
// (listeners, established, closing, orphans; sock_prot_inuse_add() in net/ipv4/tcp_ipv4.c), TIME_WAIT ones are counted
// apart. Half-open connections (NEW_SYN_RECV) are in neither, but belong to a listener, which is.
struct SocketCounts {
  uint64_t ipv4 = 0;
  uint64_t ipv6 = 0;
  uint64_t time_wait = 0;  // both families

  uint64_t total() const { return ipv4 + ipv6 + time_wait; }
  // No dump would give a row. Does not know bound-only sockets.
  bool empty() const { return total() == 0; }
};

// Adds the numbers of one file's text ("TCP: inuse 3 orphan 0 tw 1 ...", "TCP6: inuse 2"); false where it has neither
// line.
bool ParseSockstat(std::string_view text, SocketCounts& counts);

class NetnsSockstat {
 public:
  NetnsSockstat() = default;
  // Of the namespace that the calling thread is in.
  static Result<NetnsSockstat> OpenHere(const std::string& proc_root = "/proc");

  bool open() const { return ipv4_.ok(); }
  Result<SocketCounts> Read() const;

  static constexpr unsigned kDescriptors = 2;  // that an open one holds

 private:
  Fd ipv4_;
  Fd ipv6_;  // none on a kernel without IPv6
};

}  // namespace xtcp2::daemon
