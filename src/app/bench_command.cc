#include <fmt/format.h>

#include "app/commands.h"
#include "app/version.h"
#include "bench/bench.h"

namespace xtcp2::app {

int BenchCommand(const std::vector<std::string>& args) {
  return bench::RunBench(args, fmt::format("{} ({})", Version(), Commit()));
}

}  // namespace xtcp2::app
