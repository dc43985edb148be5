// Reads both sides of the account at regular times: which namespaces there are, the kernel's counts of each, the
// ledger's lines. Takes a namespace's counts in time: the file with them stays open from the first look at the
// namespace to the first that no longer shows it, and is read a last time then. The ledger's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "bpf/ledger.h"
#include "ledger/coverage.h"
#include "ledger/netns_source.h"

namespace xtcp2::ledger {

struct KeeperOptions {
  int64_t scan_interval_ns = 10'000'000'000;  // looks for namespaces; sooner when one showed up or seems to have ended,
  int64_t hasty_scan_ns = 1'000'000'000;      // ... but not more often than that
  int64_t reread_ns = 30'000'000'000;         // also a namespace of which the ledger tells nothing is read so often
  size_t max_open = 4096;                     // namespaces whose counts stay open between rounds: a descriptor each
  int64_t begun_at = 0;                       // wall time, ns, at which the ledger was loaded
};

class Keeper {
 public:
  // All outlive it.
  Keeper(const KeeperOptions& options, bool rows, bpf::LedgerProgram& program, NetnsSource& source);

  // One look at everything that is due. An error: the ledger's maps could not be read.
  Result<> Round(int64_t monotonic_ns);
  Result<CoverageReport> Report() const;

  // How the rows of a namespace name it; for one that ended, its last name. One that nobody saw yet is looked for,
  // unless the last scan was a moment ago; until then it has its inode number for a name.
  SeenNetns Find(NetnsKey key, int64_t monotonic_ns);
  uint64_t scans() const { return scans_; }
  size_t open_files() const { return open_files_; }

 private:
  using Lines = std::map<NetnsKey, xtcp2_ledger_counts>;
  // A namespace that scans show and whose counts can be read.
  struct Watched {
    NetnsKey key;
    NetnsSnmp snmp = {};  // closed where there are too many
    xtcp2_ledger_counts counts{};
    int64_t read_ns = 0;  // 0: not yet
    bool shown = true;    // by the last scan
  };
  // A namespace that has lines and is not watched.
  struct Unwatched {
    xtcp2_ledger_counts counts{};
    unsigned quiet = 0;  // rounds without a change
  };

  Result<Lines> ReadLines() const;
  bool ScanDue(int64_t now_ns, const Lines& lines) const;
  void NoticeEnds();
  void Scan(int64_t now_ns);
  void Admit(const SeenNetns& seen);
  void Watch(NetnsKey key, NetnsSnmp snmp);
  void Unwatch(const Watched& watched);
  void ReadKernel(int64_t now_ns, const Lines& lines);
  bool ReadDue(const Watched& watched, const xtcp2_ledger_counts& counts, int64_t now_ns) const;
  Result<TcpOpens> ReadOne(uint32_t inode, Watched& watched);
  void DropEnded();
  Result<> ForgetQuiet(const Lines& lines);
  void Remember(NetnsKey key, const SeenNetns& seen);

  const KeeperOptions options_;
  bpf::LedgerProgram& program_;
  NetnsSource& source_;
  Coverage coverage_;
  std::map<uint32_t, Watched> watched_;  // by inode
  std::map<NetnsKey, Unwatched> unwatched_;
  std::map<NetnsKey, SeenNetns> names_;  // of watched and ended ones
  std::set<NetnsKey> before_;            // had an account already
  std::set<uint32_t> hidden_;            // shown, and not to be entered
  std::map<NetnsKey, TcpOpens> kernel_;  // read in this round
  size_t open_files_ = 0;
  uint64_t scans_ = 0;
  int64_t last_scan_ns_ = 0;
  bool want_scan_ = true;
  bool scanned_ = false;  // since the last round ended
};

}  // namespace xtcp2::ledger
