// What share of the connections that the kernel opened the ledger has: the kernel's own count (snmp.h) against the
// ledger's (bpf/ledger.h), namespace by namespace, since each was first read. Pure bookkeeping, no clock, no files; who
// reads both is keeper.h. One thread at a time.
//
// A connection is covered when it is counted, and with rows when its CLOSE row was not lost; it may still be alive.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bpf/ledger.h"
#include "ledger/snmp.h"

namespace xtcp2::ledger {

struct NetnsKey {
  uint64_t cookie = 0;
  uint32_t inode = 0;
  auto operator<=>(const NetnsKey&) const = default;
};
inline NetnsKey KeyOf(const xtcp2_ledger_key& key) { return {key.netns_cookie, key.netns_inode}; }

// What ActiveOpens and PassiveOpens come to in the ledger's terms.
inline uint64_t Opens(const xtcp2_ledger_counts& counts) {
  return counts.opened - counts.unsent + counts.accepted + counts.stillborn;
}

// A ratio of which the lower number is a claim: 1 where there was nothing to cover.
inline double Share(uint64_t covered, uint64_t connections) {
  return connections == 0 ? 1.0 : static_cast<double>(covered) / static_cast<double>(connections);
}

struct NetnsCoverage {
  NetnsKey key;
  std::string name;
  uint64_t connections = 0;      // that the kernel opened
  uint64_t covered = 0;          // of these
  uint64_t uncounted = 0;        // not covered because the ledger did not see them
  uint64_t rows_lost = 0;        // not covered because their row was lost
  uint64_t failed_attempts = 0;  // the kernel's AttemptFails
  double ratio() const { return Share(covered, connections); }
};

struct CoverageReport {
  bool rows = false;
  bpf::LedgerTotals totals{};      // the ledger's own, since it was loaded
  uint64_t connections = 0;        // that the kernel opened; where it could not be asked, as the ledger counts them
  uint64_t covered = 0;            // of these
  uint64_t alive = 0;              // connections now, as far as the ledger saw them begin
  uint64_t failed_attempts = 0;    // the kernel's AttemptFails
  uint64_t lost_uncounted = 0;     // changes of state that the ledger did not see
  uint64_t lost_ring_full = 0;     // rows for which the ring was full
  uint64_t lost_paused = 0;        // rows not made while the ledger gave counts only
  uint64_t begun_before = 0;       // connections that ended and were older than the ledger: not in `connections`
  uint64_t unverified_dead = 0;    // counted by the ledger; the namespace ended before the kernel's count was taken
  uint64_t unverified_hidden = 0;  // counted by the ledger; the namespace cannot be entered, or not yet
  uint64_t surplus = 0;            // counted by the ledger and not by the kernel: an error of ours
  uint64_t namespaces = 0;         // whose kernel's count is known
  uint64_t namespaces_hidden = 0;  // whose is not
  std::vector<NetnsCoverage> by_netns;  // those that live, worst first
  double ratio() const { return Share(covered, connections); }
};

// How a namespace of the report is called; of one that is not in it, by its inode number as the kernel writes it.
std::string NameOf(const CoverageReport& report, NetnsKey key);

class Coverage {
 public:
  using Counts = xtcp2_ledger_counts;

  explicit Coverage(bool rows) : rows_(rows) {}

  // The kernel's count at `kernel` was the ledger's `counts`, or some more: what is compared begins here. For a
  // namespace that was made while the ledger ran: both zero.
  void Begin(NetnsKey key, std::string name, const TcpOpens& kernel, const Counts& counts);
  bool knows(NetnsKey key) const { return open_.contains(key); }
  void Rename(NetnsKey key, std::string name);
  // The kernel's count was read after `before` and before `after`, so that what is counted meanwhile is no loss.
  void Read(NetnsKey key, const TcpOpens& kernel, const Counts& before, const Counts& after);
  // It ended; what was read last stays in the host's numbers.
  void End(NetnsKey key);
  // So many more connections of ended namespaces were counted after (or without) a reading.
  void AddDeadUnverified(uint64_t connections) { dead_unverified_ += connections; }

  // `totals`: the ledger's, read after all else; `hidden`: namespaces that could not be read.
  CoverageReport Report(const bpf::LedgerTotals& totals, uint64_t hidden) const;
  // What the ledger had counted of it at the last reading.
  uint64_t VerifiedOpens(NetnsKey key) const;

 private:
  struct Account {
    std::string name;
    TcpOpens kernel_base, kernel;
    Counts base{}, before{}, after{};
  };
  struct Sums {
    uint64_t kernel = 0, counted = 0, uncounted = 0, surplus = 0, failed_attempts = 0;
    void Add(const Account& account);
  };
  NetnsCoverage Judge(NetnsKey key, const Account& account) const;
  void SplitUnverified(CoverageReport& report, const Sums& sums) const;

  const bool rows_;
  std::map<NetnsKey, Account> open_;
  Sums ended_;
  uint64_t dead_unverified_ = 0;
};

}  // namespace xtcp2::ledger
