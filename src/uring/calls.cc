#include "uring/calls.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>

#include "base/fd.h"

namespace xtcp2::uring {

int Calls::Init(unsigned entries, io_uring* ring, io_uring_params* params) {
  return io_uring_queue_init_params(entries, ring, params);
}

io_uring_probe* Calls::Probe(io_uring* ring) { return io_uring_get_probe_ring(ring); }

// liburing 2.3 declares io_uring_enable_rings() but its shared library does not have it.
int Calls::Enable(io_uring* ring) {
  return syscall(__NR_io_uring_register, ring->ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0) == 0 ? 0 : -errno;
}

int Calls::RegisterBuffers(io_uring* ring, io_uring_buf_reg* about) {
  return io_uring_register_buf_ring(ring, about, 0);
}

int Calls::Enter(io_uring* ring, __kernel_timespec* timeout) {
  if (timeout == nullptr) return io_uring_submit_and_get_events(ring);
  io_uring_cqe* first = nullptr;
  return io_uring_submit_and_wait_timeout(ring, &first, 1, timeout, nullptr);
}

unsigned Calls::Peek(io_uring* ring, io_uring_cqe** completions, unsigned most) {
  return io_uring_peek_batch_cqe(ring, completions, most);
}

int Calls::DisabledSetting() {
  const Fd fd(open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC));
  char digit = '0';
  if (!fd.ok() || read(fd.get(), &digit, 1) != 1) return 0;
  return digit - '0';
}

Calls& Calls::Kernel() {
  static Calls calls;
  return calls;
}

}  // namespace xtcp2::uring
