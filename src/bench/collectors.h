// The ways to collect that the bench knows, by the daemon's flags that choose them. Static.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xtcp2::bench {

std::vector<std::string_view> CollectorNames();

// The daemon's flags for a collector, so that it is this one or an error.
std::vector<std::string> CollectorFlags(std::string_view name);

}  // namespace xtcp2::bench
