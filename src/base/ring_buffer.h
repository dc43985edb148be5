// First in, first out, without an allocation for each: a vector that is gone round, which grows and never shrinks. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace xtcp2 {

// T needs a default constructor and moves.
template <class T>
class RingBuffer {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  // Counted from the oldest.
  T& operator[](size_t i) { return slots_[(first_ + i) % slots_.size()]; }
  const T& operator[](size_t i) const { return slots_[(first_ + i) % slots_.size()]; }
  T& front() { return (*this)[0]; }

  void push_back(T item) {
    if (size_ == slots_.size()) Grow();
    (*this)[size_] = std::move(item);
    ++size_;
  }
  // The oldest; there must be one.
  T Pop() {
    T item = std::exchange(slots_[first_], T());
    first_ = (first_ + 1) % slots_.size();
    --size_;
    return item;
  }

 private:
  void Grow() {
    std::vector<T> larger(slots_.empty() ? 16 : 2 * slots_.size());
    for (size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> slots_;
  size_t first_ = 0, size_ = 0;
};

}  // namespace xtcp2
