// One thing that the kernel is asked for through a Ring. Whoever asks derives from Operation and so cannot forget the
// answer: each submission names its Operation, and the Ring calls OnComplete exactly once for it, if need be with
// -ECANCELED when the Ring goes. Must stay where it is while it is in flight; can be used again afterwards.
#pragma once

#include "base/check.h"
#include "uring/buffer_ring.h"

namespace xtcp2::uring {

struct Completion {
  int result = 0;     // bytes, or a negative errno
  HeldBuffer buffer;  // what a receive filled; empty where it filled none
};

class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() { XTCP2_CHECK(!in_flight_, "an operation of an io_uring is gone while the kernel works on it"); }

  bool in_flight() const { return in_flight_; }

 protected:
  virtual void OnComplete(Completion completion) = 0;

 private:
  friend class Ring;
  bool in_flight_ = false;
  bool receives_ = false;
  Operation* previous_ = nullptr;  // of those in flight
  Operation* next_ = nullptr;
};

}  // namespace xtcp2::uring
