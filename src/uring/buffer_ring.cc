#include "uring/buffer_ring.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <bit>

#include "base/check.h"

namespace xtcp2::uring {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kCacheLine = 64;

size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }
size_t Stride(const BufferOptions& options) { return RoundUp(options.bytes + options.slack, kCacheLine); }
size_t RingBytes(const BufferOptions& options) {
  return RoundUp(std::bit_ceil(options.count) * sizeof(io_uring_buf), kPage);
}

}  // namespace

HeldBuffer::~HeldBuffer() {
  if (ring_ != nullptr) ring_->GiveBack(id_);
}

uint8_t* HeldBuffer::data() const { return ring_->At(id_); }

size_t BufferRing::RequiredBytes(const BufferOptions& options) {
  if (options.count == 0) return 0;
  return RoundUp(RingBytes(options) + options.count * Stride(options), kPage);
}

BufferRing::BufferRing(const BufferOptions& options)
    : options_(options),
      entries_(std::bit_ceil(options.count)),
      stride_(Stride(options)),
      ring_bytes_(RingBytes(options)),
      memory_bytes_(RequiredBytes(options)),
      states_(options.count, State::kFree) {
  free_.reserve(options.count);
  for (unsigned id = options.count; id-- > 0;) free_.push_back(static_cast<uint16_t>(id));
}

Result<std::unique_ptr<BufferRing>> BufferRing::Make(const BufferOptions& options, io_uring* ring, Calls& calls) {
  XTCP2_CHECK(options.count >= 1 && options.count <= kMost && options.bytes > 0, "a buffer ring of impossible size");
  std::unique_ptr<BufferRing> made(new BufferRing(options));
  void* memory = mmap(nullptr, made->memory_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return FailErrno(fmt::format("{} bytes for {} receive buffers", made->memory_bytes_, options.count));
  made->memory_ = static_cast<uint8_t*>(memory);
  made->ring_ = static_cast<io_uring_buf_ring*>(memory);
  io_uring_buf_ring_init(made->ring_);
  io_uring_buf_reg about{};
  about.ring_addr = reinterpret_cast<uintptr_t>(made->ring_);
  about.ring_entries = made->entries_;
  about.bgid = kGroup;
  if (const int code = calls.RegisterBuffers(ring, &about); code < 0) return Fail("a ring of receive buffers", -code);
  return made;
}

BufferRing::~BufferRing() {
  for (const State state : states_) XTCP2_CHECK(state != State::kHeld, "a ring's buffer is held longer than the ring");
  if (memory_ != nullptr) munmap(memory_, memory_bytes_);
}

bool BufferRing::Lend() {
  if (free_.empty()) return false;
  const uint16_t id = free_.back();
  free_.pop_back();
  states_[id] = State::kLent;
  ++lent_;
  io_uring_buf_ring_add(ring_, At(id), static_cast<unsigned>(options_.bytes), id, io_uring_buf_ring_mask(entries_), 0);
  io_uring_buf_ring_advance(ring_, 1);
  return true;
}

HeldBuffer BufferRing::Take(uint16_t id) {
  XTCP2_CHECK(id < states_.size() && states_[id] == State::kLent, "the kernel filled a buffer that it does not have");
  states_[id] = State::kHeld;
  --lent_;
  return {this, id};
}

void BufferRing::GiveBack(uint16_t id) {
  states_[id] = State::kFree;
  free_.push_back(id);
}

}  // namespace xtcp2::uring
