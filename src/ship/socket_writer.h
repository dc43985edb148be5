// How tcp, udp, unix and unixgram put bytes into their sockets: by sendmsg(2), or by the same through an io_uring.
// Writes do not wait; who waits for room does so as before. The shipping thread's; made by any thread.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>

#include "base/result.h"
#include "ship/options.h"
#include "uring/calls.h"

namespace xtcp2::ship {

class SocketWriter {
 public:
  virtual ~SocketWriter() = default;
  // One attempt that does not block: bytes taken, or -1 with errno (EAGAIN when there is no room). No SIGPIPE.
  virtual ssize_t Write(int fd, std::span<const iovec> parts) = 0;
};

// As options.io_uring says. Where no ring can be had: with io_uring_require an error, else system calls and a line in
// the log. `destination` is for messages.
Result<std::unique_ptr<SocketWriter>> MakeSocketWriter(const ShipOptions& options, const std::string& destination,
                                                       uring::Calls& calls = uring::Calls::Kernel());

}  // namespace xtcp2::ship
