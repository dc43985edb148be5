#include "collect/dump_state.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/clock.h"

namespace xtcp2::collect {

using netlink::Received;

void DumpState::Begin(DumpJob& job, RowSink& sink, int64_t now_ns) {
  XTCP2_CHECK(job.request.size() >= netlink::kHeaderSize, "a dump's request has no netlink header");
  job.result = {};
  job_ = &job;
  sink_ = &sink;
  expect_ = {false, Load<uint32_t>(job.request.data() + 8), job.channel->port_id()};
  interrupted_ = overrun_ = truncated_ = damaged_ = finished_ = false;
  last_progress_ns_ = now_ns;
}

void DumpState::End(DumpEnd end, int code) {
  finished_ = true;
  job_->result.end = end;
  job_->result.code = code;
}

void DumpState::OnReceived(const Received& received, uint8_t* data, const DumpLimits& limits) {
  const uint64_t before = job_->result.answers;  // datagrams that are not ours are no progress
  switch (received.kind) {
    case Received::Kind::kDatagram:
      OnDatagram(received, data);
      break;
    case Received::Kind::kForeign:
      ++job_->result.foreign;
      break;
    case Received::Kind::kOverrun:
      overrun_ = true;
      break;
    case Received::Kind::kSilence:
      break;
    case Received::Kind::kFailed:
      End(DumpEnd::kFailed, received.code);
      break;
  }
  if (finished_) return;
  const int64_t now = MonotonicNs();
  if (job_->result.answers != before)
    last_progress_ns_ = now;
  else
    OnTime(now, limits);
}

void DumpState::OnTime(int64_t now_ns, const DumpLimits& limits) {
  if (now_ns >= SilentAt(limits)) End(DumpEnd::kSilent, 0);
}

void DumpState::OnDatagram(const Received& received, uint8_t* data) {
  DumpResult& result = job_->result;
  ++result.datagrams;
  result.bytes += received.size;
  result.largest_datagram = std::max(result.largest_datagram, received.real_size);
  if (received.real_size > received.size) truncated_ = true;
  const Bytes datagram(data, received.size);
  std::memset(data + received.size, 0, decode::kReadSlack);
  const int64_t now = RealtimeNs();
  if (job_->tap != nullptr && *job_->tap) (*job_->tap)(datagram, now);
  sink_->Enter(*job_->lane);
  const DatagramOutcome outcome = sink_->OnDatagram(datagram, expect_, now);
  result.answers += outcome.answers;
  result.foreign += outcome.foreign;
  interrupted_ |= outcome.interrupted;
  overrun_ |= outcome.overrun;
  damaged_ |= outcome.damaged;
  if (outcome.refused)
    End(DumpEnd::kRefused, outcome.code);
  else if (outcome.done)
    End(JudgeDone(outcome.code), outcome.code);
}

DumpEnd DumpState::JudgeDone(int status) const {
  if (status != 0) return DumpEnd::kStatus;
  if (truncated_) return DumpEnd::kTruncated;
  if (overrun_) return DumpEnd::kOverrun;
  if (damaged_) return DumpEnd::kDamaged;
  if (interrupted_) return DumpEnd::kInterrupted;
  return DumpEnd::kComplete;
}

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

}  // namespace xtcp2::collect
