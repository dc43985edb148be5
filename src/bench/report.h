// The figures of a bench for people and for programs. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "bench/options.h"
#include "bench/result.h"

namespace xtcp2::bench {

// What was measured on: the facts that stand beside the figures.
struct Surroundings {
  std::string version;  // of xtcp2
  std::string kernel;   // uname -r
  unsigned processors = 0;
  uint64_t sockets = 0;  // as made
  size_t processes = 0;  // that hold them
  double seconds = 0;    // that making them took
};

// The table: a heading, then a line for each measurement, as it comes. Every line ends with a newline.
std::string Heading();
std::string Line(const Measurement& measurement, bool churn);
// The effect on others, one line for each measurement that has one; "" where none has.
std::string EffectTable(const std::vector<Measurement>& measurements);
std::string ContestTable(const Contest& contest);

// One object, with a newline. `contest` may be null.
std::string Json(const Surroundings& surroundings, const BenchOptions& options,
                 const std::vector<Measurement>& measurements, const Contest* contest);

}  // namespace xtcp2::bench
