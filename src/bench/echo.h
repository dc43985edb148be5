// What others notice: a process that sends a small message to another over a loopback connection in the first namespace
// of the load, waits for it to come back, and so on, for as long as a window lasts.
#pragma once

#include "bench/child.h"

namespace xtcp2::bench {

struct Latency {
  uint64_t round_trips = 0;
  double p50_us = 0, p99_us = 0;
};

class EchoPair {
 public:
  static Result<EchoPair> Start();
  Result<Latency> Window(double seconds);

 private:
  explicit EchoPair(Child child) : child_(std::move(child)) {}
  Child child_;
};

}  // namespace xtcp2::bench
