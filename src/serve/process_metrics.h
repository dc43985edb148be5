// What this process is and uses, as metrics: xtcp2_build_info and the process_* names that every Prometheus dashboard
// knows. Registered once at start; read from /proc at each scrape, on the scraping thread.
#pragma once

#include <string>

#include "base/metrics.h"

namespace xtcp2 {

// Labels of xtcp2_build_info, whose value is always 1.
struct BuildInfo {
  std::string version = {}, commit = {}, date = {};
  std::string kernel = {};  // release of the running kernel, uname -r
};

// `proc` is the root of procfs, for tests. What cannot be read keeps its last value.
void RegisterProcessMetrics(const BuildInfo& build, Metrics& metrics = Metrics::Global(), std::string proc = "/proc");

}  // namespace xtcp2
