#include "ship/write_all.h"

#include <fmt/format.h>
#include <poll.h>

#include "base/clock.h"

namespace xtcp2::ship {

SendResult WriteAll(const WriteJob& job, const ByteParts& parts, const WriteSome& write, const Interrupt& interrupt,
                    size_t* written) {
  const auto new_deadline = [&] { return job.timeout_ms == 0 ? kNever : MonotonicNs() + job.timeout_ms * kNsPerMs; };
  int64_t deadline = new_deadline();
  uint64_t progress = job.peer_progress ? job.peer_progress() : 0;
  while (*written < parts.size()) {
    if (interrupt.is_set()) return Interrupted();
    std::array<iovec, 4> left;
    const size_t count = parts.From(*written, left);
    const ssize_t n = write(std::span(left).first(count));
    if (n > 0) {
      *written += static_cast<size_t>(n);
      deadline = new_deadline();
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return FailedCall(job.peer, {job.what, errno});
    switch (interrupt.WaitFor(job.fd, POLLOUT, deadline)) {
      case Interrupt::Outcome::kReady:
        break;
      case Interrupt::Outcome::kInterrupted:
        return Interrupted();
      case Interrupt::Outcome::kTimeout:
        if (const uint64_t now = job.peer_progress ? job.peer_progress() : progress; now != progress) {
          progress = now;
          deadline = new_deadline();
          break;
        }
        return TimedOut(fmt::format("{}: no progress in {} ms", job.what, job.timeout_ms));
    }
  }
  return {};
}

}  // namespace xtcp2::ship
