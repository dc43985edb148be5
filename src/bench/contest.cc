#include "bench/contest.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/clock.h"
#include "bench/collectors.h"
#include "bench/daemon_process.h"
#include "bench/ports.h"
#include "config/parse.h"

namespace xtcp2::bench {
namespace {

constexpr int64_t kLongestRunMs = 600'000;

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Of every file in a folder.
double BytesIn(const std::string& folder) {
  std::error_code ignored;
  double sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.is_regular_file(ignored)) sum += static_cast<double>(entry.file_size(ignored));
  return sum;
}

// `name`: for messages.
Result<ProgramRun> RunOnce(const Stage& stage, const std::vector<std::string>& argv, const std::string& name,
                           const std::string& out) {
  const std::string log = stage.folder + "/log";
  const int64_t start = MonotonicNs();
  Result<Child> child = Child::Execute(argv, PlainEnvironment(), log);
  if (!child) return tl::unexpected(child.error());
  const auto end = child->WaitEnded(kLongestRunMs);
  if (!end) return Fail(fmt::format("{} did not end within {} s", name, kLongestRunMs / 1000));
  ProgramRun run;
  run.wall_s = static_cast<double>(MonotonicNs() - start) * 1e-9;
  if (!end->Good()) {
    std::string said = config::ReadWholeFile(log).value_or("");
    while (said.ends_with('\n')) said.pop_back();
    return Fail(fmt::format("{} {}{}{}", name, end->Text(), said.empty() ? "" : ": ", said));
  }
  run.cpu = {Seconds(end->use.ru_utime), Seconds(end->use.ru_stime)};
  run.peak_kib = static_cast<double>(end->use.ru_maxrss);
  run.bytes = BytesIn(out);
  return run;
}

// Ours writes to a file too, in one piece.
std::vector<std::string> OurCommand(const Stage& stage, const BenchOptions& options, const std::string& out) {
  std::vector<std::string> argv = {OwnProgram()};
  const auto add = [&argv](const std::vector<std::string>& more) { argv.insert(argv.end(), more.begin(), more.end()); };
  add({"-dest", "file:" + out + "/rows", "-marshal", options.formats[0], "-maxLoops",
       std::to_string(options.against_polls), "-pollJitterPct", "0", "-netnsDirs", stage.netns_folder, "-promListen",
       fmt::format("127.0.0.1:{}", kMetricsPort), "-d", "10"});
  if (!GivenFrequency(options.daemon_flags)) add({"-frequency", "61s", "-timeout", "60s"});
  add(SelectionFlags(options.daemon_flags));
  add(CollectorFlags(options.collectors[0]));
  add(options.daemon_flags);
  return argv;
}

}  // namespace

std::string WithOutput(std::string command, const std::string& path) {
  constexpr std::string_view kPlace = "{out}";
  for (size_t at = 0; (at = command.find(kPlace, at)) != std::string::npos; at += path.size())
    command.replace(at, kPlace.size(), path);
  return command;
}

Result<Contest> RunContest(const Stage& stage, const BenchOptions& options, Load& load) {
  Contest contest;
  contest.command = options.against;
  contest.format = options.formats[0];
  contest.polls = options.against_polls;
  const Result<uint64_t> count = CountSockets(load.places());
  if (!count) return tl::unexpected(count.error());
  contest.existing = static_cast<double>(*count);
  for (uint64_t i = 0; i < options.pairs; ++i) {
    std::string out = FreshOutput(stage);
    Result<ProgramRun> ours = RunOnce(stage, OurCommand(stage, options, out), "xtcp2", out);
    if (!ours) return tl::unexpected(ours.error());
    out = FreshOutput(stage);
    Result<ProgramRun> theirs =
        RunOnce(stage, {"/bin/sh", "-c", WithOutput(options.against, out + "/out")}, "-against: the command", out);
    if (!theirs) return tl::unexpected(theirs.error());
    contest.ours.push_back(*ours);
    contest.theirs.push_back(*theirs);
  }
  FreshOutput(stage);
  if (Result<> stands = load.Check(); !stands) return tl::unexpected(stands.error());
  return contest;
}

}  // namespace xtcp2::bench
