// Connections at a rate, in network namespaces of its own, of which some are given up and replaced after half a second.
// Runs on threads of its own, so the caller's namespace stays. Needs root.
#pragma once

#include <vector>

#include "room.h"

namespace xtcp2::test {

struct Load {
  unsigned namespaces = 20;
  unsigned threads = 2;
  double per_second = 5000;  // connections, all namespaces together; 0: as many as the machine gives
  double seconds = 3;
};

struct Made {
  std::vector<End> log;
  double connections = 0, seconds = 0;
};

// Throws std::system_error where a namespace or socket cannot be made.
Made Generate(const Load& load);

}  // namespace xtcp2::test
