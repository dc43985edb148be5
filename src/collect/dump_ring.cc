#include "collect/dump_ring.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "collect/dump_slot.h"

namespace xtcp2::collect {
namespace {

constexpr int64_t kLookNs = 100 * kNsPerMs;  // how late a stop or a silence may be noticed

uring::RingOptions RingOptionsOf(const RingRunnerOptions& options) {
  const size_t bytes = std::max(options.datagram_bytes, kMinReceiveBuffer);
  return {DumpSlot::kOperations * options.receive_batch,
          options.completion_batch,
          {options.receive_batch, bytes, decode::kReadSlack}};
}

class RingRunner final : public DumpRunner {
 public:
  RingRunner(const RingRunnerOptions& options, std::unique_ptr<uring::Ring> ring, uring::Calls& calls)
      : options_(options), calls_(calls), slots_(options.receive_batch), ring_(std::move(ring)) {
    for (DumpSlot& slot : slots_) idle_.push_back(&slot);
    active_.reserve(slots_.size());
  }

  void Run(std::span<DumpJob> jobs, RowSink& sink, const DumpLimits& limits) override;
  size_t capacity() const override { return fallback_ ? 1 : slots_.size(); }
  size_t datagram_bytes() const override {
    return fallback_ ? fallback_->datagram_bytes() : RingOptionsOf(options_).buffers.bytes;
  }
  Result<> MakeRoom(size_t datagram_bytes) override;
  size_t MemoryBytes() const override {
    return (ring_ ? ring_->MemoryBytes() : fallback_->MemoryBytes()) + slots_.size() * sizeof(DumpSlot);
  }
  const Error* failure() const override { return failure_ ? &*failure_ : nullptr; }

 private:
  void Start(DumpJob& job, RowSink& sink, const DumpLimits& limits);
  int64_t PatienceNs() const;
  void LookAtAll();
  void CollectIdle();
  void Break(const Error& error);

  RingRunnerOptions options_;
  uring::Calls& calls_;
  std::vector<DumpSlot> slots_;  // before the ring, which may still tell them something when it goes
  std::vector<DumpSlot*> idle_, active_;
  std::unique_ptr<uring::Ring> ring_;     // null once it has failed ...
  std::unique_ptr<DumpRunner> fallback_;  // ... and this runs the dumps
  std::optional<Error> failure_;
  int64_t looked_ns_ = 0;
};

void RingRunner::Start(DumpJob& job, RowSink& sink, const DumpLimits& limits) {
  DumpSlot* const slot = idle_.back();
  idle_.pop_back();
  active_.push_back(slot);
  slot->Begin(job, sink, limits, *ring_, datagram_bytes());
}

void RingRunner::Run(std::span<DumpJob> jobs, RowSink& sink, const DumpLimits& limits) {
  looked_ns_ = MonotonicNs();
  while (ring_ != nullptr && (!jobs.empty() || !active_.empty())) {
    if (Stopping(limits)) {
      for (DumpSlot* slot : active_) slot->Cancel();
    } else {
      for (; !jobs.empty() && !idle_.empty(); jobs = jobs.subspan(1)) Start(jobs.front(), sink, limits);
    }
    if (active_.empty()) break;
    const Result<unsigned> reaped = ring_->SubmitAndReap(PatienceNs());
    if (!reaped) {
      Break(reaped.error());
    } else if (*reaped == 0 || MonotonicNs() - looked_ns_ >= kLookNs) {
      LookAtAll();
    }
    CollectIdle();
  }
  if (fallback_) return fallback_->Run(jobs, sink, limits);
  for (DumpJob& job : jobs) {  // what was not begun
    job.result = {};
    job.result.end = DumpEnd::kCancelled;
  }
}

int64_t RingRunner::PatienceNs() const {
  const int64_t now = MonotonicNs();
  int64_t wait = kLookNs;
  for (const DumpSlot* slot : active_) wait = std::min(wait, slot->SilentAt() - now);
  return std::max(wait, kNsPerMs);
}

void RingRunner::LookAtAll() {
  looked_ns_ = MonotonicNs();
  for (DumpSlot* slot : active_) slot->Look(looked_ns_);
}

void RingRunner::CollectIdle() {
  std::erase_if(active_, [this](DumpSlot* slot) {
    if (slot->free()) idle_.push_back(slot);
    return slot->free();
  });
}

// What was in flight is lost with the ring; the rest, now and later, goes by system calls.
void RingRunner::Break(const Error& error) {
  failure_ = error;
  LogWarning("{}: reading goes on by system calls", error.Text());
  fallback_ = MakeSyscallRunner(datagram_bytes());
  for (DumpSlot* slot : active_) slot->Fail(error.code);
  ring_.reset();  // all that was in flight comes back now
}

Result<> RingRunner::MakeRoom(size_t datagram_bytes) {
  if (fallback_) return fallback_->MakeRoom(datagram_bytes);
  XTCP2_CHECK(active_.empty(), "a ring's buffers are exchanged while it runs");
  RingRunnerOptions larger = options_;
  larger.datagram_bytes = datagram_bytes;
  Result<std::unique_ptr<uring::Ring>> ring = uring::Ring::Make(RingOptionsOf(larger), calls_);
  if (!ring) return tl::unexpected(ring.error());
  ring_ = std::move(*ring);
  options_ = larger;
  return {};
}

}  // namespace

size_t RequiredBytes(const RingRunnerOptions& options) {
  return uring::RequiredBytes(RingOptionsOf(options)) + options.receive_batch * sizeof(DumpSlot);
}

Result<std::unique_ptr<DumpRunner>> MakeRingRunner(const RingRunnerOptions& options, uring::Calls& calls) {
  Result<std::unique_ptr<uring::Ring>> ring = uring::Ring::Make(RingOptionsOf(options), calls);
  if (!ring) return tl::unexpected(ring.error());
  return std::make_unique<RingRunner>(options, std::move(*ring), calls);
}

}  // namespace xtcp2::collect
