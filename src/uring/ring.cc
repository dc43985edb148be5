#include "uring/ring.h"

#include <poll.h>

#include <algorithm>
#include <bit>

#include "base/clock.h"

namespace xtcp2::uring {
namespace {

constexpr unsigned kMostStalls = 200;  // a fifth of a second

}  // namespace

Ring::Ring(const RingOptions& options, Calls& calls)
    : options_(options), calls_(calls), completions_(options.completion_batch) {}

Ring::~Ring() {
  if (set_up_) io_uring_queue_exit(&ring_);  // nothing is written to our memory after this
  while (first_ != nullptr) Finish(*first_, {-ECANCELED, {}});
}

io_uring_sqe* Ring::Next(Operation& operation) {
  XTCP2_CHECK(!operation.in_flight_, "an operation is given to an io_uring twice");
  io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
  XTCP2_CHECK(entry != nullptr, "an io_uring has fewer entries than it has room");
  operation.in_flight_ = true;
  operation.receives_ = false;
  operation.previous_ = nullptr;
  operation.next_ = std::exchange(first_, &operation);
  if (operation.next_ != nullptr) operation.next_->previous_ = &operation;
  ++in_flight_;
  return entry;
}

bool Ring::Send(int fd, Bytes bytes, int flags, Operation& operation) {
  if (room() == 0) return false;
  io_uring_sqe* const entry = Next(operation);
  io_uring_prep_send(entry, fd, bytes.data(), bytes.size(), flags);
  io_uring_sqe_set_data(entry, &operation);
  return true;
}

bool Ring::SendMessage(int fd, const msghdr& message, int flags, Operation& operation) {
  if (room() == 0) return false;
  io_uring_sqe* const entry = Next(operation);
  io_uring_prep_sendmsg(entry, fd, &message, static_cast<unsigned>(flags));
  io_uring_sqe_set_data(entry, &operation);
  return true;
}

// The kernel has a buffer for each receive in flight, and no more: which one it takes next is then ours to say.
bool Ring::LendForReceive() {
  XTCP2_CHECK(buffers_ != nullptr, "a receive on an io_uring without buffers");
  return buffers_->lent() > receives_ || buffers_->Lend();
}

void Ring::PrepareReceive(int fd, msghdr& message, int flags, Operation& operation) {
  io_uring_sqe* const entry = Next(operation);
  io_uring_prep_recvmsg(entry, fd, &message, static_cast<unsigned>(flags));
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->buf_group = BufferRing::kGroup;
  io_uring_sqe_set_data(entry, &operation);
  operation.receives_ = true;
  ++receives_;
}

bool Ring::Receive(int fd, msghdr& message, int flags, Operation& operation) {
  if (room() == 0 || !LendForReceive()) return false;
  PrepareReceive(fd, message, flags, operation);
  return true;
}

bool Ring::SendThenReceive(int fd, Bytes bytes, Operation& send, msghdr& message, int flags, Operation& receive) {
  if (room() < 2 || !LendForReceive()) return false;
  io_uring_sqe* const entry = Next(send);
  io_uring_prep_send(entry, fd, bytes.data(), bytes.size(), 0);
  entry->flags |= IOSQE_IO_LINK;
  io_uring_sqe_set_data(entry, &send);
  PrepareReceive(fd, message, flags, receive);
  return true;
}

bool Ring::Poll(int fd, unsigned events, Operation& operation) {
  if (room() == 0) return false;
  io_uring_sqe* const entry = Next(operation);
  io_uring_prep_poll_add(entry, fd, events);
  io_uring_sqe_set_data(entry, &operation);
  return true;
}

bool Ring::Cancel(Operation& target, Operation& operation) {
  if (room() == 0) return false;
  io_uring_sqe* const entry = Next(operation);
  io_uring_prep_cancel(entry, &target, 0);
  io_uring_sqe_set_data(entry, &operation);
  return true;
}

Result<unsigned> Ring::SubmitAndReap(int64_t wait_ns) {
  XTCP2_CHECK(!reaping_, "an io_uring is reaped by a completion");
  if (!enabled_) {
    if (const int code = calls_.Enable(&ring_); code < 0) return Fail("enabling an io_uring", -code);
    enabled_ = true;
  }
  __kernel_timespec timeout{wait_ns / kNsPerSecond, wait_ns % kNsPerSecond};
  const int code = calls_.Enter(&ring_, wait_ns > 0 && in_flight_ > 0 ? &timeout : nullptr);
  const unsigned reaped = Reap();
  if (code >= 0 || code == -ETIME || code == -EINTR) {
    stalls_ = 0;
  } else if (const Result<> bearable = OnEnterFailed(-code, reaped); !bearable) {
    return tl::unexpected(bearable.error());
  }
  return reaped;
}

// The kernel lacks memory for our asks at the moment, or wants completions to be taken first. Nothing is lost: what it
// did not take is submitted again next time.
Result<> Ring::OnEnterFailed(int code, unsigned reaped) {
  const bool passing = code == EAGAIN || code == EBUSY || code == ENOMEM;
  if (reaped > 0 && passing) return {};
  if (!passing || ++stalls_ > kMostStalls) return Fail("submitting to an io_uring", code);
  poll(nullptr, 0, 1);
  return {};
}

unsigned Ring::Reap() {
  const unsigned count = calls_.Peek(&ring_, completions_.data(), options_.completion_batch);
  reaping_ = true;
  for (unsigned i = 0; i < count; ++i) {
    const io_uring_cqe& entry = *completions_[i];
    Completion completion{entry.res, {}};
    if ((entry.flags & IORING_CQE_F_BUFFER) != 0)
      completion.buffer = buffers_->Take(static_cast<uint16_t>(entry.flags >> IORING_CQE_BUFFER_SHIFT));
    Finish(*static_cast<Operation*>(io_uring_cqe_get_data(&entry)), std::move(completion));
  }
  io_uring_cq_advance(&ring_, count);
  reaping_ = false;
  return count;
}

void Ring::Finish(Operation& operation, Completion completion) {
  XTCP2_CHECK(operation.in_flight_, "an io_uring completes an operation twice");
  operation.in_flight_ = false;
  (operation.previous_ != nullptr ? operation.previous_->next_ : first_) = operation.next_;
  if (operation.next_ != nullptr) operation.next_->previous_ = operation.previous_;
  --in_flight_;
  if (operation.receives_) --receives_;
  operation.OnComplete(std::move(completion));
}

}  // namespace xtcp2::uring
