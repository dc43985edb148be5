// What a dump is limited by, how it ended and what it brought. Plain values; dump_runner.h runs dumps.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/bytes.h"

namespace xtcp2::collect {

// How a dump ended; the names are those of the metric label `end`.
enum class DumpEnd : uint8_t {
  kComplete,     // DONE with status 0 and nothing odd
  kInterrupted,  // DONE, but the kernel said the table changed under it (NLM_F_DUMP_INTR)
  kRefused,      // NLMSG_ERROR, or the request could not be sent; `code`
  kStatus,       // DONE with an error status; `code`
  kOverrun,      // DONE, but messages were lost on the way (ENOBUFS, NLMSG_OVERRUN)
  kTruncated,    // DONE, but a datagram did not fit the buffer
  kDamaged,      // DONE, but lengths in a datagram did not add up
  kSilent,       // no datagram for longer than the limit
  kFailed,       // receiving failed; `code`
  kCancelled,    // told to stop
};
const char* DumpEndName(DumpEnd end);

struct DumpLimits {
  int64_t silence_ns;             // longest time without a datagram
  const std::atomic<bool>* stop;  // cuts the dump between two datagrams
};

struct DumpResult {
  DumpEnd end = DumpEnd::kComplete;
  int code = 0;
  uint64_t datagrams = 0;
  uint64_t bytes = 0;
  uint64_t answers = 0;
  uint64_t foreign = 0;         // messages or datagrams of somebody else
  size_t largest_datagram = 0;  // its real size, also where it was cut off
  bool complete() const { return end == DumpEnd::kComplete; }
};

// Sees every datagram of a dump, before it is decoded; for captures.
using DatagramTap = std::function<void(Bytes datagram, int64_t realtime_ns)>;

inline constexpr size_t kMinReceiveBuffer = 32 * 1024;  // the kernel never puts more into a datagram

}  // namespace xtcp2::collect
