#include "ship/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <ctime>

#include "base/clock.h"

namespace xtcp2::ship {

Interrupt::Interrupt() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Interrupt::Set() {
  set_.store(true, std::memory_order_release);
  const uint64_t one = 1;
  // Can only fail when it is already readable.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

Interrupt::Outcome Interrupt::WaitFor(int fd, short events, int64_t deadline_ns) const {
  pollfd fds[2] = {{event_.get(), POLLIN, 0}, {fd, events, 0}};  // poll ignores an fd of -1
  for (;;) {
    timespec left{};
    if (deadline_ns != kNever) {
      const int64_t ns = std::max<int64_t>(0, deadline_ns - MonotonicNs());
      left = {ns / kNsPerSecond, ns % kNsPerSecond};
    }
    const int ready = ppoll(fds, 2, deadline_ns == kNever ? nullptr : &left, nullptr);
    if (is_set()) return Outcome::kInterrupted;
    if (ready > 0 && fds[1].revents != 0) return Outcome::kReady;
    if (ready == 0) return Outcome::kTimeout;
    // EINTR: a signal was handled on this thread; the rest of the time still counts.
  }
}

}  // namespace xtcp2::ship
