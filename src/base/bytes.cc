#include "base/bytes.h"

#include <algorithm>

namespace xtcp2 {

void Buffer::Reserve(size_t capacity) {
  if (capacity <= capacity_) return;
  std::unique_ptr<uint8_t[]> bigger(new uint8_t[capacity + kSlack]);  // no value-initialisation on purpose
  if (size_ != 0) std::memcpy(bigger.get(), data_.get(), size_);
  data_ = std::move(bigger);
  capacity_ = capacity;
}

void Buffer::Grow(size_t count) { Reserve(std::max({size_ + count, capacity_ * 2, size_t{256}})); }

}  // namespace xtcp2
