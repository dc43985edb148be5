// What the kernel accounts to another process while it runs. Reads /proc and its CPU clock.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xtcp2::bench {

struct ProcessUse {
  int64_t cpu_ns = 0;      // exact
  int64_t user_ticks = 0;  // of 10 ms; how `cpu_ns` divides is told apart by sampling
  int64_t system_ticks = 0;
  uint64_t peak_kib = 0;  // VmHWM
  unsigned threads = 0;
};

Result<ProcessUse> UseOf(pid_t pid);
// The CPU clock alone; negative when the process is gone.
int64_t CpuNsOf(pid_t pid);

// How the CPU time between two looks divides: seconds.
struct CpuShare {
  double user_s = 0, system_s = 0;
  double Total() const { return user_s + system_s; }
};
CpuShare Between(const ProcessUse& before, const ProcessUse& after);

// Fields 14 and 15 of a /proc/<pid>/stat line, whatever the program's name holds; -1 where they are not there.
std::pair<int64_t, int64_t> TicksIn(std::string_view stat_line);
// The number behind "key:" in a /proc/<pid>/status text; 0 where it is not there.
uint64_t NumberIn(std::string_view status_text, std::string_view key);

}  // namespace xtcp2::bench
