// The two clocks, in nanoseconds. Intervals and deadlines use the monotonic one; only what is written into a record is
// wall time.
#pragma once

#include <cstdint>
#include <ctime>

namespace xtcp2 {

inline constexpr int64_t kNsPerMs = 1'000'000;
inline constexpr int64_t kNsPerSecond = 1'000'000'000;

inline int64_t ClockNs(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}
// Since boot, never stepped.
inline int64_t MonotonicNs() { return ClockNs(CLOCK_MONOTONIC); }
// Since 1970 UTC; may be stepped by an administrator or NTP.
inline int64_t RealtimeNs() { return ClockNs(CLOCK_REALTIME); }
// CPU time of the calling thread.
inline int64_t ThreadCpuNs() { return ClockNs(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace xtcp2
