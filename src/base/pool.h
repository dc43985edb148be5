// A pool of reusable objects. Take() hands out a move-only Pooled<T> that returns itself, from any thread; there is no
// put() to forget and no raw pointer to keep, so a double return or a use after return cannot be written. Idle objects
// are bounded; above that they are freed. The pool must outlive what it hands out.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace xtcp2 {

template <class T>
class Pool;

template <class T>
class Pooled {
 public:
  Pooled() = default;
  Pooled(Pooled&&) noexcept = default;
  Pooled& operator=(Pooled&& other) noexcept {
    Pooled moved(std::move(other));
    std::swap(item_, moved.item_);
    std::swap(pool_, moved.pool_);
    return *this;
  }
  ~Pooled() {
    if (item_) pool_->Return(std::move(item_));
  }

  T& operator*() const { return *item_; }
  T* operator->() const { return item_.get(); }
  explicit operator bool() const { return item_ != nullptr; }

 private:
  friend class Pool<T>;
  Pooled(std::unique_ptr<T> item, Pool<T>* pool) : item_(std::move(item)), pool_(pool) {}
  std::unique_ptr<T> item_;
  Pool<T>* pool_ = nullptr;
};

// T needs a default constructor and `void Reset()`, called when an object comes back.
template <class T>
class Pool {
 public:
  explicit Pool(size_t max_idle) : max_idle_(max_idle) { idle_.reserve(max_idle); }

  Pooled<T> Take() {
    {
      std::lock_guard lock(mutex_);
      const uint64_t out = ++out_;
      if (out > high_water_) high_water_ = out;
      if (!idle_.empty()) {
        std::unique_ptr<T> item = std::move(idle_.back());
        idle_.pop_back();
        ++hits_;
        return {std::move(item), this};
      }
      ++misses_;
    }
    return {std::make_unique<T>(), this};
  }

  struct Stats {
    uint64_t hits, misses, high_water, out, idle;
  };
  Stats GetStats() const {
    std::lock_guard lock(mutex_);
    return {hits_, misses_, high_water_, out_, idle_.size()};
  }

 private:
  friend class Pooled<T>;
  void Return(std::unique_ptr<T> item) {
    item->Reset();
    std::lock_guard lock(mutex_);
    --out_;
    if (idle_.size() < max_idle_) idle_.push_back(std::move(item));
  }

  const size_t max_idle_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
  uint64_t hits_ = 0, misses_ = 0, high_water_ = 0, out_ = 0;
};

}  // namespace xtcp2
