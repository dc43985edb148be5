// The life of the daemon process: what is done once at start, the main thread's loop, and the end.
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/daemon.h"
#include "app/privileges.h"
#include "app/version.h"
#include "base/log.h"
#include "config/cpu_list.h"
#include "config/output.h"
#include "daemon/kernel_layout.h"
#include "serve/process_metrics.h"

namespace xtcp2::app {
namespace {

using std::chrono::milliseconds;

// Sockets of namespaces come and go with each dump, so few descriptors are enough; the soft limit still goes up to the
// hard one, because destinations and listeners need some too.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// -cpus and -nice: of every thread, all of which are still to be made.
Result<> PlaceProcess(const config::Config& config) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (const unsigned cpu : config::ParseCpuList(config.cpus).value_or(std::vector<unsigned>{})) CPU_SET(cpu, &cpus);
  if (CPU_COUNT(&cpus) != 0 && sched_setaffinity(0, sizeof cpus, &cpus) != 0)
    return FailErrno(fmt::format("-cpus {}: none of these processors may be used here", config.cpus));
  const int add = std::atoi(config.nice.c_str());
  errno = 0;
  if (add != 0 && nice(add) == -1 && errno != 0)
    return FailErrno(fmt::format("-nice {}: a lower niceness needs CAP_SYS_NICE", config.nice));
  return {};
}

void SayNotices(const config::Parsed& parsed) {
  for (const config::Notice& notice : parsed.notices) Log(notice.level, "{}", notice.text);
}

int Fail(const std::string& what, bool usage) {
  std::fprintf(stderr, "xtcp2: %s\n", what.c_str());
  return usage ? kExitUsage : kExitRuntime;
}

class Process {
 public:
  Process(const std::vector<std::string>& args, config::Parsed parsed, Signals signals)
      : args_(args), parsed_(std::move(parsed)), signals_(std::move(signals)) {
    if (!parsed_.config.config_file.empty()) file_text_ = ReadConfigFile();
  }

  int Run() {
    const Result<Privileges> privileges = Privileges::Of(parsed_.config);
    if (!privileges) return Fail(privileges.error().Text(), true);
    const auto missing = privileges->Check(Privileges::Wanted(parsed_.config));
    if (!missing) return Fail(missing.error().Text(), false);
    for (const std::string& notice : *missing) LogInfo("{}", notice);

    daemon_ = std::make_unique<Daemon>(parsed_.config, signals_, programs_);
    if (const auto error = daemon_->Start()) return Fail(error->error.Text(), error->usage);
    // Netlink that takes BPF's place may need more than BPF would have.
    if (const auto still = privileges->Check(daemon_->bpf_use()); !still) return Fail(still.error().Text(), false);
    if (const Result<> given_up = privileges->GiveUp(daemon_->bpf_use()); !given_up)
      return Fail(given_up.error().Text(), false);
    daemon_->StartPolling();
    LogInfo("xtcp2 {} ({}) polls every {:.3f} s to {}", Version(), Commit(), Seconds(parsed_.config.poll_frequency),
            daemon_->destination());
    systemd_.Ready("polling");
    const int code = Loop();
    systemd_.Stopping("sending what is queued");
    daemon_->Stop();
    return code;
  }

 private:
  static double Seconds(config::Duration duration) { return std::chrono::duration<double>(duration).count(); }

  int Loop() {
    const milliseconds step = std::min<milliseconds>(WatchdogStep(), milliseconds(1000));
    while (true) {
      const std::optional<int> signal = signals_.WaitSignal(step);
      if (signal == SIGHUP) OnHangup();
      if (signal == SIGTERM || signal == SIGINT) {
        LogInfo("told to stop by signal {}", *signal);
        return kExitOk;
      }
      if (daemon_->failed()) return kExitRuntime;
      if (daemon_->finished() && daemon_->Drained(milliseconds(100))) return daemon_->failed() ? kExitRuntime : kExitOk;
      if (!daemon_->WhyNotAlive()) systemd_.Watchdog();
    }
  }

