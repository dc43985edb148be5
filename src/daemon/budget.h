// How much a poll may send: from budgets of rows and bytes per second the sampling rate that keeps to them, so that
// what is left out is declared and chosen by connection, never lost at random. The poller's thread only.
#pragma once

#include <cstdint>

namespace xtcp2::daemon {

struct BudgetLimits {
  uint64_t rows_per_second = 0;   // 0: no limit
  uint64_t bytes_per_second = 0;  // encoded rows, without framing; 0: no limit
  uint32_t lowest_rate = 1;       // -sample: one in so many, whatever the budget
};

class Budget {
 public:
  Budget(const BudgetLimits& limits, int64_t poll_interval_ns)
      : limits_(limits), seconds_(static_cast<double>(poll_interval_ns) * 1e-9) {}

  // Without limits nobody need count sockets beforehand.
  bool limited() const { return limits_.rows_per_second != 0 || limits_.bytes_per_second != 0; }

  // The rate for a poll of a host with so many sockets in use: -sample's, or a power of two times as much as needed, so
  // that a little more or less changes nothing and who was kept at a higher rate stays.
  uint32_t Rate(uint64_t sockets);

  // What the poll came to: the sockets it was given for Rate(), those that matched the filter, and what was sent of
  // them.
  void Learn(uint64_t sockets, uint64_t matched, uint64_t rows, uint64_t row_bytes);

 private:
  double Allowed() const;  // rows a poll
  uint32_t RateFor(double sockets) const;

  const BudgetLimits limits_;
  const double seconds_;
  double matching_ = 1;        // share of the sockets in use that match the filter
  double bytes_a_row_ = 2048;  // a guess, on the high side for most formats, until rows were seen
  uint32_t rate_ = 0;          // of the last poll
};

}  // namespace xtcp2::daemon
