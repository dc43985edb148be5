#include "collect/dump_slot.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/clock.h"

namespace xtcp2::collect {

using netlink::Received;

DumpSlot::DumpSlot() {
  message_.msg_name = &sender_;
  message_.msg_iov = &part_;
  message_.msg_iovlen = 1;
}

void DumpSlot::Begin(DumpJob& job, RowSink& sink, const DumpLimits& limits, uring::Ring& ring, size_t room) {
  job_ = &job;
  limits_ = &limits;
  ring_ = &ring;
  part_.iov_len = room;
  state_.Begin(job, sink, MonotonicNs());
  Ask();
}

// A netlink socket that has no destination sends to the kernel (netlink_sendmsg(), net/netlink/af_netlink.c).
void DumpSlot::Ask() {
  ask_again_ = false;
  quiet_rounds_ = 0;
  message_.msg_namelen = sizeof sender_;
  XTCP2_CHECK(ring_->SendThenReceive(job_->fd, job_->request, sending_, message_, MSG_TRUNC, receiving_),
              "a ring has more dumps than room");
}

void DumpSlot::Receive() {
  message_.msg_namelen = sizeof sender_;
  XTCP2_CHECK(ring_->Receive(job_->fd, message_, MSG_TRUNC, receiving_), "a ring has more receives than buffers");
}

void DumpSlot::OnSent(uring::Completion completion) {
  if (completion.result == -EINTR)
    ask_again_ = true;  // once the receive has come back
  else if (completion.result < 0 && !state_.finished())
    state_.OnSendFailed(-completion.result);
}

void DumpSlot::OnReceived(uring::Completion completion) {
  quiet_rounds_ = 0;
  if (state_.finished()) return;
  if (Stopping(*limits_)) return state_.Cancel();
  if (ask_again_) return Ask();
  {
    const uring::HeldBuffer buffer = std::move(completion.buffer);
    thread_local std::array<uint8_t, decode::kReadSlack> nothing;  // an empty datagram takes no buffer
    if (completion.result != -EINTR)
      state_.OnReceived(Judge(completion.result), buffer ? buffer.data() : nothing.data(), *limits_);
  }  // the next receive gets the same buffer
  if (!state_.finished()) Receive();
}

Received DumpSlot::Judge(int result) const {
  if (result == -ENOBUFS) return {Received::Kind::kOverrun};  // the socket's: each receive has a buffer
  if (result < 0) return {Received::Kind::kFailed, 0, 0, -result};
  if (message_.msg_namelen != 0 && (sender_.nl_family != AF_NETLINK || sender_.nl_pid != 0))
    return {Received::Kind::kForeign};
  const auto real = static_cast<size_t>(result);
  return {Received::Kind::kDatagram, std::min(real, part_.iov_len), real};
}

// Nothing to do: what was cancelled tells itself, and so does what completed before.
void DumpSlot::OnCancelled(uring::Completion /*completion*/) {}

// Two rounds: in the first one the receive may only just have been begun.
void DumpSlot::Look(int64_t now_ns) {
  if (state_.finished() || ++quiet_rounds_ < 2) return;
  state_.OnTime(now_ns, *limits_);
  if (state_.finished()) Abort();
}

void DumpSlot::Cancel() {
  if (state_.finished()) return;
  state_.Cancel();
  Abort();
}

void DumpSlot::Fail(int code) {
  if (!state_.finished()) state_.Fail(code);
}

// A receive that waits for its request goes with that.
void DumpSlot::Abort() {
  uring::Operation& last = sending_.in_flight() ? static_cast<uring::Operation&>(sending_) : receiving_;
  if (last.in_flight() && !cancelling_.in_flight())
    XTCP2_CHECK(ring_->Cancel(last, cancelling_), "a ring has no room to cancel");
}

}  // namespace xtcp2::collect
