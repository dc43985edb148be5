#include "collect/cookie_set.h"

#include <algorithm>
#include <utility>

namespace xtcp2::collect {

void CookieSet::Grow() {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(std::max<size_t>(slots_.size() * 2, 1024)));
  mask_ = slots_.size() - 1;
  const uint64_t round = round_;
  round_ = 1;
  count_ = 0;
  for (const Slot& slot : old)
    if (slot.round == round) Add(slot.cookie);
}

}  // namespace xtcp2::collect
