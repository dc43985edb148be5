// Dumps one after the other, each datagram into the same buffer, which stays in the processor's cache.
#include <algorithm>

#include "base/check.h"
#include "base/clock.h"
#include "collect/dump_state.h"

namespace xtcp2::collect {
namespace {

void RunOne(DumpState& state, DumpJob& job, RowSink& sink, Buffer& buffer, const DumpLimits& limits) {
  state.Begin(job, sink, MonotonicNs());
  if (Stopping(limits)) return state.Cancel();
  if (const Result<> sent = job.channel->Send(job.request); !sent) state.OnSendFailed(sent.error().code);
  while (!state.finished()) {
    if (Stopping(limits)) return state.Cancel();
    const size_t room = buffer.capacity() - decode::kReadSlack;
    state.OnReceived(job.channel->Receive(buffer.data(), room), buffer.data(), limits);
  }
}

class SyscallRunner final : public DumpRunner {
 public:
  explicit SyscallRunner(size_t datagram_bytes)
      : buffer_(std::max(datagram_bytes, kMinReceiveBuffer) + decode::kReadSlack) {}

  void Run(std::span<DumpJob> jobs, RowSink& sink, const DumpLimits& limits) override {
    for (DumpJob& job : jobs) RunOne(state_, job, sink, buffer_, limits);
  }
  size_t capacity() const override { return 1; }
  size_t datagram_bytes() const override { return buffer_.capacity() - decode::kReadSlack; }
  Result<> MakeRoom(size_t datagram_bytes) override {
    buffer_.Reserve(datagram_bytes + decode::kReadSlack);
    return {};
  }
  size_t MemoryBytes() const override { return buffer_.capacity(); }

 private:
  DumpState state_;
  Buffer buffer_;
};

}  // namespace

std::unique_ptr<DumpRunner> MakeSyscallRunner(size_t datagram_bytes) {
  return std::make_unique<SyscallRunner>(datagram_bytes);
}

DumpResult RunDump(netlink::Channel& channel, const netlink::DumpRequest& request, RowSink& sink, Buffer& buffer,
                   const DumpLimits& limits, const DatagramTap& tap) {
  XTCP2_CHECK(buffer.capacity() >= kMinReceiveBuffer + decode::kReadSlack, "a dump's receive buffer is too small");
  const auto bytes = netlink::BuildDumpRequest(request);
  DumpJob job{.channel = &channel, .request = bytes, .tap = &tap};
  DumpState state;
  RunOne(state, job, sink, buffer, limits);
  return job.result;
}

}  // namespace xtcp2::collect
