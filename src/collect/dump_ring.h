// Many dumps at once on one io_uring: the requests and receives of all of them go to the kernel by one system call, and
// what they brought comes back in batches. Each dump in flight has at most one receive and one buffer. One thread.
//
// A netlink dump is made by the kernel inside the receive itself, so the ring saves system calls and nothing else:
// little for a large namespace, where one receive brings some seventy sockets.
#pragma once

#include "collect/dump_runner.h"
#include "uring/ring.h"

namespace xtcp2::collect {

struct RingRunnerOptions {
  unsigned receive_batch = 64;      // -ioUringRecvBatch, 1 to 4096: dumps in flight, each with a receive buffer
  unsigned completion_batch = 128;  // -ioUringCqeBatch, 1 to 4096: completions taken at once
  size_t datagram_bytes = kMinReceiveBuffer;
};

// What such a runner takes at most: buffers and rings. To be compared with a limit before one is made.
size_t RequiredBytes(const RingRunnerOptions& options);

// The error says why there is no ring here and what helps; the system calls' runner can always be had instead. May be
// made by another thread than the one that runs it.
Result<std::unique_ptr<DumpRunner>> MakeRingRunner(const RingRunnerOptions& options,
                                                   uring::Calls& calls = uring::Calls::Kernel());

}  // namespace xtcp2::collect
