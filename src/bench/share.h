// How a load is divided: over namespaces, families, and processes, which have so many descriptors each. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/options.h"

namespace xtcp2::bench {

// What one listener of a namespace has: connections to it are all in that namespace, from one source address.
struct Portion {
  size_t netns = 0;  // its number, from 0
  std::string family;
  size_t listeners = 0;  // one is connected to; a second one only makes the number of sockets come out even
  size_t connections = 0;
  size_t Sockets() const { return listeners + 2 * connections; }
};

// One process.
struct Holding {
  std::vector<Portion> portions;
  size_t Sockets() const;
};

inline constexpr size_t kMostOfPortion = 8000;   // sockets: far fewer than the ephemeral ports of a source address
inline constexpr size_t kSpareDescriptors = 64;  // of a process, for what are no sockets of the load

// Exactly options.sockets in all. An error names RLIMIT_NOFILE (`descriptors`: what a process may have) where it is too
// low.
Result<std::vector<Holding>> DivideLoad(const LoadOptions& options, size_t descriptors);

}  // namespace xtcp2::bench
