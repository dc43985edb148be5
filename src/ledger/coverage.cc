#include "ledger/coverage.h"

#include <fmt/format.h>

#include <algorithm>

namespace xtcp2::ledger {
namespace {

// Numbers that are read one after the other may be some changes apart.
uint64_t Over(uint64_t more, uint64_t less) { return more > less ? more - less : 0; }

}  // namespace

std::string NameOf(const CoverageReport& report, NetnsKey key) {
  const auto at = std::ranges::find(report.by_netns, key, &NetnsCoverage::key);
  return at == report.by_netns.end() ? fmt::format("netns:[{}]", key.inode) : at->name;
}

void Coverage::Begin(NetnsKey key, std::string name, const TcpOpens& kernel, const Counts& counts) {
  Account& account = open_[key];
  account = {std::move(name), kernel, kernel, counts, counts, counts};
}

void Coverage::Rename(NetnsKey key, std::string name) {
  if (const auto at = open_.find(key); at != open_.end()) at->second.name = std::move(name);
}

void Coverage::Read(NetnsKey key, const TcpOpens& kernel, const Counts& before, const Counts& after) {
  const auto at = open_.find(key);
  if (at == open_.end()) return;
  at->second.kernel = kernel;
  at->second.before = before;
  at->second.after = after;
}

void Coverage::End(NetnsKey key) {
  const auto at = open_.find(key);
  if (at == open_.end()) return;
  ended_.Add(at->second);
  open_.erase(at);
}

uint64_t Coverage::VerifiedOpens(NetnsKey key) const {
  const auto at = open_.find(key);
  return at == open_.end() ? 0 : Opens(at->second.after);
}

void Coverage::Sums::Add(const Account& account) {
  const uint64_t opens = Over(account.kernel.opens(), account.kernel_base.opens());
  const uint64_t base = Opens(account.base);
  kernel += opens;
  counted += Over(Opens(account.after), base);
  uncounted += Over(opens, Over(Opens(account.after), base));
  surplus += Over(Over(Opens(account.before), base), opens);
  failed_attempts += Over(account.kernel.failed_attempts, account.kernel_base.failed_attempts);
}

NetnsCoverage Coverage::Judge(NetnsKey key, const Account& account) const {
  Sums sums;
  sums.Add(account);
  NetnsCoverage netns{.key = key, .name = account.name};
  netns.connections = Over(sums.kernel, Over(account.after.stillborn, account.base.stillborn));
  netns.uncounted = std::min(sums.uncounted, netns.connections);
  if (rows_)
    netns.rows_lost =
        std::min(Over(account.after.rows_lost, account.base.rows_lost), netns.connections - netns.uncounted);
  netns.covered = netns.connections - netns.uncounted - netns.rows_lost;
  netns.failed_attempts = sums.failed_attempts;
  return netns;
}

void Coverage::SplitUnverified(CoverageReport& report, const Sums& sums) const {
  const uint64_t unverified = Over(Opens(report.totals.counts), sums.counted);
  report.unverified_dead = std::min(unverified, dead_unverified_);
  report.unverified_hidden = unverified - report.unverified_dead;
}

CoverageReport Coverage::Report(const bpf::LedgerTotals& totals, uint64_t hidden) const {
  CoverageReport report;
  report.rows = rows_;
  report.totals = totals;
  const Counts& counts = totals.counts;
  Sums sums = ended_;
  for (const auto& [key, account] : open_) {
    sums.Add(account);
    report.by_netns.push_back(Judge(key, account));
  }
  std::ranges::stable_sort(report.by_netns, {}, &NetnsCoverage::ratio);
  // What found no place in the maps is missing in its namespace's line but not in the host's totals.
  report.lost_uncounted = Over(sums.uncounted, totals.uncounted_netns);
  report.surplus = sums.surplus;
  report.failed_attempts = sums.failed_attempts;
  report.connections = Opens(counts) - counts.stillborn + report.lost_uncounted;
  if (rows_) {
    report.lost_paused = std::min(totals.rows_paused, counts.rows_lost);
    report.lost_ring_full = counts.rows_lost - report.lost_paused;
  }
  report.covered = Over(report.connections, report.lost_uncounted + report.lost_paused + report.lost_ring_full);
  report.begun_before = Over(totals.births_unknown, totals.births_lost);
  report.alive = Over(counts.opened + counts.accepted, Over(counts.closed, report.begun_before));
  report.namespaces = open_.size();
  report.namespaces_hidden = hidden;
  SplitUnverified(report, sums);
  return report;
}

}  // namespace xtcp2::ledger
