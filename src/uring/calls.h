// The functions of liburing that enter the kernel, behind one table so that tests can make each of them fail.
// Stateless; any thread. Results are liburing's: negative errno values.
#pragma once

#include <liburing.h>

namespace xtcp2::uring {

class Calls {
 public:
  virtual ~Calls() = default;

  virtual int Init(unsigned entries, io_uring* ring, io_uring_params* params);
  virtual io_uring_probe* Probe(io_uring* ring);  // null: none; io_uring_free_probe() it
  virtual int Enable(io_uring* ring);
  virtual int RegisterBuffers(io_uring* ring, io_uring_buf_reg* about);
  // Submits what is prepared and, where `timeout` is given, waits for one completion, at most that long.
  virtual int Enter(io_uring* ring, __kernel_timespec* timeout);
  virtual unsigned Peek(io_uring* ring, io_uring_cqe** completions, unsigned most);
  // The value of kernel.io_uring_disabled (6.6+); 0 where it cannot be read.
  virtual int DisabledSetting();

  static Calls& Kernel();  // the real ones
};

}  // namespace xtcp2::uring
