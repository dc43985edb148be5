// Runs dumps: one after the other by system calls, or many at once on an io_uring. Both give the same rows and the same
// account. One thread: that of the sink. A reader uses it like this:
//
//   std::vector<DumpJob> jobs(up to runner->capacity(), one for each namespace (or partition), each with its own
//   socket) runner->Run(jobs, sink, limits);   // enters each job's lane, fills each job's result
//
// IPv4 and IPv6 of one namespace, which share a socket, are jobs of two runs.
#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "collect/dump.h"
#include "collect/row_sink.h"
#include "netlink/channel.h"

namespace xtcp2::collect {

struct DumpJob {
  netlink::Channel* channel = nullptr;  // no two jobs of a run may share one
  int fd = -1;                          // its descriptor; only the ring asks for it
  Bytes request;                        // one netlink message, whole; answers must carry its sequence number. Borrowed
  Lane* lane = nullptr;                 // whose rows these are; jobs may share one
  const DatagramTap* tap = nullptr;     // may be none
  DumpResult result = {};               // set by Run()
};

class DumpRunner {
 public:
  virtual ~DumpRunner() = default;

  // Runs all jobs to their end; how each ended stands in its result. Nothing that the jobs point to is used afterwards.
  virtual void Run(std::span<DumpJob> jobs, RowSink& sink, const DumpLimits& limits) = 0;

  // How many jobs it works on at once; more may be given to Run().
  virtual size_t capacity() const = 0;
  // Datagrams up to this size come whole; MakeRoom() raises it. An error leaves it as it was.
  virtual size_t datagram_bytes() const = 0;
  virtual Result<> MakeRoom(size_t datagram_bytes) = 0;
  // Memory of buffers and rings, now.
  virtual size_t MemoryBytes() const = 0;
  // Why it has gone over to system calls for good (a ring that the kernel refuses to serve); null where it has not.
  virtual const Error* failure() const { return nullptr; }
};

// sendto(2) and recvmsg(2) through each job's channel. `datagram_bytes` is at least kMinReceiveBuffer.
std::unique_ptr<DumpRunner> MakeSyscallRunner(size_t datagram_bytes = kMinReceiveBuffer);

}  // namespace xtcp2::collect
