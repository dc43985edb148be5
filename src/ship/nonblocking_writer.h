// Writes that do not block to a descriptor whose open file description belongs to others as well, so that O_NONBLOCK
// may not be set on it: a shell, a pager or the next program of a pipeline would meet EAGAIN. One thread's.
//
// What is done depends on what the descriptor is:
//   socket       sendmsg(MSG_DONTWAIT | MSG_NOSIGNAL)
//   pipe, FIFO   a pipe of our own takes the bytes, splice(SPLICE_F_NONBLOCK) moves them over: fs/splice.c honours that
//   flag for
//                pipes, whatever the descriptions say. Needs no permission and no /proc.
//   terminal     /proc/self/fd/N opened anew with O_NONBLOCK: a description of our own. Where that is refused, as
//   below. file         write: the kernel takes as much as the disk holds. others       poll before writes so small
//   that the room poll saw holds them.
#pragma once

#include <sys/uio.h>

#include <span>

#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::ship {

class NonblockingWriter {
 public:
  // `fd` stays the caller's and open. An error when it is not open for writing.
  static Result<NonblockingWriter> Open(int fd);

  // Bytes taken, or -1 with errno; EAGAIN: wait for POLLOUT on poll_fd() and try again. The next call must go on with
  // the byte behind the last one taken.
  ssize_t Write(std::span<const iovec> parts);
  int poll_fd() const { return own_.ok() ? own_.get() : fd_; }

 private:
  enum class Way { kSocket, kSplice, kOwnDescription, kFile, kSmallWrites };
  NonblockingWriter(int fd, Way way) : fd_(fd), way_(way) {}
  ssize_t WriteBySplice(std::span<const iovec> parts);
  ssize_t WriteSmall(std::span<const iovec> parts);

  int fd_;
  Way way_;
  Fd own_;              // kOwnDescription
  Fd from_, to_;        // kSplice: the two ends of our pipe
  size_t in_pipe_ = 0;  // bytes that are copied into our pipe but not yet taken
};

}  // namespace xtcp2::ship