  milliseconds WatchdogStep() const {
    const auto period = systemd_.WatchdogPeriod();
    return period ? std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(*period / 2))
                  : milliseconds(1000);
  }

  std::string ReadConfigFile() const { return config::ReadWholeFile(parsed_.config.config_file).value_or(""); }

  // Files are opened anew; a configuration file that changed is read, and what it says takes the place of what was.
  void OnHangup() {
    LogInfo("SIGHUP: opening files anew");
    daemon_->Reopen();
    if (parsed_.config.config_file.empty()) return;
    std::string text = ReadConfigFile();
    if (text == file_text_) return;
    file_text_ = std::move(text);
    config::Parsed next = config::Parse(MakeParseInput(args_));
    config::ResolveOutputDefaults(next, isatty(STDOUT_FILENO) == 1);
    for (const std::string& error : next.errors) LogError("the changed configuration is not used: {}", error);
    if (!next.errors.empty() || next.config == parsed_.config) return;
    if (Result<> allowed = MayBecome(next.config); !allowed) {
      LogError("the changed configuration is not used: {}", allowed.error().Text());
      return;
    }
    Replace(std::move(next));
  }

  // Programs that are loaded stay loaded; others can be no more.
  Result<> MayBecome(const config::Config& config) const {
    if (config.user != parsed_.config.user)
      return xtcp2::Fail("-user can be changed by a new start only: the process is that user for good");
    const BpfUse bpf = config.collector == "netlink" ? BpfUse::kNone : daemon_->bpf_use();
    if (config.collector == "bpf" && bpf == BpfUse::kNone)
      return xtcp2::Fail("-collector bpf needs a new start: the right to load BPF programs was given up");
    config::Config now = config;
    now.user.clear();  // it is that user already
    const Result<Privileges> privileges = Privileges::Of(now);
    if (!privileges) return tl::unexpected(privileges.error());
    if (const auto missing = privileges->Check(bpf); !missing) return tl::unexpected(missing.error());
    return {};
  }

  // The old daemon ends in order, the new one takes its place; where that cannot start, the old configuration goes on.
  void Replace(config::Parsed next) {
    daemon_->Stop();
    SetLogVerbosity(next.config.debug_level);
    auto daemon = std::make_unique<Daemon>(next.config, signals_, programs_);
    if (const auto error = daemon->Start()) {
      LogError("the changed configuration cannot start, the one before goes on: {}", error->error.Text());
      daemon.reset();
      SetLogVerbosity(parsed_.config.debug_level);
      daemon = std::make_unique<Daemon>(parsed_.config, signals_, programs_);
      if (const auto again = daemon->Start()) {
        LogError("the configuration before cannot start either: {}", again->error.Text());
        std::exit(kExitRuntime);
      }
    } else {
      parsed_ = std::move(next);
      SayNotices(parsed_);
      LogInfo("the changed configuration is in use");
    }
    daemon_ = std::move(daemon);
    daemon_->StartPolling();
  }

  const std::vector<std::string> args_;
  config::Parsed parsed_;
  Signals signals_;
  SystemdNotifier systemd_;
  std::string file_text_;
  BpfPrograms programs_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace

int RunDaemon(const std::vector<std::string>& args, config::Parsed parsed) {
  SetLogVerbosity(parsed.config.debug_level);
  SayNotices(parsed);
  Result<Signals> signals = Signals::Block();
  if (!signals) return Fail(signals.error().Text(), false);
  RaiseDescriptorLimit();
  if (const Result<> placed = PlaceProcess(parsed.config); !placed) return Fail(placed.error().Text(), false);
  RegisterProcessMetrics(
      {std::string(Version()), std::string(Commit()), std::string(BuildDate()), daemon::KernelRelease()});
  return Process(args, std::move(parsed), std::move(*signals)).Run();
}

}  // namespace xtcp2::app
