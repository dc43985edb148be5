// What is said of repeated measurements: medians, percentiles, spreads. Pure functions; latencies are kept as a
// histogram of fixed size whose buckets are 1/32 of their value wide, so that a window of any length costs no memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace xtcp2::bench {

// The middle value, or the mean of the two middle ones; 0 of none.
double Median(std::vector<double> values);

// (largest - smallest) / median, as a fraction; 0 of fewer than two values or of a median of 0.
double Spread(const std::vector<double>& values);

class LatencyHistogram {
 public:
  void Add(uint64_t ns);
  uint64_t count() const { return count_; }
  // The latency, in nanoseconds, that a share of `quantile` (0 to 1) does not exceed; at most 1/32 too high. 0 of none.
  double Quantile(double quantile) const;

 private:
  static constexpr unsigned kSubBits = 5;  // 32 buckets for each power of two
  static size_t BucketOf(uint64_t ns);
  static uint64_t HighestOf(size_t bucket);

  std::array<uint32_t, (64 - kSubBits + 1) << kSubBits> buckets_{};
  uint64_t count_ = 0;
};

}  // namespace xtcp2::bench
