// How long to pause before trying again: doubling from the first to the longest, each pause shortened by up to half at
// random so that many daemons do not knock at a returning peer in step. One thread's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace xtcp2::ship {

class Backoff {
 public:
  Backoff(int64_t first_ms, int64_t longest_ms, uint32_t seed = std::random_device{}())
      : first_ms_(std::max<int64_t>(1, first_ms)),
        longest_ms_(std::max(first_ms_, longest_ms)),
        next_ms_(first_ms_),
        random_(seed) {}

  // The next pause in milliseconds.
  int64_t NextMs() {
    const int64_t longest = next_ms_;
    next_ms_ = std::min(longest_ms_, next_ms_ * 2);
    return std::uniform_int_distribution<int64_t>(longest - longest / 2, longest)(random_);
  }
  // After a success.
  void Reset() { next_ms_ = first_ms_; }

 private:
  const int64_t first_ms_;
  const int64_t longest_ms_;
  int64_t next_ms_;
  std::minstd_rand random_;
};

}  // namespace xtcp2::ship
