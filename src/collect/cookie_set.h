// The socket cookies of one namespace in one poll, so that a socket that a dump gives twice (it moved under the
// kernel's cursor, or went from established to TIME_WAIT meanwhile) makes one row. Clearing costs nothing; memory stays
// and is reused.
//
// The kernel numbers sockets in the order in which they are first asked for (gen_cookie_next(),
// include/linux/cookie.h), which for most is the order of the first dump. So 64 neighbours share one slot of an open
// hash table, and slots of neighbours stand side by side: a hundred thousand quiet sockets take some 50 KB that are
// gone through in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

namespace xtcp2::collect {

class CookieSet {
 public:
  // False when `cookie` was added before. Cookie 0 (the kernel never gives it in a dump) is always new.
  bool Add(uint64_t cookie) {
    if (cookie == 0) return true;
    const uint64_t group = cookie >> 6, bit = uint64_t{1} << (cookie & 63);
    if (group > kLastGroup) return AddOdd(cookie);
    if ((groups_ + 1) * 2 > slots_.size()) Grow();
    const uint64_t tag = group | round_ << kGroupBits;
    for (size_t i = static_cast<size_t>(group) & mask_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.tag == tag) {
        if ((slot.bits & bit) != 0) return false;
        slot.bits |= bit;
        ++count_;
        return true;
      }
      if (slot.tag >> kGroupBits != round_) {  // free: of an earlier round, or never used
        slot = {tag, bit};
        ++groups_;
        ++count_;
        return true;
      }
    }
  }

  void Clear();
  size_t size() const { return count_; }
  size_t MemoryBytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  static constexpr int kGroupBits = 48;
  static constexpr uint64_t kLastGroup = (uint64_t{1} << kGroupBits) - 1;
  static constexpr uint64_t kLastRound = 0xffff;
  struct Slot {
    uint64_t tag = 0;   // group, and the round it was added in above
    uint64_t bits = 0;  // which of its 64 cookies
  };
  bool AddOdd(uint64_t cookie);
  void Grow();

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  size_t count_ = 0;   // cookies
  size_t groups_ = 0;  // slots in use
  uint64_t round_ = 1;
  std::unordered_set<uint64_t> odd_;  // numbers that no kernel comes to, as a capture may have them
};

}  // namespace xtcp2::collect
