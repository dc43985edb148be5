// Some of the rows of a walk, chosen uniformly at random while they go by (Li's algorithm L: a row that is not chosen
// costs one comparison), to be looked at again. Memory is taken once. One thread.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "bpf/walker.h"

namespace xtcp2::daemon {

// Where a row of the walk was read: asking for these buckets again gives its socket again.
struct WalkPlace {
  bpf::Table table;
  uint32_t first = 0, end = 0;
};
struct WalkPick {
  xtcp2_bpf_row row;
  WalkPlace place;
};

class WalkSample {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};

  // Begins anew with at most so many rows; 0: none.
  void Begin(size_t most);
  // The number, counted from 1, of the row that is to be kept next.
  uint64_t next() const { return next_; }
  void Keep(const xtcp2_bpf_row& row, const WalkPlace& place);
  // Takes in the sample of another part of the walk, which is used up. `seen`, `others_seen`: out of how many rows the
  // two were chosen.
  void Merge(uint64_t seen, WalkSample& other, uint64_t others_seen);

  const std::vector<WalkPick>& picks() const { return picks_; }

 private:
  double Uniform() { return std::uniform_real_distribution<double>(std::nextafter(0.0, 1.0), 1.0)(random_); }
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  void Skip();
  WalkPick TakeOne();

  size_t most_ = 0;
  uint64_t next_ = kNever;
  double weight_ = 1;
  std::vector<WalkPick> picks_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace xtcp2::daemon
