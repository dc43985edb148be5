#include "serve/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/clock.h"

namespace xtcp2 {

namespace {

sigset_t SetOf(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

void SetHandler(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  ::sigaction(signal, &action, nullptr);
}

// A handler and not the default action, which process 1 of a container does not take.
void EndAtOnce(int) {
  static const char kText[] = "xtcp2: second signal: ending at once, what was not flushed is lost\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
  ::_exit(kExitSecondSignal);
}

void LetTheNextOneEndUs() {
  SetHandler(SIGTERM, EndAtOnce);
  SetHandler(SIGINT, EndAtOnce);
  const sigset_t ends = SetOf({SIGTERM, SIGINT});
  ::pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);
}

}  // namespace

Result<Signals> Signals::Block() {
  SetHandler(SIGPIPE, SIG_IGN);
  SetHandler(SIGXFSZ, SIG_IGN);  // a file at its size limit is a write error, not the end
  SetHandler(SIGUSR1, SIG_IGN);
  const sigset_t waited = SetOf({SIGTERM, SIGINT, SIGHUP});
  if (const int code = ::pthread_sigmask(SIG_BLOCK, &waited, nullptr); code != 0) return Fail("blocking signals", code);
  Signals signals;
  signals.signals_ = Fd(::signalfd(-1, &waited, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.signals_.ok()) return FailErrno("opening a descriptor for signals");
  signals.wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!signals.wake_.ok()) return FailErrno("opening a descriptor for waking the main thread");
  return signals;
}

std::optional<int> Signals::WaitSignal(std::chrono::milliseconds timeout) {
  const int64_t end_ns = MonotonicNs() + timeout.count() * kNsPerMs;
  pollfd ready[] = {{signals_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
  while (true) {
    const int64_t left_ms = (end_ns - MonotonicNs() + kNsPerMs - 1) / kNsPerMs;
    const int count = ::poll(ready, 2, static_cast<int>(std::max<int64_t>(0, left_ms)));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    break;
  }
  if (ready[1].revents) {
    eventfd_t times;
    ::eventfd_read(wake_.get(), &times);
  }
  signalfd_siginfo info;
  if (::read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  const int signal = static_cast<int>(info.ssi_signo);
  if (signal == SIGTERM || signal == SIGINT) LetTheNextOneEndUs();
  return signal;
}

void Signals::Wake() const { ::eventfd_write(wake_.get(), 1); }

}  // namespace xtcp2
