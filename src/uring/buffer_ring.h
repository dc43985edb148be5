// Receive buffers that are lent to the kernel through a provided buffer ring (5.19+). A buffer is free, lent, or held
// by a HeldBuffer, which gives it back when it goes: it can neither be given back twice nor be forgotten. The one used
// last is lent next, while it is still in the processor's cache. Owned by a Ring, used by its thread.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "uring/calls.h"

namespace xtcp2::uring {

class BufferRing;

// Move-only; empty where a completion brought no buffer. Must go before its ring.
class HeldBuffer {
 public:
  HeldBuffer() = default;
  HeldBuffer(HeldBuffer&& other) noexcept : ring_(std::exchange(other.ring_, nullptr)), id_(other.id_) {}
  HeldBuffer& operator=(HeldBuffer&& other) noexcept {
    HeldBuffer moved(std::move(other));
    std::swap(ring_, moved.ring_);
    std::swap(id_, moved.id_);
    return *this;
  }
  ~HeldBuffer();

  explicit operator bool() const { return ring_ != nullptr; }
  // buffer_bytes, and the slack that the options asked for behind them.
  uint8_t* data() const;

 private:
  friend class BufferRing;
  HeldBuffer(BufferRing* ring, uint16_t id) : ring_(ring), id_(id) {}
  BufferRing* ring_ = nullptr;
  uint16_t id_ = 0;
};

struct BufferOptions {
  unsigned count = 0;
  size_t bytes = 0;  // what the kernel may fill of one
  size_t slack = 0;  // behind it, for the user
};

class BufferRing {
 public:
  static constexpr unsigned kMost = 1u << 15;  // the kernel's limit
  static constexpr int kGroup = 0;

  // Registers with `ring`, which must outlive it: the kernel forgets the buffers when that is closed.
  static Result<std::unique_ptr<BufferRing>> Make(const BufferOptions& options, io_uring* ring, Calls& calls);
  ~BufferRing();
  BufferRing(const BufferRing&) = delete;
  BufferRing& operator=(const BufferRing&) = delete;

  // Lends one more to the kernel; false when all are lent or held.
  [[nodiscard]] bool Lend();
  // The kernel has filled this one.
  HeldBuffer Take(uint16_t id);
  unsigned lent() const { return lent_; }
  unsigned free() const { return static_cast<unsigned>(free_.size()); }

  static size_t RequiredBytes(const BufferOptions& options);

 private:
  friend class HeldBuffer;
  enum class State : uint8_t { kFree, kLent, kHeld };
  explicit BufferRing(const BufferOptions& options);
  void GiveBack(uint16_t id);
  uint8_t* At(uint16_t id) const { return memory_ + ring_bytes_ + id * stride_; }

  const BufferOptions options_;
  const unsigned entries_;  // a power of two
  const size_t stride_, ring_bytes_, memory_bytes_;
  uint8_t* memory_ = nullptr;  // the ring, then the buffers
  io_uring_buf_ring* ring_ = nullptr;
  std::vector<State> states_;
  std::vector<uint16_t> free_;  // the last is lent next
  unsigned lent_ = 0;
};

}  // namespace xtcp2::uring
