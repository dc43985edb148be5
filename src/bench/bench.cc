#include "bench/bench.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>

#include "bench/contest.h"
#include "bench/daemon_process.h"
#include "bench/measure.h"
#include "bench/medians.h"
#include "bench/report.h"

namespace xtcp2::bench {
namespace {

constexpr int kGood = 0, kFailed = 1, kUsage = 2;

int Failed(const Error& error) {
  std::fprintf(stderr, "xtcp2 bench: %s\n", error.Text().c_str());
  return kFailed;
}

Surroundings About(const Load& load, std::string_view version) {
  utsname system{};
  uname(&system);
  return {std::string(version), system.release,   static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN)),
          load.sockets(),       load.processes(), load.seconds()};
}

// "10000 sockets in 1 namespace, 200 empty ones beside; made in 0.6 s by 1 process".
std::string LoadText(const Surroundings& about, const BenchOptions& options) {
  const auto many = [](uint64_t count, const char* one, const char* more) {
    return fmt::format("{} {}", count, count == 1 ? one : more);
  };
  std::string out =
      many(about.sockets, "socket", "sockets") + " in " + many(options.namespaces, "namespace", "namespaces");
  if (options.empty != 0) out += fmt::format(", {} beside", many(options.empty, "empty one", "empty ones"));
  return out + fmt::format("; made in {:.1f} s by {}", about.seconds, many(about.processes, "process", "processes"));
}

class Bench {
 public:
  Bench(const Stage& stage, const BenchOptions& options, std::string_view version)
      : stage_(stage), options_(options), version_(version) {}

  int Run() {
    Result<Load> load = Load::Make(stage_, options_);
    if (!load) return Failed(load.error());
    const Surroundings about = About(*load, version_);
    std::fprintf(stderr, "xtcp2 bench: %s\n", LoadText(about, options_).c_str());
    Say(Heading());
    if (Result<> done = MeasureAll(*load); !done) return Failed(done.error());
    Say(MediansTable(measurements_));
    Say(EffectTable(measurements_));
    Result<Contest> contest = Contest{};
    if (!options_.against.empty()) {
      contest = RunContest(stage_, options_, *load);
      if (!contest) return Failed(contest.error());
      Say(ContestTable(*contest));
    }
    if (options_.json) Print(Json(about, options_, measurements_, options_.against.empty() ? nullptr : &*contest));
    return exact_ ? kGood : kFailed;
  }

 private:
  // For people: not where programs read.
  void Say(const std::string& text) const {
    if (!options_.json) Print(text);
  }
  static void Print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  Result<> MeasureAll(Load& load) {
    for (uint64_t round = 0; round < options_.rounds; ++round)
      if (Result<> done = MeasureRound(load); !done) return done;
    return {};
  }

  Result<> MeasureRound(Load& load) {
    for (const std::string& collector : options_.collectors)
      for (const std::string& format : options_.formats) {
        Result<Measurement> measured = Measure(stage_, options_, load, collector, format);
        if (!measured) return tl::unexpected(measured.error());
        Say(Line(*measured, options_.churn != 0));
        if (measured->refused.empty() && options_.churn == 0)
          exact_ = exact_ && measured->RowsPerSocket() == 1 && measured->partial == 0;
        measurements_.push_back(std::move(*measured));
      }
    return {};
  }

  const Stage& stage_;
  const BenchOptions& options_;
  const std::string_view version_;
  std::vector<Measurement> measurements_;
  bool exact_ = true;  // every socket had one row in each poll
};

int Usage(const std::vector<std::string>& errors) {
  for (const std::string& error : errors) std::fprintf(stderr, "xtcp2 bench: %s\n", error.c_str());
  std::fputs("xtcp2 bench: -help lists the flags\n", stderr);
  return kUsage;
}

}  // namespace

int RunBench(const std::vector<std::string>& args, std::string_view version) {
  const ParsedOptions parsed = ParseOptions(args);
  if (parsed.help) {
    std::fputs(HelpText().c_str(), stdout);
    return kGood;
  }
  if (!parsed.errors.empty()) return Usage(parsed.errors);
  if (const auto errors = CheckDaemonFlags(parsed.options.daemon_flags); !errors.empty()) return Usage(errors);
  const Result<int> code = RunOnStage([&](const Stage& stage) { return Bench(stage, parsed.options, version).Run(); });
  return code ? *code : Failed(code.error());
}

}  // namespace xtcp2::bench
