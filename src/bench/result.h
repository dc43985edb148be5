// The figures of a bench, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/echo.h"
#include "bench/process_use.h"

namespace xtcp2::bench {

// The windows by turns: first without polls, then with.
struct Effect {
  std::vector<Latency> without, with;
  double processors = 0;  // that the daemon kept busy in `with`, on average
};

// One collector with one format.
struct Measurement {
  std::string collector, format;
  std::string refused;  // why it cannot be measured here; empty: it was
  uint64_t polls = 0, partial = 0;
  CpuShare cpu;         // of the whole process, in all those polls
  double poll_s = 0;    // mean wall time of a poll, looking for namespaces included
  double existing = 0;  // sockets, by the bench's own count
  double rows = 0;      // of all polls
  double bytes = 0;     // sent, framing included
  uint64_t peak_kib = 0;
  unsigned threads = 0;
  std::optional<double> allocations;  // of all polls
  Effect effect;

  double PerSocketUs(double seconds) const;
  double RowsPerSocket() const;
  // What cannot be relied on in it: "" or a sentence.
  std::string Doubt(bool churn) const;
};

// One run of a whole program.
struct ProgramRun {
  double wall_s = 0;
  CpuShare cpu;
  double peak_kib = 0;
  double bytes = 0;  // of what it wrote to {out}
};

// Two programs by turns: ours first.
struct Contest {
  std::string command;
  uint64_t polls = 1;   // in each run
  double existing = 0;  // sockets
  std::string format;   // of ours
  std::vector<ProgramRun> ours, theirs;
};

}  // namespace xtcp2::bench
