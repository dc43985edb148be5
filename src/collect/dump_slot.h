// A place on the ring for one dump: its request, its receive, and the cancelling of either. Used again for one dump
// after the other; free when nothing of it is in flight.
#pragma once

#include <linux/netlink.h>
#include <sys/socket.h>

#include "collect/dump_state.h"
#include "uring/ring.h"

namespace xtcp2::collect {

class DumpSlot {
 public:
  static constexpr unsigned kOperations = 3;  // most in flight at once

  DumpSlot();

  // Asks for the dump. `room`: most bytes of a datagram. The ring must have room for kOperations.
  void Begin(DumpJob& job, RowSink& sink, const DumpLimits& limits, uring::Ring& ring, size_t room);
  // After a round of the ring that may have brought nothing for it: ends a dump that is silent too long.
  void Look(int64_t now_ns);
  void Cancel();        // the dump is to stop
  void Fail(int code);  // the ring is about to go
  bool free() const {
    return state_.finished() && !sending_.in_flight() && !receiving_.in_flight() && !cancelling_.in_flight();
  }
  int64_t SilentAt() const { return state_.SilentAt(*limits_); }

 private:
  template <void (DumpSlot::*Handle)(uring::Completion)>
  class Part final : public uring::Operation {
   public:
    explicit Part(DumpSlot& slot) : slot_(slot) {}

   private:
    void OnComplete(uring::Completion completion) override { (slot_.*Handle)(std::move(completion)); }
    DumpSlot& slot_;
  };
  void Ask();
  void Receive();
  void Abort();
  void OnSent(uring::Completion completion);
  void OnReceived(uring::Completion completion);
  void OnCancelled(uring::Completion completion);
  netlink::Received Judge(int result) const;

  DumpState state_;
  DumpJob* job_ = nullptr;
  const DumpLimits* limits_ = nullptr;
  uring::Ring* ring_ = nullptr;
  bool ask_again_ = false;
  unsigned quiet_rounds_ = 0;  // rounds of the ring since something came
  sockaddr_nl sender_{};
  iovec part_{};
  msghdr message_{};
  Part<&DumpSlot::OnSent> sending_{*this};
  Part<&DumpSlot::OnReceived> receiving_{*this};
  Part<&DumpSlot::OnCancelled> cancelling_{*this};
};

}  // namespace xtcp2::collect
