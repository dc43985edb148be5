// When a batch of the backlog may be sent: beside new ones at up to twice their bytes, less up to half of that at
// random, so that many daemons do not press on a returning peer in step; where there are no new ones for a while, one
// after a pause. One thread's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "base/clock.h"

namespace xtcp2::ship {

class Pace {
 public:
  Pace(int64_t idle_after_ms, int64_t idle_pause_ms, int64_t now_ns, uint32_t seed = std::random_device{}())
      : idle_after_ns_(idle_after_ms * kNsPerMs),
        idle_pause_ns_(idle_pause_ms * kNsPerMs),
        next_idle_ns_(now_ns + idle_after_ns_),
        random_(seed) {}

  void NewSent(size_t bytes, int64_t now_ns) {
    credit_ = std::min(kMostCredit, credit_ + Jitter(2 * static_cast<int64_t>(bytes)));
    next_idle_ns_ = now_ns + idle_after_ns_;
  }
  void OldSent(size_t bytes, int64_t now_ns) {
    credit_ = std::max(-kMostCredit, credit_ - static_cast<int64_t>(bytes));
    if (now_ns >= next_idle_ns_) next_idle_ns_ = now_ns + Jitter(idle_pause_ns_);
  }
  bool May(int64_t now_ns) const { return credit_ > 0 || now_ns >= next_idle_ns_; }
  // When it may, if nothing new is sent until then.
  int64_t NextNs() const { return credit_ > 0 ? 0 : next_idle_ns_; }

 private:
  static constexpr int64_t kMostCredit = int64_t{64} << 20;
  int64_t Jitter(int64_t most) { return std::uniform_int_distribution<int64_t>(most / 2, most)(random_); }

  const int64_t idle_after_ns_, idle_pause_ns_;
  int64_t credit_ = 0;  // bytes
  int64_t next_idle_ns_;
  std::minstd_rand random_;
};

}  // namespace xtcp2::ship
