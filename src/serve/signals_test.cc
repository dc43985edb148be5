#include "serve/signals.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <csignal>
#include <thread>

#include "base/check.h"
#include "base/child_for_test.h"
#include "base/clock.h"

namespace xtcp2 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Signals BlockThem() {
  Result<Signals> signals = Signals::Block();
  XTCP2_CHECK(signals, "signals cannot be blocked");
  return std::move(signals.value());
}

std::string Waited(Signals& signals, milliseconds timeout = seconds(20)) {
  const std::optional<int> signal = signals.WaitSignal(timeout);
  return signal ? std::to_string(*signal) + " " : "none ";
}

TEST(Signals, ComeOutOnceEach) {
  const ChildEnd end = RunInChild([](int fd) {
    Signals signals = BlockThem();
    ::kill(::getpid(), SIGHUP);
    WriteTo(fd, Waited(signals));
    ::kill(::getpid(), SIGTERM);
    WriteTo(fd, Waited(signals));
    WriteTo(fd, Waited(signals, milliseconds(0)));
  });
  EXPECT_EQ(end.text, std::to_string(SIGHUP) + " " + std::to_string(SIGTERM) + " none ");
  EXPECT_EQ(end.ExitCode(), 0);
}

TEST(Signals, IgnoredOnesNeitherEndNorComeOut) {
  const ChildEnd end = RunInChild([](int fd) {
    Signals signals = BlockThem();
    ::kill(::getpid(), SIGPIPE);
    ::kill(::getpid(), SIGUSR1);
    WriteTo(fd, Waited(signals, milliseconds(0)));
  });
  EXPECT_EQ(end.text, "none ");
  EXPECT_EQ(end.ExitCode(), 0);
}

TEST(Signals, ReachTheMainThreadWhenOthersRun) {
  const ChildEnd end = RunInChild([](int fd) {
    Signals signals = BlockThem();
    std::thread other([&] {
      ::kill(::getpid(), SIGTERM);
      ::pthread_kill(::pthread_self(), SIGINT);  // blocked here too; it stays pending for this thread alone
    });
    other.join();
    WriteTo(fd, Waited(signals));
  });
  EXPECT_EQ(end.text, std::to_string(SIGTERM) + " ");
}

TEST(Signals, WakeEndsTheWait) {
  const ChildEnd end = RunInChild([](int fd) {
    Signals signals = BlockThem();
    const int64_t begin_ns = MonotonicNs();
    std::thread other([&] { signals.Wake(); });
    std::string text = Waited(signals);
    other.join();
    text += Waited(signals, milliseconds(0));
    WriteTo(fd, text + (MonotonicNs() - begin_ns < 15 * kNsPerSecond ? "soon" : "late"));
  });
  EXPECT_EQ(end.text, "none none soon");
}

TEST(Signals, TheTimeIsKept) {
  const ChildEnd end = RunInChild([](int fd) {
    Signals signals = BlockThem();
    const int64_t begin_ns = MonotonicNs();
    const std::string text = Waited(signals, milliseconds(30));
    WriteTo(fd, text + (MonotonicNs() - begin_ns >= 30 * kNsPerMs ? "kept" : "early"));
  });
  EXPECT_EQ(end.text, "none kept");
}

// The main thread never waits again; every pair of the two signals.
TEST(Signals, TheSecondOneEndsAtOnce) {
  for (const int first : {SIGTERM, SIGINT})
    for (const int second : {SIGTERM, SIGINT}) {
      const ChildEnd end = RunInChild([&](int fd) {
        Signals signals = BlockThem();
        ::kill(::getpid(), first);
        WriteTo(fd, Waited(signals));
        ::kill(::getpid(), second);
        while (true) ::pause();
      });
      EXPECT_EQ(end.text, std::to_string(first) + " ");
      EXPECT_EQ(end.ExitCode(), kExitSecondSignal);
    }
}

TEST(Signals, AHangupIsNotASecondOne) {
  const ChildEnd end = RunInChild([](int fd) {
    Signals signals = BlockThem();
    ::kill(::getpid(), SIGTERM);
    std::string text = Waited(signals);
    ::kill(::getpid(), SIGHUP);
    WriteTo(fd, text + Waited(signals));
  });
  EXPECT_EQ(end.text, std::to_string(SIGTERM) + " " + std::to_string(SIGHUP) + " ");
  EXPECT_EQ(end.ExitCode(), 0);
}

}  // namespace
}  // namespace xtcp2
