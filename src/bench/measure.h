// One row of the table: a daemon is run over the load, its polls are counted and timed, and what others notice of them.
#pragma once

#include "bench/load.h"
#include "bench/options.h"
#include "bench/result.h"
#include "bench/stage.h"

namespace xtcp2::bench {

// An error when the measurement itself failed; a collector that is not to be had here is a result.
Result<Measurement> Measure(const Stage& stage, const BenchOptions& options, Load& load, const std::string& collector,
                            const std::string& format);

}  // namespace xtcp2::bench
