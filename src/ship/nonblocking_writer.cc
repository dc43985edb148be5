#include "ship/nonblocking_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

namespace xtcp2::ship {

Result<NonblockingWriter> NonblockingWriter::Open(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  struct stat status;
  if (flags < 0 || fstat(fd, &status) != 0) return FailErrno("it is not open");
  if ((flags & O_ACCMODE) == O_RDONLY) return Fail("it is open for reading only", EBADF);
  NonblockingWriter writer(fd, Way::kSmallWrites);
  if (S_ISSOCK(status.st_mode)) {
    writer.way_ = Way::kSocket;
  } else if (S_ISREG(status.st_mode)) {
    writer.way_ = Way::kFile;
  } else if (S_ISFIFO(status.st_mode)) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return FailErrno("making a pipe");
    writer.from_ = Fd(ends[0]);
    writer.to_ = Fd(ends[1]);
    writer.way_ = Way::kSplice;
  } else if (isatty(fd) != 0) {
    writer.own_ = Fd(open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (writer.own_.ok()) writer.way_ = Way::kOwnDescription;
  }
  return writer;
}

ssize_t NonblockingWriter::Write(std::span<const iovec> parts) {
  const int count = static_cast<int>(parts.size());
  switch (way_) {
    case Way::kSocket: {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(parts.data());
      message.msg_iovlen = parts.size();
      return sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    case Way::kSplice:
      return WriteBySplice(parts);
    case Way::kOwnDescription:
      return writev(own_.get(), parts.data(), count);
    case Way::kFile:
      return writev(fd_, parts.data(), count);
    case Way::kSmallWrites:
      return WriteSmall(parts);
  }
  return -1;
}

ssize_t NonblockingWriter::WriteBySplice(std::span<const iovec> parts) {
  if (in_pipe_ == 0) {
    const ssize_t copied = writev(to_.get(), parts.data(), static_cast<int>(parts.size()));
    if (copied <= 0) return copied;
    in_pipe_ = static_cast<size_t>(copied);
  }
  const ssize_t moved = splice(from_.get(), nullptr, fd_, nullptr, in_pipe_, SPLICE_F_NONBLOCK);
  if (moved > 0) {
    in_pipe_ -= static_cast<size_t>(moved);
    return moved;
  }
  if (moved < 0 && (errno == EINVAL || errno == ENOSYS || errno == EPERM)) {
    way_ = Way::kSmallWrites;  // a filter on system calls: what our pipe holds was not reported as taken, so nothing is
                               // lost
    return WriteSmall(parts);
  }
  return moved;
}

ssize_t NonblockingWriter::WriteSmall(std::span<const iovec> parts) {
  constexpr size_t kSmall = 256;  // what a terminal has room for when poll says so: WAKEUP_CHARS in drivers/tty/n_tty.c
  pollfd room{fd_, POLLOUT, 0};
  if (poll(&room, 1, 0) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return write(fd_, parts.front().iov_base, std::min(kSmall, parts.front().iov_len));
}

}  // namespace xtcp2::ship
