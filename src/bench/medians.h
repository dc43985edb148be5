// What several rounds of the same measurements say together. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "bench/result.h"

namespace xtcp2::bench {

// One collector with one format: the medians of its rounds.
struct Medians {
  std::string collector, format;
  size_t rounds = 0;
  double user_us = 0, system_us = 0, both_us = 0;  // a socket; medians by themselves, so no sum of each other
  double spread = 0;                               // of both_us: (largest - smallest) / median
  double poll_ms = 0;
  double of_first = 1;  // both_us by that of the collector that was measured first with this format
};

// In the order in which they were measured first; what was refused is left out.
std::vector<Medians> MediansOf(const std::vector<Measurement>& measurements);

// For people; "" where there is nothing to compare: one round of one collector.
std::string MediansTable(const std::vector<Measurement>& measurements);

}  // namespace xtcp2::bench
