// The daemon under measurement: this same program, started with flags of the bench's choice, looked at and ended. Main
// thread.
#pragma once

#include "bench/child.h"
#include "bench/options.h"
#include "bench/process_use.h"
#include "bench/samples.h"
#include "bench/stage.h"

namespace xtcp2::bench {

// Which daemon.
struct DaemonSpec {
  std::string collector, format;
  double period_s = 0;        // from poll to poll
  bool period_given = false;  // by the flags behind "--"
};

// What it says of itself and what the kernel accounts to it, both in one pause between two polls.
struct Look {
  Samples samples;
  ProcessUse before, after;  // the question for the samples
};

class DaemonProcess {
 public:
  static Result<DaemonProcess> Start(const Stage& stage, const BenchOptions& options, const DaemonSpec& spec);

  // Waits until so many polls are over. An error says why the daemon ended instead, in its own words.
  Result<Samples> WaitPolls(double polls, double patience_s);
  // `after_it`: whether polls that come after it are to be exact; then it is repeated where it went on into a poll.
  enum class After : uint8_t { kPolls, kNothing };
  Result<Look> LookInPause(After after_it);
  pid_t pid() const { return child_.pid(); }
  void Pause() const;
  void Resume() const;
  // Why it is no more; nothing while it runs.
  std::optional<std::string> Gone();
  // SIGTERM, and the end.
  Result<> Stop();

 private:
  DaemonProcess(Child child, std::string log, double period_s)
      : child_(std::move(child)), log_(std::move(log)), period_s_(period_s) {}
  bool WaitPollEnd(int64_t deadline_ns) const;

  Child child_;
  std::string log_;
  double period_s_;
};

// Its flags; those that the bench itself gives may not be given behind "--".
std::vector<std::string> DaemonFlags(const Stage& stage, const BenchOptions& options, const DaemonSpec& spec);
// Those of them that keep the host's own sockets out of the rows; `flags` are those behind "--".
std::vector<std::string> SelectionFlags(const std::vector<std::string>& flags);
// What is wrong with the flags behind "--".
std::vector<std::string> CheckDaemonFlags(const std::vector<std::string>& flags);
// How often they say to poll: seconds; nothing when they leave it to the bench.
std::optional<double> GivenFrequency(const std::vector<std::string>& flags);

// This program, and the environment it is run with: nothing in it configures a daemon.
std::string OwnProgram();
std::vector<std::string> PlainEnvironment();
// A folder for output files, emptied.
std::string FreshOutput(const Stage& stage);

}  // namespace xtcp2::bench
