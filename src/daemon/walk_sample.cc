#include "daemon/walk_sample.h"

#include <cmath>
#include <utility>

namespace xtcp2::daemon {

void WalkSample::Begin(size_t most) {
  most_ = most;
  next_ = most == 0 ? kNever : 1;
  weight_ = 1;
  picks_.clear();
  picks_.reserve(most);
}

void WalkSample::Keep(const xtcp2_bpf_row& row, const WalkPlace& place) {
  if (picks_.size() < most_) {
    picks_.push_back({row, place});
    ++next_;
    if (picks_.size() < most_) return;
    --next_;
  } else {
    picks_[Below(most_)] = {row, place};
  }
  Skip();
}

// How many rows go by until one displaces another of the sample: geometrically distributed, with a chance that falls as
// rows go by.
void WalkSample::Skip() {
  weight_ *= std::exp(std::log(Uniform()) / static_cast<double>(most_));
  const double skipped = std::floor(std::log(Uniform()) / std::log1p(-weight_));
  constexpr double kMost = 1e18;
  next_ = skipped < kMost ? next_ + 1 + static_cast<uint64_t>(skipped) : kNever;
}

WalkPick WalkSample::TakeOne() {
  const size_t at = Below(picks_.size());
  const WalkPick pick = picks_[at];
  picks_[at] = picks_.back();
  picks_.pop_back();
  return pick;
}

// Draws one after the other from all rows of both, which is: from one of the two by how many rows of it are left.
void WalkSample::Merge(uint64_t seen, WalkSample& other, uint64_t others_seen) {
  std::vector<WalkPick> merged;
  merged.reserve(most_);
  while (merged.size() < most_ && seen + others_seen != 0) {
    const bool ours = std::uniform_int_distribution<uint64_t>(1, seen + others_seen)(random_) <= seen;
    merged.push_back((ours ? *this : other).TakeOne());
    --(ours ? seen : others_seen);
  }
  picks_ = std::move(merged);
}

}  // namespace xtcp2::daemon
