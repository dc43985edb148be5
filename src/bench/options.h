// What `xtcp2 bench` was asked for. Every flag is one row of a table in options.cc, from which parsing, ranges and
// -help come; flags of the daemon follow behind "--" and are not looked at here. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xtcp2::bench {

// The sockets that are made for the measurement. A connection is two sockets, both of them in the namespace.
struct LoadOptions {
  uint64_t sockets{};     // of all namespaces together, listeners included
  uint64_t namespaces{};  // with sockets
  uint64_t empty{};       // without
  std::vector<std::string> families;
  uint64_t active_pct{};  // of the connections: one exchange each second
  uint64_t churn{};       // connections per second that are opened, and closed a second later
};

struct BenchOptions : LoadOptions {
  std::vector<std::string> collectors;
  std::vector<std::string> formats;
  uint64_t rounds{};   // of all collectors and formats
  uint64_t polls{};    // at least
  double seconds{};    // of the daemon's CPU time, at least
  std::string dest;    // "null", "file"
  uint64_t windows{};  // pairs of windows for the effect on others; 0: not measured
  double window_s{};   // length of one
  bool json{};
  std::string against;                    // a shell command; {out} stands for a file it may write
  uint64_t pairs{};                       // runs of each program
  uint64_t against_polls{};               // that one run of the command makes
  std::vector<std::string> daemon_flags;  // behind "--"
};

struct ParsedOptions {
  BenchOptions options;
  bool help = false;
  std::vector<std::string> errors;  // each names the flag, the value and what is allowed
};

// `args` without "bench".
ParsedOptions ParseOptions(const std::vector<std::string>& args);

// `xtcp2 bench -help`.
std::string HelpText();

}  // namespace xtcp2::bench
