#include "bench/measure.h"

#include <algorithm>
#include <ctime>

#include "base/clock.h"
#include "bench/daemon_process.h"

namespace xtcp2::bench {
namespace {

constexpr double kLongestPoll_s = 300;
constexpr double kShortestPeriod_s = 0.03;
constexpr double kPeriodOfPoll = 1.5;  // a third of the time is pause, so that a slower poll is still in time
constexpr double kWarmPolls = 2;
constexpr int kMostAttempts = 4;
constexpr double kRowsOfQuestions = 4;  // two questions, two sockets each
constexpr double kWallOfCpu = 10;  // seconds of wall time that a second of CPU time may take: small loads poll seldom

double PhaseSum(const Samples& samples) {
  return samples.SumOr0("xtcp2_poll_phase_duration_seconds_sum", "\"scan\"") +
         samples.SumOr0("xtcp2_poll_phase_duration_seconds_sum", "\"serve\"");
}

void Sleep(double seconds) {
  const auto ns = static_cast<int64_t>(seconds * 1e9);
  const timespec time{ns / kNsPerSecond, ns % kNsPerSecond};
  nanosleep(&time, nullptr);
}

class Measuring {
 public:
  Measuring(const Stage& stage, const BenchOptions& options, Load& load, DaemonSpec spec)
      : stage_(stage), options_(options), load_(load), spec_(std::move(spec)) {}

  Result<Measurement> Run() {
    out_.collector = spec_.collector;
    out_.format = spec_.format;
    if (const auto given = GivenFrequency(options_.daemon_flags)) {
      spec_.period_s = *given;
      spec_.period_given = true;
    } else {
      const Result<double> poll_s = OnePoll();
      if (!poll_s) return Refused(poll_s.error());
      spec_.period_s = std::max(kShortestPeriod_s, *poll_s * kPeriodOfPoll);
    }
    while (true) {
      Result<Measurement> measured = RunOnce();
      if (!measured || !Disturbed(*measured) || ++attempts_ == kMostAttempts) return measured;
      if (!spec_.period_given) spec_.period_s *= 2;
    }
  }

 private:
  // On a host that is busy otherwise a poll may come to no end within its time, or begin while our question for the
  // metrics is still open: two sockets more. Rows that are missing have no such excuse.
  bool Disturbed(const Measurement& measured) const {
    const double more = measured.rows - measured.existing * static_cast<double>(measured.polls);
    return (measured.partial != 0 && !spec_.period_given) ||
           (options_.churn == 0 && more > 0 && more <= kRowsOfQuestions);
  }

  Result<Measurement> RunOnce() {
    Result<DaemonProcess> daemon = DaemonProcess::Start(stage_, options_, spec_);
    if (!daemon) return tl::unexpected(daemon.error());
    if (const auto warm = daemon->WaitPolls(kWarmPolls, kLongestPoll_s); !warm) return Refused(warm.error());
    if (Result<> done = Polls(*daemon); !done) return tl::unexpected(done.error());
    out_.effect = {};
    if (Result<> done = Windows(*daemon); !done) return tl::unexpected(done.error());
    if (Result<> ended = daemon->Stop(); !ended) return tl::unexpected(ended.error());
    if (Result<> stands = load_.Check(); !stands) return tl::unexpected(stands.error());
    return out_;
  }

  // It ended before it had polled. With the collector that is always there this is a failure.
  Result<Measurement> Refused(const Error& error) {
    if (spec_.collector == "netlink") return tl::unexpected(error);
    out_.refused = error.Text();
    return out_;
  }

  // How long the first poll takes.
  Result<double> OnePoll() {
    DaemonSpec spec = spec_;
    spec.period_s = 2 * kLongestPoll_s;
    Result<DaemonProcess> daemon = DaemonProcess::Start(stage_, options_, spec);
    if (!daemon) return tl::unexpected(daemon.error());
    const Result<Samples> samples = daemon->WaitPolls(1, kLongestPoll_s);
    if (!samples) return tl::unexpected(samples.error());
    if (Result<> ended = daemon->Stop(); !ended) return tl::unexpected(ended.error());
    return PhaseSum(*samples);
  }

