#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ledger/report.h"

namespace xtcp2::ledger {
namespace {

using Out = std::string;

// A share that is not whole is not shown as 100 %.
std::string Percent(double ratio) {
  const std::string text = fmt::format("{:.3f} %", 100 * ratio);
  return ratio < 1 && text == "100.000 %" ? "99.999 %" : text;
}

void Reason(Out& out, uint64_t count, std::string_view why) {
  if (count != 0) out += fmt::format("  {:>12}  {}\n", count, why);
}

void Losses(Out& out, const Snapshot& snapshot) {
  const CoverageReport& report = snapshot.report;
  Reason(out, report.lost_uncounted, "opened by the kernel and not seen by the ledger");
  Reason(out, report.lost_ring_full, "without a row: the ring was full (-ledgerRing)");
  Reason(out, report.lost_paused, "without a row: the ledger gave counts only, because rows were too many");
}

void Notes(Out& out, const CoverageReport& report) {
  Reason(out, report.unverified_dead, "not compared with the kernel: their namespace ended before it was read");
  Reason(out, report.unverified_hidden, "not compared with the kernel: their namespace is not open to us, or not yet");
  Reason(out, report.begun_before, "ended and had begun before the ledger: not among the above");
  Reason(out, report.totals.births_lost, "whose birth was not remembered: too many were alive");
  Reason(out, report.totals.uncounted_ports, "changes that the counts by port lack: too many ports");
  Reason(out, report.totals.uncounted_netns, "changes that the counts by namespace lack: too many namespaces");
  Reason(out, report.totals.missed, "changes of state that the kernel did not show us");
  Reason(out, report.surplus, "counted by the ledger and not by the kernel");
}

void Namespaces(Out& out, const CoverageReport& report, size_t most) {
  const size_t count = std::min(most, report.by_netns.size());
  if (count == 0) return;
  out +=
      fmt::format("{:>10}  {:>12}  {:>10}  {:>10}  namespace\n", "coverage", "connections", "uncounted", "rows lost");
  for (const NetnsCoverage& netns : std::span(report.by_netns).first(count))
    out += fmt::format("{:>10}  {:>12}  {:>10}  {:>10}  {}\n", Percent(netns.ratio()), netns.connections,
                       netns.uncounted, netns.rows_lost, netns.name);
}

void Ports(Out& out, const CoverageReport& report, std::span<const bpf::LedgerLine> lines) {
  std::vector<bpf::LedgerLine> sorted(lines.begin(), lines.end());
  std::ranges::stable_sort(sorted, std::greater(), [](const auto& line) { return Opens(line.counts); });
  out += fmt::format("{:>6}  {:<8}  {:>10}  {:>10}  {:>10}  {:>10}  namespace\n", "port", "opened", "opens", "closed",
                     "failed", "reset");
  for (const bpf::LedgerLine& line : sorted) {
    const char* opened = line.key.opened_as == XTCP2_OPENED_ACTIVE    ? "by us"
                         : line.key.opened_as == XTCP2_OPENED_PASSIVE ? "by peer"
                                                                      : "before";
    out += fmt::format("{:>6}  {:<8}  {:>10}  {:>10}  {:>10}  {:>10}  {}\n", line.key.port, opened, Opens(line.counts),
                       line.counts.closed, line.counts.failed, line.counts.reset, NameOf(report, KeyOf(line.key)));
  }
}

}  // namespace

std::string ReportText(const Snapshot& snapshot, Detail detail, std::span<const bpf::LedgerLine> ports) {
  const CoverageReport& report = snapshot.report;
  const xtcp2_ledger_counts& counts = report.totals.counts;
  Out out = fmt::format("coverage {}: {} of {} connections {} (since {:.0f} s)\n", Percent(report.ratio()),
                        report.covered, report.connections, report.rows ? "have their row or are alive" : "are counted",
                        static_cast<double>(snapshot.taken_at - snapshot.began_at) * 1e-9);
  Losses(out, snapshot);
  if (snapshot.paused) out += "counts only for now: rows were too many\n";
  out +=
      fmt::format("opened {}, accepted {}, closed {} (failed {}, reset {}), alive {}; namespaces {}, not readable {}\n",
                  counts.opened, counts.accepted, counts.closed, counts.failed, counts.reset, report.alive,
                  report.namespaces, report.namespaces_hidden);
  Notes(out, report);
  if (detail == Detail::kPorts)
    Ports(out, report, ports);
  else
    Namespaces(out, report, detail == Detail::kNamespaces ? report.by_netns.size() : kWorst);
  return out;
}

}  // namespace xtcp2::ledger
