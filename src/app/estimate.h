// What a configuration would send from this host: polls it as the daemon would, format by format, and counts. Main
// thread; starts the daemon's threads for each poll.
#pragma once

#include <string>
#include <vector>

#include "app/bpf_programs.h"
#include "base/result.h"
#include "config/config.h"
#include "serve/signals.h"

namespace xtcp2::app {

// One format, over all polls that were made.
struct FormatTotals {
  std::string format;
  double rows = 0, bytes = 0;  // framing included
  double zstd_bytes = 0;       // 0: not measured
};

// `polls` polls with `config`, whose destination does not matter. `compress`: also by zstd, message by message. An
// error says what cannot be had, or that a signal came.
Result<FormatTotals> CountPolls(const config::Config& config, const std::string& format, unsigned polls, bool compress,
                                Signals& signals, BpfPrograms& programs);

// For people: a table of what that is in an hour and in a day with a poll every config.poll_frequency.
std::string EstimateText(const std::vector<FormatTotals>& formats, unsigned polls, const config::Config& config);
// "1.23 GB": powers of 1000.
std::string BytesText(double bytes);

}  // namespace xtcp2::app
