// One dump as a state machine: it is told what was received and knows when the dump is over and how. It receives
// nothing and waits for nothing itself; that is a runner's part. Used again for one dump after the other.
#pragma once

#include "collect/dump_runner.h"

namespace xtcp2::collect {

class DumpState {
 public:
  // A dump whose request goes out now (`now_ns`: monotonic). Job and sink are borrowed until it is finished.
  void Begin(DumpJob& job, RowSink& sink, int64_t now_ns);

  // The request could not be sent.
  void OnSendFailed(int code) { End(DumpEnd::kRefused, code); }
  // What a receive gave. A datagram lies at `data`; the decode::kReadSlack bytes behind it are overwritten. Then the
  // clock is looked at: a dump that brings nothing for the limit ends.
  void OnReceived(const netlink::Received& received, uint8_t* data, const DumpLimits& limits);
  // Time went by without a receive.
  void OnTime(int64_t now_ns, const DumpLimits& limits);
  void Cancel() { End(DumpEnd::kCancelled, 0); }
  void Fail(int code) { End(DumpEnd::kFailed, code); }

  bool finished() const { return finished_; }
  // When OnTime() would end it.
  int64_t SilentAt(const DumpLimits& limits) const { return last_progress_ns_ + limits.silence_ns; }

 private:
  void End(DumpEnd end, int code);
  void OnDatagram(const netlink::Received& received, uint8_t* data);
  DumpEnd JudgeDone(int status) const;

  DumpJob* job_ = nullptr;
  RowSink* sink_ = nullptr;
  DumpExpectation expect_;
  // What was odd on the way; judged once DONE came.
  bool interrupted_ = false, overrun_ = false, truncated_ = false, damaged_ = false;
  bool finished_ = true;
  int64_t last_progress_ns_ = 0;
};

inline bool Stopping(const DumpLimits& limits) {
  return limits.stop != nullptr && limits.stop->load(std::memory_order_relaxed);
}

}  // namespace xtcp2::collect
