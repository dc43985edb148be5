#include "ledger/overload.h"

#include <algorithm>
#include <utility>

namespace xtcp2::ledger {

bool Overload::TooMany(uint64_t rows, uint64_t lost) const {
  return static_cast<double>(lost) > limits_.share * static_cast<double>(rows + lost);
}

bool Overload::Update(int64_t monotonic_ns, uint64_t rows, uint64_t lost) {
  const uint64_t new_rows = rows - std::exchange(rows_, rows), new_lost = lost - std::exchange(lost_, lost);
  if (paused()) {
    if (monotonic_ns < paused_until_ns_) return true;
    paused_until_ns_ = 0;
    resumed_ns_ = monotonic_ns;
    bad_seconds_ = 0;
    return false;
  }
  bad_seconds_ = TooMany(new_rows, new_lost) ? bad_seconds_ + 1 : 0;
  if (bad_seconds_ < limits_.seconds) return false;
  const bool calm = pauses_ == 0 || monotonic_ns - resumed_ns_ >= limits_.calm_ns;
  pause_ns_ = calm ? limits_.first_pause_ns : std::min(pause_ns_ * 2, limits_.longest_pause_ns);
  paused_until_ns_ = monotonic_ns + pause_ns_;
  ++pauses_;
  return true;
}

}  // namespace xtcp2::ledger
