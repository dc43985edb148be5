#include "bench/daemon_process.h"

#include <fmt/format.h>

#include <csignal>
#include <ctime>

#include "base/clock.h"
#include "bench/ports.h"
#include "config/parse.h"

namespace xtcp2::bench {
namespace {

constexpr int64_t kStepNs = 2 * kNsPerMs;
constexpr int64_t kIdleNs = 60'000;  // CPU time in a step that no poll takes so little of
constexpr int kIdleSteps = 3;        // in a row
constexpr int64_t kPatienceNs = 5 * kNsPerSecond;

void Sleep(int64_t ns) {
  const timespec time{ns / kNsPerSecond, ns % kNsPerSecond};
  nanosleep(&time, nullptr);
}

// The last line of a log, without time and level where it has them.
std::string LastLine(const std::string& path) {
  std::string text = config::ReadWholeFile(path).value_or("");
  while (text.ends_with('\n')) text.pop_back();
  text.erase(0, text.rfind('\n') + 1);
  return text.starts_with("xtcp2: ") ? text.substr(7) : text;
}

// The first line, for what is wrong with the command line: hints follow it.
std::string FirstLine(const std::string& path) {
  const std::string text = config::ReadWholeFile(path).value_or("");
  const std::string line = text.substr(0, text.find('\n'));
  return line.starts_with("xtcp2: ") ? line.substr(7) : line;
}

}  // namespace

Result<DaemonProcess> DaemonProcess::Start(const Stage& stage, const BenchOptions& options, const DaemonSpec& spec) {
  std::vector<std::string> argv = {OwnProgram()};
  const std::vector<std::string> flags = DaemonFlags(stage, options, spec);
  argv.insert(argv.end(), flags.begin(), flags.end());
  std::string log = stage.folder + "/log";
  Result<Child> child = Child::Execute(argv, PlainEnvironment(), log);
  if (!child) return tl::unexpected(child.error());
  return DaemonProcess(std::move(*child), std::move(log), spec.period_s);
}

std::optional<std::string> DaemonProcess::Gone() {
  const auto end = child_.Ended();
  if (!end) return std::nullopt;
  const bool usage = WIFEXITED(end->status) && WEXITSTATUS(end->status) == 2;
  std::string line = usage ? FirstLine(log_) : LastLine(log_);
  return line.empty() ? "it " + end->Text() : line;
}

Result<Samples> DaemonProcess::WaitPolls(double polls, double patience_s) {
  const int64_t deadline = MonotonicNs() + static_cast<int64_t>(patience_s * 1e9);
  while (true) {
    if (const auto gone = Gone()) return Fail(*gone);
    Result<Samples> samples = Scrape(kMetricsPort);
    if (samples && samples->SumOr0("xtcp2_polls_total") >= polls) return samples;
    if (MonotonicNs() > deadline)
      return Fail(fmt::format("the daemon did not finish {} polls within {:.0f} s", polls, patience_s));
    Sleep(20 * kNsPerMs);
  }
}

// Waits for the end of a poll: a pause that has just begun is the longest time without one.
bool DaemonProcess::WaitPollEnd(int64_t deadline_ns) const {
  int64_t last = CpuNsOf(pid());
  bool polled = false;
  for (int idle = 0; !polled || idle < kIdleSteps;) {
    Sleep(kStepNs);
    const int64_t now = CpuNsOf(pid());
    const bool busy = now - last >= kIdleNs;
    polled = polled || busy;
    idle = busy ? 0 : idle + 1;
    last = now;
    if (MonotonicNs() > deadline_ns) return false;
  }
  return true;
}

Result<Look> DaemonProcess::LookInPause(After after_it) {
  // A daemon that never pauses is looked at all the same.
  const int64_t deadline = MonotonicNs() + kPatienceNs + static_cast<int64_t>(2 * period_s_ * 1e9);
  while (true) {
    const bool idle = WaitPollEnd(deadline);
    if (const auto gone = Gone()) return Fail(*gone);
    Result<ProcessUse> before = UseOf(pid());
    Result<Samples> samples = Scrape(kMetricsPort);
    Result<ProcessUse> after = UseOf(pid());
    if (!samples) return tl::unexpected(samples.error());
    if (!before || !after) return tl::unexpected(before ? after.error() : before.error());
    if (after_it == After::kPolls) Sleep(kStepNs);
    // A poll that began meanwhile saw our connection, and is half in these figures.
    if (after_it == After::kNothing || !idle || CpuNsOf(pid()) - after->cpu_ns < kIdleNs || MonotonicNs() > deadline)
      return Look{std::move(*samples), *before, *after};
  }
}

void DaemonProcess::Pause() const { child_.Signal(SIGSTOP); }
void DaemonProcess::Resume() const { child_.Signal(SIGCONT); }

Result<> DaemonProcess::Stop() {
  child_.Signal(SIGTERM);
  const auto end = child_.WaitEnded(30'000);
  if (!end) return Fail("the daemon did not end within 30 s");
  if (!end->Good()) return Fail("the daemon " + end->Text() + ": " + LastLine(log_));
  return {};
}

}  // namespace xtcp2::bench
