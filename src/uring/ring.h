// An io_uring of our own thread: asks are prepared, submitted together, and their completions come in batches to the
// Operation that each belongs to. Never more in flight than the rings hold, so that no completion can be lost. Made by
// any thread, used by the one that calls SubmitAndReap first, destroyed by any.
//
// Needs Linux 6.1 (SINGLE_ISSUER and DEFER_TASKRUN: no interruption while we decode). What we measured with sock_diag
// sockets: a multishot receive is no faster than one receive at a time, whose buffers stay in the cache and whose
// ENOBUFS can only be the socket's; so there is no multishot here.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <vector>

#include "base/bytes.h"
#include "uring/operation.h"

namespace xtcp2::uring {

struct RingOptions {
  unsigned operations = 64;         // most in flight at once; rounded up to a power of two
  unsigned completion_batch = 128;  // most completions taken at once
  BufferOptions buffers;            // for Receive; count 0: none
};

// Upper bound of what such a ring takes, rings and buffers.
size_t RequiredBytes(const RingOptions& options);

class Ring {
 public:
  // The error names the cause (setting, seccomp, old kernel, RLIMIT_MEMLOCK) and the remedy. The limit is raised where
  // we may.
  static Result<std::unique_ptr<Ring>> Make(const RingOptions& options, Calls& calls = Calls::Kernel());
  ~Ring();  // what is in flight is cancelled and told so
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Prepare one ask each. What they point to must stay until the completion, and the bytes of an `msghdr` (but not what
  // it points to) until SubmitAndReap. False: no room now; reap first. An operation that is in flight may not be given.
  [[nodiscard]] bool Send(int fd, Bytes bytes, int flags, Operation& operation);
  [[nodiscard]] bool SendMessage(int fd, const msghdr& message, int flags, Operation& operation);
  // Into a buffer of the ring. `message` has one iovec, whose length limits what is received; all of it must stay until
  // the completion. False also when all buffers are in use.
  [[nodiscard]] bool Receive(int fd, msghdr& message, int flags, Operation& operation);
  // The receive begins when the send has succeeded; else it ends with -ECANCELED.
  [[nodiscard]] bool SendThenReceive(int fd, Bytes bytes, Operation& send, msghdr& message, int flags,
                                     Operation& receive);
  [[nodiscard]] bool Poll(int fd, unsigned events, Operation& operation);
  // Completes with 0, or -ENOENT or -EALREADY where it came too late; `target` completes all the same.
  [[nodiscard]] bool Cancel(Operation& target, Operation& operation);

  // Submits what was prepared, waits for a completion up to `wait_ns` (0: not at all) where anything is in flight, and
  // calls OnComplete for up to completion_batch of them. Gives how many. An error: the ring can no longer be used. Not
  // to be called by OnComplete, which may prepare.
  Result<unsigned> SubmitAndReap(int64_t wait_ns);

  unsigned in_flight() const { return in_flight_; }
  unsigned room() const { return limit_ - in_flight_; }
  size_t MemoryBytes() const { return memory_bytes_; }
  const RingOptions& options() const { return options_; }

 private:
  Ring(const RingOptions& options, Calls& calls);
  io_uring_sqe* Next(Operation& operation);
  bool LendForReceive();
  void PrepareReceive(int fd, msghdr& message, int flags, Operation& operation);
  unsigned Reap();
  void Finish(Operation& operation, Completion completion);
  Result<> OnEnterFailed(int code, unsigned reaped);

  const RingOptions options_;
  Calls& calls_;
  io_uring ring_{};
  std::unique_ptr<BufferRing> buffers_;
  std::vector<io_uring_cqe*> completions_;
  Operation* first_ = nullptr;  // in flight
  unsigned limit_ = 0, in_flight_ = 0, receives_ = 0;
  size_t memory_bytes_ = 0;
  unsigned stalls_ = 0;  // refused submissions since the last one that went well
  bool set_up_ = false, enabled_ = false, reaping_ = false;
};

}  // namespace xtcp2::uring
