#include "collect/dump.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/clock.h"

namespace xtcp2::collect {
namespace {

using netlink::Received;

// What was odd on the way; judged once DONE came.
struct Oddities {
  bool interrupted = false, overrun = false, truncated = false, damaged = false;
};

DumpEnd JudgeDone(const Oddities& odd, int status) {
  if (status != 0) return DumpEnd::kStatus;
  if (odd.truncated) return DumpEnd::kTruncated;
  if (odd.overrun) return DumpEnd::kOverrun;
  if (odd.damaged) return DumpEnd::kDamaged;
  if (odd.interrupted) return DumpEnd::kInterrupted;
  return DumpEnd::kComplete;
}

class Dump {
 public:
  Dump(netlink::Channel& channel, const netlink::DumpRequest& request, RowSink& sink, Buffer& buffer,
       const DatagramTap& tap)
      : channel_(channel), sink_(sink), buffer_(buffer), tap_(tap), expect_{false, request.seq, channel.port_id()} {}

  DumpResult Run(const netlink::DumpRequest& request, const DumpLimits& limits) {
    const auto bytes = netlink::BuildDumpRequest(request);
    if (const Result<> sent = channel_.Send(bytes); !sent) return End(DumpEnd::kRefused, sent.error().code);
    int64_t last_progress = MonotonicNs();
    while (!finished_) {
      if (limits.stop != nullptr && limits.stop->load(std::memory_order_relaxed)) return End(DumpEnd::kCancelled);
      const uint64_t before = result_.answers;  // datagrams that are not ours are no progress
      Step();
      const int64_t now = MonotonicNs();
      if (result_.answers != before)
        last_progress = now;
      else if (!finished_ && now - last_progress >= limits.silence_ns)
        return End(DumpEnd::kSilent);
    }
    return result_;
  }

 private:
  DumpResult End(DumpEnd end, int code = 0) {
    finished_ = true;
    result_.end = end;
    result_.code = code;
    return result_;
  }

  void Step() {
    const size_t room = buffer_.capacity() - decode::kReadSlack;
    const Received received = channel_.Receive(buffer_.data(), room);
    switch (received.kind) {
      case Received::Kind::kDatagram:
        OnDatagram(received);
        break;
      case Received::Kind::kForeign:
        ++result_.foreign;
        break;
      case Received::Kind::kOverrun:
        odd_.overrun = true;
        break;
      case Received::Kind::kSilence:
        break;
      case Received::Kind::kFailed:
        End(DumpEnd::kFailed, received.code);
        break;
    }
  }

  void OnDatagram(const Received& received) {
    ++result_.datagrams;
    result_.bytes += received.size;
    result_.largest_datagram = std::max(result_.largest_datagram, received.real_size);
    if (received.real_size > received.size) odd_.truncated = true;
    const Bytes datagram(buffer_.data(), received.size);
    std::memset(buffer_.data() + received.size, 0, decode::kReadSlack);
    const int64_t now = RealtimeNs();
    if (tap_) tap_(datagram, now);
    const DatagramOutcome outcome = sink_.OnDatagram(datagram, expect_, now);
    result_.answers += outcome.answers;
    result_.foreign += outcome.foreign;
    odd_.interrupted |= outcome.interrupted;
    odd_.overrun |= outcome.overrun;
    odd_.damaged |= outcome.damaged;
    if (outcome.refused)
      End(DumpEnd::kRefused, outcome.code);
    else if (outcome.done)
      End(JudgeDone(odd_, outcome.code), outcome.code);
  }

  netlink::Channel& channel_;
  RowSink& sink_;
  Buffer& buffer_;
  const DatagramTap& tap_;
  const DumpExpectation expect_;
  Oddities odd_;
  DumpResult result_;
  bool finished_ = false;
};

}  // namespace

const char* DumpEndName(DumpEnd end) {
  switch (end) {
    case DumpEnd::kComplete:
      return "complete";
    case DumpEnd::kInterrupted:
      return "interrupted";
    case DumpEnd::kRefused:
      return "refused";
    case DumpEnd::kStatus:
      return "status";
    case DumpEnd::kOverrun:
      return "overrun";
    case DumpEnd::kTruncated:
      return "truncated";
    case DumpEnd::kDamaged:
      return "damaged";
    case DumpEnd::kSilent:
      return "silent";
    case DumpEnd::kFailed:
      return "failed";
    case DumpEnd::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

DumpResult RunDump(netlink::Channel& channel, const netlink::DumpRequest& request, RowSink& sink, Buffer& buffer,
                   const DumpLimits& limits, const DatagramTap& tap) {
  XTCP2_CHECK(buffer.capacity() >= kMinReceiveBuffer + decode::kReadSlack, "a dump's receive buffer is too small");
  return Dump(channel, request, sink, buffer, tap).Run(request, limits);
}

}  // namespace xtcp2::collect
