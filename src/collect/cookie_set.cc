#include "collect/cookie_set.h"

#include <algorithm>
#include <utility>

namespace xtcp2::collect {

void CookieSet::Clear() {
  count_ = groups_ = 0;
  odd_.clear();
  if (round_++ != kLastRound) return;
  std::fill(slots_.begin(), slots_.end(), Slot{});
  round_ = 1;
}

bool CookieSet::AddOdd(uint64_t cookie) {
  const bool added = odd_.insert(cookie).second;
  count_ += added;
  return added;
}

void CookieSet::Grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(std::max<size_t>(slots_.size() * 2, 256)));
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.tag >> kGroupBits != round_) continue;
    size_t i = static_cast<size_t>(slot.tag & kLastGroup) & mask_;
    while (slots_[i].tag != 0) i = (i + 1) & mask_;
    slots_[i] = slot;
  }
}

}  // namespace xtcp2::collect
