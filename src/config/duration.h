// Durations as text: Go's syntax (300ms, 1h30m, 1.5s) on the command line, in the environment and in files; protobuf's
// ("1.5s") in JSON. Nanosecond resolution, +-292 years. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace xtcp2::config {

// As Go's time.ParseDuration: an optional sign, then numbers with a unit each (ns, us, µs, ms, s, m, h); "0" needs
// none. On failure nothing, and in `problem` what is wrong, as in "has no unit".
std::optional<Duration> ParseDuration(std::string_view text, std::string& problem);

// As protojson: seconds with at most nine digits behind the point, and an s.
std::optional<Duration> ParseProtoDuration(std::string_view text);

// The shortest common form that ParseDuration reads back: "0s", "300ms", "1.5s", "1h30m".
std::string DurationText(Duration duration);

}  // namespace xtcp2::config
