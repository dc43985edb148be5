// The life of every TCP connection of the host, in all network namespaces: gives new sockets their cookies, counts
// connections, and hands over one event per connection with its final counters (abi/bpf_row.h). The kernel's side is
// ledger.bpf.c. Not here: what becomes of the events, and what share of all connections they are.
// Load() needs CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN); all else works without any capability, as any user.
// Threads: Drain() belongs to one thread at a time; the rest may be called from any, at the same time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "abi/bpf_row.h"
#include "base/result.h"
#include "bpf/ledger_maps.h"

namespace xtcp2::bpf {

struct LedgerOptions {
  enum Mode {
    kCookies,  // cookies only; everything below is unused, all counts stay 0
    kCounts,
    kRows,  // counts, and events
  };
  Mode mode = kCounts;
  bool open_rows = false;        // kRows: an event when a connection is established as well
  size_t ring_bytes = 1 << 20;   // kRows: a power of two from 64 KiB to 1 GiB; an event takes 584
  size_t max_namespaces = 4096;  // for ports beyond max_ports; beyond: uncounted_netns
  size_t max_ports = 16384;      // lines kept: a port of a namespace; the rest: uncounted_ports
  size_t max_connections =
      256 * 1024;             // alive at once whose birth is remembered, 104 bytes each from the start: births_lost
  std::string btf_path = {};  // type information of the kernel; empty: the kernel's own
};

// The host's. `missed`: state changes that the kernel did not show us, because they came in an interrupt in the few
// nanoseconds in which neither copy of the program can be entered; each may be a count or a row too few.
struct LedgerTotals : xtcp2_ledger_totals {
  uint64_t missed = 0;
};

struct LedgerLine {
  xtcp2_ledger_key key;
  xtcp2_ledger_counts counts;
};

class LedgerProgram {
 public:
  // Loads and attaches: from its return on every change is seen. The error carries errno and libbpf's or the verifier's
  // last word.
  static Result<std::unique_ptr<LedgerProgram>> Load(const LedgerOptions& options);
  virtual ~LedgerProgram() = default;

  // For epoll: readable when an eighth of the ring waits, so Drain() at regular times as well. -1 unless kRows.
  virtual int poll_fd() const = 0;
  // Gives at most `most` events to `take`, oldest first, and returns how many. An event is valid during its call. Times
  // in it are CLOCK_MONOTONIC. 0: nothing waits.
  virtual size_t Drain(size_t most, const std::function<void(const xtcp2_ledger_event&)>& take) = 0;

  // kRows: counts only from now on (true), or rows again. Needs no capability. What is not made counts as lost,
  // totals.rows_paused says how much of it.
  virtual void PauseRows(bool paused) = 0;

  // Numbers since loading. They are read while the kernel goes on counting: those of one answer may be some changes
  // apart. An error is a bug of ours or of the kernel.
  virtual Result<LedgerTotals> Totals() const = 0;
  virtual Result<std::vector<LedgerLine>> Namespaces() const = 0;  // key.port is 0
  virtual Result<std::vector<LedgerLine>> Ports() const = 0;
  // Takes out the lines of namespaces that ended, by their cookies; read what is still wanted before. How many.
  virtual Result<size_t> Forget(std::span<const uint64_t> netns_cookies) = 0;

  // Bytes that the maps and programs hold in the kernel, the ring included, as the kernel charges them (from 6.4 on
  // what is used, before what may be).
  virtual size_t MemoryBytes() const = 0;
};

}  // namespace xtcp2::bpf