  Result<> Polls(DaemonProcess& daemon) {
    const Result<uint64_t> first_count = CountSockets(load_.places());
    if (!first_count) return tl::unexpected(first_count.error());
    const Result<Look> first = daemon.LookInPause(DaemonProcess::After::kPolls);
    if (!first) return tl::unexpected(first.error());
    const Result<Look> last = WaitForEnough(daemon, *first);
    if (!last) return tl::unexpected(last.error());
    const Result<uint64_t> last_count = CountSockets(load_.places());
    if (!last_count) return tl::unexpected(last_count.error());
    Account(*first, *last);
    out_.existing = static_cast<double>(*first_count + *last_count) / 2;
    return {};
  }

  // Until both the CPU time and the polls asked for are there, or too much time has passed for the CPU time. Nothing is
  // asked of the daemon while a poll may run: the question itself would be two sockets more.
  Result<Look> WaitForEnough(DaemonProcess& daemon, const Look& first) {
    const int64_t start = MonotonicNs();
    const auto wall_s = [&] { return static_cast<double>(MonotonicNs() - start) * 1e-9; };
    const auto cpu_s = [&] { return static_cast<double>(CpuNsOf(daemon.pid()) - first.after.cpu_ns) * 1e-9; };
    while (true) {
      if (const auto gone = daemon.Gone()) return Fail("the daemon ended in the middle: " + *gone);
      const bool enough_cpu = cpu_s() >= options_.seconds || wall_s() >= options_.seconds * kWallOfCpu;
      if (!enough_cpu || wall_s() < spec_.period_s * static_cast<double>(options_.polls + 1)) {
        Sleep(0.05);
        continue;
      }
      Result<Look> look = daemon.LookInPause(DaemonProcess::After::kNothing);
      if (!look) return look;
      const double polls = look->samples.SumOr0("xtcp2_polls_total") - first.samples.SumOr0("xtcp2_polls_total");
      if (polls >= static_cast<double>(options_.polls)) return look;
      if (polls == 0 && wall_s() > kLongestPoll_s) return Fail("the daemon does not poll");
      const double missing = static_cast<double>(options_.polls) - polls;
      Sleep(std::clamp(missing * wall_s() / std::max(1.0, polls), kShortestPeriod_s, 10.0));
    }
  }

  void Account(const Look& first, const Look& last) {
    const auto delta = [&](const char* name, const char* label = "") {
      return last.samples.SumOr0(name, label) - first.samples.SumOr0(name, label);
    };
    out_.polls = static_cast<uint64_t>(delta("xtcp2_polls_total"));
    out_.partial = out_.polls - static_cast<uint64_t>(delta("xtcp2_polls_total", "\"complete\""));
    out_.cpu = Between(first.after, last.before);
    out_.poll_s =
        (PhaseSum(last.samples) - PhaseSum(first.samples)) / static_cast<double>(std::max<uint64_t>(1, out_.polls));
    out_.rows = delta("xtcp2_rows_total");
    out_.bytes = delta("xtcp2_destination_bytes_total");
    out_.peak_kib = last.after.peak_kib;
    out_.threads = last.after.threads;
    if (last.samples.Sum("xtcp2_allocations_total")) out_.allocations = delta("xtcp2_allocations_total");
  }

  Result<> Windows(DaemonProcess& daemon) {
    if (options_.windows == 0) return {};
    Result<EchoPair> echo = EchoPair::Start();
    if (!echo) return tl::unexpected(echo.error());
    if (const auto warm = echo->Window(options_.window_s / 4); !warm) return tl::unexpected(warm.error());
    const int64_t cpu_ns = CpuNsOf(daemon.pid());
    for (uint64_t i = 0; i < options_.windows; ++i) {
      daemon.Pause();
      Result<Latency> without = echo->Window(options_.window_s);
      daemon.Resume();
      Result<Latency> with = echo->Window(options_.window_s);
      if (!without || !with) return tl::unexpected(without ? with.error() : without.error());
      out_.effect.without.push_back(*without);
      out_.effect.with.push_back(*with);
    }
    out_.effect.processors = static_cast<double>(CpuNsOf(daemon.pid()) - cpu_ns) * 1e-9 /
                             (options_.window_s * static_cast<double>(options_.windows));
    return {};
  }

  const Stage& stage_;
  const BenchOptions& options_;
  Load& load_;
  DaemonSpec spec_;
  Measurement out_;
  int attempts_ = 0;
};

}  // namespace

Result<Measurement> Measure(const Stage& stage, const BenchOptions& options, Load& load, const std::string& collector,
                            const std::string& format) {
  return Measuring(stage, options, load, {collector, format}).Run();
}

}  // namespace xtcp2::bench
