// A namespace in one poll: what the scan found, and what is remembered of it from poll to poll.
#pragma once

#include "collect/port_use.h"
#include "daemon/netns_scan.h"
#include "daemon/sockstat.h"

namespace xtcp2::daemon {

// Lives as long as scans show the namespace. During a poll it belongs to the reader that took the namespace until
// PollRun::Open or Done, then to the run; between polls to the poller.
struct NetnsMemory {
  NetnsSockstat sockstat;     // keeps the namespace alive while open
  SocketCounts counts;        // as last read
  uint64_t cookie = 0;        // of the namespace that `ports` is about
  collect::PortUse ports;     // of the last poll, where it was large enough to be worth counting
  collect::PortUse counting;  // of this one
};

struct NetnsTask {
  NetnsEntry netns;
  NetnsMemory* memory = nullptr;  // null: nothing is remembered
  uint64_t last_served = 0;       // number of the poll; 0 never
  bool keep_sockstat = false;     // there are descriptors to spare for it
};

}  // namespace xtcp2::daemon
