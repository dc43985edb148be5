// Another program on the same sockets, in turn with ours. Whole runs are compared, start and end included on both
// sides.
#pragma once

#include "bench/load.h"
#include "bench/options.h"
#include "bench/result.h"
#include "bench/stage.h"

namespace xtcp2::bench {

// options.pairs runs of each. An error when a run of either fails, with what it said.
Result<Contest> RunContest(const Stage& stage, const BenchOptions& options, Load& load);

// `command` with each {out} replaced.
std::string WithOutput(std::string command, const std::string& path);

}  // namespace xtcp2::bench
