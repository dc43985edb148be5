// The signals of the daemon, as something to wait for. SIGTERM, SIGINT and SIGHUP are blocked and come out of
// WaitSignal(); SIGPIPE, SIGXFSZ and SIGUSR1 (reserved) are ignored. After the first SIGTERM or SIGINT was handed out,
// the next one ends the process at once with exit code 1, whatever the main thread is doing.
#pragma once

#include <chrono>
#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace xtcp2 {

// What a second SIGTERM or SIGINT ends the process with: rows that were not flushed are lost, so it is not 0.
inline constexpr int kExitSecondSignal = 1;

class Signals {
 public:
  // In the main thread, before any other thread is started: they inherit the mask.
  static Result<Signals> Block();

  // The next signal; nothing when the time is over or when woken. Main thread only, which is the one that a second
  // signal interrupts.
  std::optional<int> WaitSignal(std::chrono::milliseconds timeout);
  // Ends the running wait, or the next one. Any thread.
  void Wake() const;

 private:
  Fd signals_, wake_;
};

}  // namespace xtcp2
