// When rows are too many: a ring that overflows for seconds on end means that reading and encoding cannot keep up, and
// what they take is taken from the host. Then counts only for a while, and rows again; the longer, the more often it
// came to that. Pure; one thread.
#pragma once

#include <cstdint>

namespace xtcp2::ledger {

class Overload {
 public:
  struct Limits {
    double share = 0.01;   // of the rows of a second: more of them lost is too much
    unsigned seconds = 3;  // in a row
    int64_t first_pause_ns = 10'000'000'000;
    int64_t longest_pause_ns = 300'000'000'000;
    int64_t calm_ns = 60'000'000'000;  // without overload: the next pause is a first one again
  };

  Overload() = default;
  explicit Overload(const Limits& limits) : limits_(limits) {}

  // Once a second. Numbers since the beginning: rows that were put into the ring, and those for which it was full.
  // Whether rows are to pause until the next call.
  bool Update(int64_t monotonic_ns, uint64_t rows, uint64_t lost);

  bool paused() const { return paused_until_ns_ != 0; }
  int64_t pause_ns() const { return pause_ns_; }  // how long this one, or the last, is
  uint64_t pauses() const { return pauses_; }     // so far

 private:
  bool TooMany(uint64_t rows, uint64_t lost) const;

  Limits limits_;
  uint64_t rows_ = 0, lost_ = 0, pauses_ = 0;
  unsigned bad_seconds_ = 0;
  int64_t paused_until_ns_ = 0, resumed_ns_ = 0, pause_ns_ = 0;
};

}  // namespace xtcp2::ledger
