// For the tests of this folder and of those that use it: calls that fail on demand, an operation that remembers what it
// was told, pairs of sockets.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <deque>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "uring/ring.h"

namespace xtcp2::uring {

// The kernel, except where a test says otherwise.
class FaultyCalls : public Calls {
 public:
  int init_code = 0, enable_code = 0, register_code = 0;  // negative: fails with it
  int missing_operation = -1;
  bool no_probe = false;
  unsigned clear_features = 0;
  int disabled = 0;
  std::deque<int> enter_codes;  // of the next calls; 0: as the kernel says
  int enter_always = 0;
  unsigned enters = 0;

  int Init(unsigned entries, io_uring* ring, io_uring_params* params) override {
    if (init_code < 0) return init_code;
    const int code = Calls::Init(entries, ring, params);
    ring->features &= ~clear_features;
    return code;
  }
  io_uring_probe* Probe(io_uring* ring) override {
    if (no_probe) return nullptr;
    io_uring_probe* probe = Calls::Probe(ring);
    if (missing_operation >= 0) probe->ops[missing_operation].flags = 0;
    return probe;
  }
  int Enable(io_uring* ring) override { return enable_code < 0 ? enable_code : Calls::Enable(ring); }
  int RegisterBuffers(io_uring* ring, io_uring_buf_reg* about) override {
    return register_code < 0 ? register_code : Calls::RegisterBuffers(ring, about);
  }
  int Enter(io_uring* ring, __kernel_timespec* timeout) override {
    ++enters;
    int code = enter_always;
    if (!enter_codes.empty()) {
      code = enter_codes.front();
      enter_codes.pop_front();
    }
    return code < 0 ? code : Calls::Enter(ring, timeout);
  }
  int DisabledSetting() override { return disabled; }
};

// Counts its completions and keeps the last one.
class Noted : public Operation {
 public:
  int count = 0;
  int result = 0;
  HeldBuffer buffer;
  std::string text() const { return {reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(result)}; }

 protected:
  void OnComplete(Completion completion) override {
    ++count;
    result = completion.result;
    buffer = std::move(completion.buffer);
  }
};

// A receive of up to `size` bytes, for Ring::Receive.
struct Message {
  explicit Message(size_t size) : part{nullptr, size} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
  iovec part;
  msghdr header{};
};

struct Pair {
  explicit Pair(int type = SOCK_DGRAM) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    ours = Fd(ends[0]);
    theirs = Fd(ends[1]);
  }
  Fd ours, theirs;
};

inline std::unique_ptr<Ring> MustMake(const RingOptions& options, Calls& calls = Calls::Kernel()) {
  auto made = Ring::Make(options, calls);
  EXPECT_TRUE(made) << made.error().Text();
  return std::move(*made);
}

inline RingOptions WithBuffers(unsigned count, size_t bytes = 4096) {
  RingOptions options;
  options.buffers = {count, bytes, 64};
  return options;
}

// Until `operation` has completed.
inline void Await(Ring& ring, const Operation& operation) {
  const int64_t end = MonotonicNs() + 10 * kNsPerSecond;
  while (operation.in_flight() && MonotonicNs() < end) ASSERT_TRUE(ring.SubmitAndReap(kNsPerSecond));
  ASSERT_FALSE(operation.in_flight());
}

}  // namespace xtcp2::uring
