#include "collect/port_use.h"

#include <algorithm>
#include <numeric>

namespace xtcp2::collect {

void PortUse::Add(const PortUse& other) {
  for (size_t side = 0; side < count_.size(); ++side)
    for (size_t i = 0; i < count_[side].size(); ++i) count_[side][i] += other.count_[side][i];
}

// Cuts where the running sum passes the next of `parts` equal steps. `largest` is the share of the fullest range.
std::vector<PortRange> PortUse::SplitSide(const Side& side, bool destination, unsigned parts, double& largest) {
  const uint64_t all = std::accumulate(side.begin(), side.end(), uint64_t{0});
  std::vector<PortRange> ranges;
  largest = 1;
  if (all == 0 || parts < 2) return ranges;
  uint64_t sum = 0, cut_at = 0, fullest = 0;
  unsigned first = 0;
  const auto close = [&](unsigned end) {
    ranges.push_back({destination, static_cast<uint16_t>(first * kWidth), static_cast<uint16_t>(end * kWidth - 1)});
    fullest = std::max(fullest, sum - cut_at);
    cut_at = sum;
    first = end;
  };
  for (unsigned i = 0; i < side.size(); ++i) {
    // Before this bucket or behind it, whichever is nearer to the step.
    const uint64_t step = all * (ranges.size() + 1) / parts;
    if (sum > cut_at && sum + side[i] > step && step - std::min(step, sum) < sum + side[i] - step) close(i);
    sum += side[i];
    if (ranges.size() + 1 < parts && sum > cut_at && sum >= all * (ranges.size() + 1) / parts && i + 1 < side.size())
      close(i + 1);
  }
  close(static_cast<unsigned>(side.size()));
  largest = static_cast<double>(fullest) / static_cast<double>(all);
  return ranges;
}

std::vector<PortRange> PortUse::Split(unsigned parts) const {
  // A part with more than this has nearly the whole walk to itself, and the others only add theirs.
  constexpr double kWorthIt = 0.8;
  double by_source = 1, by_destination = 1;
  std::vector<PortRange> source = SplitSide(count_[0], false, parts, by_source);
  std::vector<PortRange> destination = SplitSide(count_[1], true, parts, by_destination);
  if (std::min(by_source, by_destination) > kWorthIt) return {};
  return by_source <= by_destination ? source : destination;
}

}  // namespace xtcp2::collect
