#include "bench/medians.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/statistics.h"

namespace xtcp2::bench {
namespace {

Medians Summary(const std::vector<const Measurement*>& rounds) {
  const auto each = [&rounds](auto get) {
    std::vector<double> out;
    for (const Measurement* round : rounds) out.push_back(get(*round));
    return out;
  };
  const std::vector<double> both = each([](const Measurement& m) { return m.PerSocketUs(m.cpu.Total()); });
  Medians out{.collector = rounds.front()->collector, .format = rounds.front()->format, .rounds = rounds.size()};
  out.user_us = Median(each([](const Measurement& m) { return m.PerSocketUs(m.cpu.user_s); }));
  out.system_us = Median(each([](const Measurement& m) { return m.PerSocketUs(m.cpu.system_s); }));
  out.both_us = Median(both);
  out.spread = Spread(both);
  out.poll_ms = Median(each([](const Measurement& m) { return m.poll_s * 1e3; }));
  return out;
}

}  // namespace

std::vector<Medians> MediansOf(const std::vector<Measurement>& measurements) {
  std::vector<Medians> out;
  for (const Measurement& m : measurements) {
    const auto same = [&m](const auto& other) { return other.collector == m.collector && other.format == m.format; };
    if (!m.refused.empty() || std::any_of(out.begin(), out.end(), same)) continue;
    std::vector<const Measurement*> rounds;
    for (const Measurement& other : measurements)
      if (same(other) && other.refused.empty()) rounds.push_back(&other);
    Medians row = Summary(rounds);
    const auto first =
        std::find_if(out.begin(), out.end(), [&row](const Medians& r) { return r.format == row.format; });
    if (first != out.end() && first->both_us != 0) row.of_first = row.both_us / first->both_us;
    out.push_back(std::move(row));
  }
  return out;
}

std::string MediansTable(const std::vector<Measurement>& measurements) {
  const std::vector<Medians> all = MediansOf(measurements);
  if (std::none_of(all.begin(), all.end(), [](const Medians& m) { return m.rounds > 1 || m.of_first != 1; })) return "";
  std::string out = fmt::format("\n{:10} {:13} {:>7} {:>7} {:>7} {:>7} {:>9} {:>9} {:>6}\n", "medians", "", "user",
                                "system", "both", "spread", "poll ms", "of first", "rounds");
  for (const Medians& m : all)
    out += fmt::format("{:10} {:13} {:7.3f} {:7.3f} {:7.3f} {:5.0f} % {:9.2f} {:9.2f} {:6}\n", m.collector, m.format,
                       m.user_us, m.system_us, m.both_us, m.spread * 100, m.poll_ms, m.of_first, m.rounds);
  return out;
}

}  // namespace xtcp2::bench
