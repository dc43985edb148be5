// A SocketWriter over an io_uring of its own. Goes over to system calls when the kernel refuses to serve the ring.
//
// The kernel is asked not to wait and to try again by itself: on Linux 6.18 such a second try sends an empty datagram
// to a unix socket whose queue was full, because the first has used up the iterator (unix_dgram_sendmsg(),
// net/unix/af_unix.c).
#pragma once

#include "ship/socket_writer.h"
#include "uring/ring.h"

namespace xtcp2::ship {

class RingWriter final : public SocketWriter {
 public:
  static Result<std::unique_ptr<RingWriter>> Make(uring::Calls& calls);

  ssize_t Write(int fd, std::span<const iovec> parts) override;

 private:
  class Answer final : public uring::Operation {
   public:
    int result = 0;

   private:
    void OnComplete(uring::Completion completion) override { result = completion.result; }
  };
  explicit RingWriter(std::unique_ptr<uring::Ring> ring) : ring_(std::move(ring)) {}

  Answer answer_;                      // before the ring, which may still tell it something when it goes
  std::unique_ptr<uring::Ring> ring_;  // null: system calls
};

}  // namespace xtcp2::ship
