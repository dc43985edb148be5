// Dumps one after the other, each datagram into the same buffer, which stays in the processor's cache.
#include <algorithm>

#include "base/clock.h"
#include "collect/dump_state.h"

namespace xtcp2::collect {
namespace {

class SyscallRunner final : public DumpRunner {
 public:
  explicit SyscallRunner(size_t datagram_bytes)
      : buffer_(std::max(datagram_bytes, kMinReceiveBuffer) + decode::kReadSlack) {}

  void Run(std::span<DumpJob> jobs, RowSink& sink, const DumpLimits& limits) override {
    for (DumpJob& job : jobs) RunOne(job, sink, limits);
  }
  size_t capacity() const override { return 1; }
  size_t datagram_bytes() const override { return buffer_.capacity() - decode::kReadSlack; }
  Result<> MakeRoom(size_t datagram_bytes) override {
    buffer_.Reserve(datagram_bytes + decode::kReadSlack);
    return {};
  }
  size_t MemoryBytes() const override { return buffer_.capacity(); }

 private:
  void RunOne(DumpJob& job, RowSink& sink, const DumpLimits& limits) {
    state_.Begin(job, sink, MonotonicNs());
    if (Stopping(limits)) return state_.Cancel();
    if (const Result<> sent = job.channel->Send(job.request); !sent) state_.OnSendFailed(sent.error().code);
    while (!state_.finished()) {
      if (Stopping(limits)) return state_.Cancel();
      state_.OnReceived(job.channel->Receive(buffer_.data(), datagram_bytes()), buffer_.data(), limits);
    }
  }

  DumpState state_;
  Buffer buffer_;
};

}  // namespace

std::unique_ptr<DumpRunner> MakeSyscallRunner(size_t datagram_bytes) {
  return std::make_unique<SyscallRunner>(datagram_bytes);
}

}  // namespace xtcp2::collect
