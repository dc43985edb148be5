// A queue between threads that is bounded in bytes. What happens when it is full is the pusher's choice: wait (Push) or
// make room by taking the oldest out (PushDroppingOldest). One item larger than the whole bound is let in when the
// queue is empty, so that a bound smaller than a batch slows things down and stops nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "base/ring_buffer.h"

namespace xtcp2 {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Waits for room. False when the queue was closed: the item was not taken.
  bool Push(T&& item, size_t bytes) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || Fits(bytes); });
    return Insert(std::move(item), bytes);
  }

  // Takes out the oldest until there is room, handing each to `dropped`. False when closed.
  bool PushDroppingOldest(T&& item, size_t bytes, const std::function<void(T&&)>& dropped) {
    std::unique_lock lock(mutex_);
    while (!closed_ && !Fits(bytes)) dropped(TakeFront());
    return Insert(std::move(item), bytes);
  }

  // The next item; waits at most `timeout`. Nothing when the time is over, or when closed and empty.
  std::optional<T> Pop(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, timeout, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    T item = TakeFront();
    room_.notify_all();
    return item;
  }

  // Nothing goes in any more; what is in can still be taken. Wakes everyone.
  void Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
    filled_.notify_all();
  }

  struct Level {
    size_t items, bytes;
    bool closed;
  };
  Level GetLevel() const {
    std::lock_guard lock(mutex_);
    return {items_.size(), bytes_, closed_};
  }

 private:
  struct Entry {
    T item{};
    size_t bytes = 0;
  };
  bool Fits(size_t bytes) const { return items_.empty() || bytes_ + bytes <= max_bytes_; }
  bool Insert(T&& item, size_t bytes) {
    if (closed_) return false;
    items_.push_back({std::move(item), bytes});
    bytes_ += bytes;
    filled_.notify_one();
    return true;
  }
  T TakeFront() {
    Entry entry = items_.Pop();
    bytes_ -= entry.bytes;
    return std::move(entry.item);
  }

  const size_t max_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable room_, filled_;
  RingBuffer<Entry> items_;
  size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace xtcp2
