#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/statistics.h"

namespace xtcp2::bench {
namespace {

std::vector<double> Each(const std::vector<Latency>& windows, double Latency::* member) {
  std::vector<double> out;
  for (const Latency& window : windows) out.push_back(window.*member);
  return out;
}

template <class Get>
std::vector<double> Each(const std::vector<ProgramRun>& runs, Get get) {
  std::vector<double> out;
  for (const ProgramRun& run : runs) out.push_back(get(run));
  return out;
}

// "11.2 -> 12.9 (+15 %, none against none 4 %)".
std::string EffectText(const Effect& effect, double Latency::* member) {
  const std::vector<double> without = Each(effect.without, member), with = Each(effect.with, member);
  const double before = Median(without), after = Median(with);
  const double change = before == 0 ? 0 : (after / before - 1) * 100;
  return fmt::format("{:7.1f} -> {:7.1f} ({:+.0f} %, none against none {:.0f} %)", before, after, change,
                     Spread(without) * 100);
}

struct ContestRow {
  const char* what;
  double (*get)(const ProgramRun& run, double reads);
  int digits;
};

constexpr ContestRow kContestRows[] = {
    {"user, µs a socket", [](const ProgramRun& r, double reads) { return r.cpu.user_s * 1e6 / reads; }, 3},
    {"system, µs a socket", [](const ProgramRun& r, double reads) { return r.cpu.system_s * 1e6 / reads; }, 3},
    {"both, µs a socket", [](const ProgramRun& r, double reads) { return r.cpu.Total() * 1e6 / reads; }, 3},
    {"wall time, s", [](const ProgramRun& r, double) { return r.wall_s; }, 3},
    {"peak memory, MiB", [](const ProgramRun& r, double) { return r.peak_kib / 1024; }, 1},
    {"written, bytes a socket", [](const ProgramRun& r, double reads) { return r.bytes / reads; }, 1},
};

}  // namespace

std::string Heading() {
  return fmt::format(
      "{:10} {:13} {:>7} {:>7} {:>9} {:>7} {:>7} {:>7} {:>7} {:>8} {:>6} {:>6}\n"
      "{:10} {:13} {:>15} {:>9} {:>7} {:>7} {:>7} {:>7} {:>8} {:>6} {:>6}\n",
      "collector", "format", "user", "system", "poll", "rows a", "bytes", "peak", "threads", "allocs", "polls", "CPU",
      "", "", "us a socket", "ms", "socket", "a row", "MiB", "", "a poll", "", "s");
}

std::string Line(const Measurement& m, bool churn) {
  if (!m.refused.empty()) return fmt::format("{:10} {:13} not available: {}\n", m.collector, m.format, m.refused);
  const double polls = static_cast<double>(std::max<uint64_t>(1, m.polls));
  const std::string allocations = m.allocations ? fmt::format("{:.1f}", *m.allocations / polls) : "-";
  std::string out = fmt::format("{:10} {:13} {:7.3f} {:7.3f} {:9.2f} {:7.5g} {:7.1f} {:7.1f} {:7} {:>8} {:6} {:6.2f}\n",
                                m.collector, m.format, m.PerSocketUs(m.cpu.user_s), m.PerSocketUs(m.cpu.system_s),
                                m.poll_s * 1e3, m.RowsPerSocket(), m.rows == 0 ? 0 : m.bytes / m.rows,
                                static_cast<double>(m.peak_kib) / 1024, m.threads, allocations, m.polls, m.cpu.Total());
  if (const std::string doubt = m.Doubt(churn); !doubt.empty()) out += fmt::format("{:10} {:13} ! {}\n", "", "", doubt);
  return out;
}

std::string EffectTable(const std::vector<Measurement>& measurements) {
  std::string out;
  for (const Measurement& m : measurements) {
    if (m.effect.without.empty()) continue;
    out += fmt::format("{:10} {:13} p50 {}\n{:10} {:13} p99 {}\n", m.collector, m.format,
                       EffectText(m.effect, &Latency::p50_us), "", "", EffectText(m.effect, &Latency::p99_us));
    out += fmt::format("{:10} {:13} while polls kept {:.2f} processors busy\n", "", "", m.effect.processors);
  }
  if (out.empty()) return out;
  return "\nround trip of an echo in the same namespace, us: without polls -> with polls, medians of the windows\n" +
         out;
}

std::string ContestTable(const Contest& contest) {
  const double reads = contest.existing * static_cast<double>(contest.polls);
  std::string out = fmt::format("\nagainst: {}\n{:26} {:>20} {:>20} {:>8}\n", contest.command, "median (spread)",
                                "xtcp2 " + contest.format, "command", "ratio");
  for (const ContestRow& row : kContestRows) {
    const auto get = [&](const ProgramRun& run) { return row.get(run, reads); };
    const std::vector<double> ours = Each(contest.ours, get), theirs = Each(contest.theirs, get);
    const auto text = [&](const std::vector<double>& values) {
      return fmt::format("{:.{}f} ({:.0f} %)", Median(values), row.digits, Spread(values) * 100);
    };
    const double ratio = Median(ours) == 0 ? 0 : Median(theirs) / Median(ours);
    out += fmt::format("{:26} {:>20} {:>20} {:8.2f}\n", row.what, text(ours), text(theirs), ratio);
  }
  return out;
}

}  // namespace xtcp2::bench
