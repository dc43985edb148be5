// The socket cookies of one namespace in one poll, so that a socket that a dump gives twice (it moved under the
// kernel's cursor, or went from established to TIME_WAIT meanwhile) makes one row. Open addressing; clearing costs
// nothing; memory stays and is reused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xtcp2::collect {

class CookieSet {
 public:
  // False when `cookie` was added before. Cookie 0 (the kernel never gives it in a dump) is always new.
  bool Add(uint64_t cookie) {
    if (cookie == 0) return true;
    if ((count_ + 1) * 2 > slots_.size()) Grow();
    for (size_t i = Hash(cookie) & mask_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.round != round_) {
        slot = {cookie, round_};
        ++count_;
        return true;
      }
      if (slot.cookie == cookie) return false;
    }
  }

  void Clear() {
    ++round_;
    count_ = 0;
  }
  size_t size() const { return count_; }

 private:
  struct Slot {
    uint64_t cookie = 0;
    uint64_t round = 0;
  };
  // Cookies come from per-cpu counters and differ in low bits; a multiplication spreads them over the high ones.
  static size_t Hash(uint64_t cookie) { return static_cast<size_t>((cookie * 0x9E3779B97F4A7C15u) >> 24); }
  void Grow();

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  size_t count_ = 0;
  uint64_t round_ = 1;
};

}  // namespace xtcp2::collect
