#include "daemon/budget.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "filter/sampler.h"

namespace xtcp2::daemon {
namespace {

// Of so many sockets, each kept with probability 1/rate, hardly ever more than this many are.
double MostKept(double sockets, double rate) {
  const double expected = sockets / rate;
  return rate <= 1 ? sockets : expected + 3 * std::sqrt(expected);
}

}  // namespace

double Budget::Allowed() const {
  double rows = std::numeric_limits<double>::infinity();
  if (limits_.rows_per_second != 0) rows = static_cast<double>(limits_.rows_per_second) * seconds_;
  if (limits_.bytes_per_second != 0)
    rows = std::min(rows, static_cast<double>(limits_.bytes_per_second) * seconds_ / bytes_a_row_);
  return std::max(rows, 1.0);
}

uint32_t Budget::RateFor(double sockets) const {
  const double allowed = Allowed();
  uint64_t rate = limits_.lowest_rate;
  while (MostKept(sockets, static_cast<double>(rate)) > allowed && rate * 2 <= filter::kHighestRate) rate *= 2;
  return static_cast<uint32_t>(rate);
}

uint32_t Budget::Rate(uint64_t sockets) {
  const double matching = static_cast<double>(sockets) * matching_;
  uint32_t rate = RateFor(matching);
  // Down again only when there is room to spare, or the rate would change with every poll.
  if (rate < rate_) rate = std::min(rate_, RateFor(matching * 1.25));
  return rate_ = rate;
}

void Budget::Learn(uint64_t sockets, uint64_t matched, uint64_t rows, uint64_t row_bytes) {
  if (sockets != 0) matching_ = static_cast<double>(matched) / static_cast<double>(sockets);
  if (rows != 0) bytes_a_row_ = static_cast<double>(row_bytes) / static_cast<double>(rows);
}

}  // namespace xtcp2::daemon
