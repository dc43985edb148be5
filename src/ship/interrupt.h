// How Stop reaches a destination that waits: every wait of a destination goes through here and ends when Set() was
// called. Set once, from any thread, for ever; the waits are the shipping thread's.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "base/fd.h"

namespace xtcp2::ship {

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

class Interrupt {
 public:
  Interrupt();
  // False when the kernel gave no descriptor.
  bool ok() const { return event_.ok(); }
  void Set();
  bool is_set() const { return set_.load(std::memory_order_acquire); }
  // Readable once set; for poll sets of others.
  int fd() const { return event_.get(); }

  enum class Outcome { kReady, kTimeout, kInterrupted };
  // Waits until `fd` shows one of the poll `events`, an error or a hang-up, or until MonotonicNs() is `deadline_ns`
  // (kNever: no end). An fd of -1 waits for time alone.
  Outcome WaitFor(int fd, short events, int64_t deadline_ns) const;

 private:
  Fd event_;
  std::atomic<bool> set_{false};
};

}  // namespace xtcp2::ship
