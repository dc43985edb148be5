#include "bench/statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace xtcp2::bench {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double Spread(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double median = Median(values);
  return median == 0 ? 0 : (*high - *low) / median;
}

// Values below 32 have a bucket each; above, the five bits behind the highest choose one within the power of two.
size_t LatencyHistogram::BucketOf(uint64_t ns) {
  const unsigned width = static_cast<unsigned>(std::bit_width(ns));
  if (width <= kSubBits) return ns;
  const unsigned shift = width - kSubBits - 1;
  return ((shift + 1) << kSubBits) + ((ns >> shift) & ((1u << kSubBits) - 1));
}

uint64_t LatencyHistogram::HighestOf(size_t bucket) {
  if (bucket < (1u << kSubBits)) return bucket;
  const unsigned shift = static_cast<unsigned>(bucket >> kSubBits) - 1;
  const uint64_t low = ((uint64_t{1} << kSubBits) + (bucket & ((1u << kSubBits) - 1))) << shift;
  return low + ((uint64_t{1} << shift) - 1);
}

void LatencyHistogram::Add(uint64_t ns) {
  ++buckets_[BucketOf(ns)];
  ++count_;
}

double LatencyHistogram::Quantile(double quantile) const {
  if (count_ == 0) return 0;
  const auto rank = std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return static_cast<double>(HighestOf(i));
  }
  return 0;
}

}  // namespace xtcp2::bench
