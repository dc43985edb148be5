// The registry of base/metrics.h as Prometheus' text format, written by prometheus-cpp's serializer. And the rules that
// names must keep, which a test applies to the whole registry of the daemon.
//
// A gauge whose name ends in "_total" is shown as a counter: that is how a sum which the kernel keeps, and which is
// read on demand, is registered (process_cpu_seconds_total).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"

namespace xtcp2 {

inline constexpr std::string_view kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

// Runs the registry's scrape hooks on the calling thread.
std::string PrometheusText(Metrics& metrics);

// One sentence for each breach of the conventions: prefix xtcp2_ or process_; "_total" on counters and on nothing else;
// base units (seconds, bytes, ratio); a help text of one line; no label or series twice. Empty when all is well.
std::vector<std::string> LintMetrics(Metrics& metrics);

}  // namespace xtcp2
