// The walk in BPF as the source of polls: begins one for each, takes in how it went, and is given up for netlink where
// it cannot go on. The poller's thread, except in_use().
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/metrics.h"
#include "daemon/walk_audit.h"
#include "daemon/walk_run.h"

namespace xtcp2::daemon {

class WalkSource {
 public:
  // `program` was loaded with `options`, which are used again where it has to be loaded anew. `may_give_up`: netlink
  // can take its place.
  WalkSource(const bpf::WalkOptions& options, std::shared_ptr<bpf::WalkProgram> program, bool may_give_up,
             AuditOptions audit = {});

  // False once it was given up. Any thread.
  bool in_use() const { return in_use_.load(std::memory_order_relaxed); }
  // Lists the kernel's tables and namespaces of this moment. Errors are counted and logged.
  Result<bpf::TableList> List();
  // `audited`: sockets of it may be asked for again when it ends.
  std::unique_ptr<WalkRun> Begin(bpf::TableList list, const NetnsDirectory& directory, bool audited);
  // `stop` cuts the audit.
  void End(const WalkRun& run, const std::atomic<bool>& stop);
  // Polls go by netlink from now on, where that may be; `why` goes to the log.
  void GiveUp(const std::string& why);

  bpf::WalkProgram& program() { return *program_; }

 private:
  void Failed(const Error& error);
  void Audit(const WalkRun& run, const std::atomic<bool>& stop);
  // A congestion module came after loading: its type information is read now.
  void LoadAgain();

  const bpf::WalkOptions options_;
  std::shared_ptr<bpf::WalkProgram> program_;
  const bool may_give_up_;
  const AuditOptions audit_options_;
  WalkAudit audit_;
  bool loads_again_ = true;
  bool just_loaded_ = false;  // at the end of the last poll
  bool told_ = false;         // AuditOptions::exit
  std::atomic<bool> in_use_{true};
  Gauge& used_;
  Event failures_{LogLevel::kError, "xtcp2_walk_failures_total", "Walks in BPF that failed; their polls are partial."};
  Event cut_chains_{LogLevel::kWarning, "xtcp2_walk_truncated_total",
                    "Hash chains longer than a block has room for: the sockets behind have no rows."};
};

}  // namespace xtcp2::daemon
