#include "daemon/walk_source.h"

#include <utility>

#include "daemon/self_check.h"

namespace xtcp2::daemon {
namespace {

Counter& Count(const char* name, const char* help) { return Metrics::Global().AddCounter(name, help); }

void AccountMemory(const bpf::WalkProgram& program) {
  Metrics::Global()
      .AddGauge("xtcp2_walk_memory_bytes", "Memory that the walk in BPF shares with the kernel.")
      .Set(static_cast<double>(program.MemoryBytes()));
}

}  // namespace

WalkSource::WalkSource(const bpf::WalkOptions& options, std::shared_ptr<bpf::WalkProgram> program, bool may_give_up,
                       AuditOptions audit)
    : options_(options),
      program_(std::move(program)),
      may_give_up_(may_give_up),
      audit_options_(std::move(audit)),
      used_(Metrics::Global().AddGauge("xtcp2_walk_in_use", "1: polls go by the walk in BPF; 0: by netlink.")) {
  used_.Set(1);
  AccountMemory(*program_);
}

Result<bpf::TableList> WalkSource::List() {
  Result<bpf::TableList> list = program_->Tables(0);
  if (!list) Failed(list.error());
  return list;
}

std::unique_ptr<WalkRun> WalkSource::Begin(bpf::TableList list, const NetnsDirectory& directory, bool audited) {
  return std::make_unique<WalkRun>(*program_, std::move(list), directory, audited ? audit_options_.sockets : 0);
}

void WalkSource::End(const WalkRun& run, const std::atomic<bool>& stop) {
  static Counter& rows = Count("xtcp2_walk_sockets_total", "Sockets read by the walk in BPF.");
  static Counter& blocks = Count("xtcp2_walk_blocks_total", "Calls of the walk's BPF program.");
  static Counter& restarts =
      Count("xtcp2_walk_restarts_total", "Buckets that changed while being read and were read again.");
  rows.Add(run.rows());
  blocks.Add(run.blocks());
  restarts.Add(run.restarts());
  if (run.truncated() != 0) cut_chains_.Happened("{} hash chains of sockets were too long to be read", run.truncated());
  if (const auto error = run.error()) Failed(*error);
  Audit(run, stop);
  if (run.new_congestion() && loads_again_ && in_use()) LoadAgain();
  just_loaded_ = run.new_congestion();
}

void WalkSource::Audit(const WalkRun& run, const std::atomic<bool>& stop) {
  const std::optional<std::string> wrong = audit_.Check(run, stop);
  if (!wrong) return;
  if (audit_options_.action == AuditAction::kFallback) GiveUp("what it reads is not what netlink says: " + *wrong);
  if (audit_options_.action == AuditAction::kExit && audit_options_.exit && !std::exchange(told_, true)) {
    LogError("-auditAction exit: netlink and BPF disagree");
    audit_options_.exit();
  }
}

void WalkSource::Failed(const Error& error) {
  failures_.Happened("the walk in BPF failed: {}", error.Text());
  if (may_give_up_) GiveUp(error.Text());
}

void WalkSource::GiveUp(const std::string& why) {
  if (!may_give_up_ || !in_use()) return;
  in_use_ = false;
  used_.Set(0);
  LogError("polls go by netlink from now on, not by BPF: {}", why);
}

void WalkSource::LoadAgain() {
  // The last time did not help: the module has no type information.
  Result<std::shared_ptr<bpf::WalkProgram>> program = Fail("its module has no type information");
  if (!just_loaded_) program = bpf::WalkProgram::Load(options_);
  if (program)
    if (const auto checked = CheckWalk(**program, options_); !checked) program = tl::unexpected(checked.error());
  if (!program) {
    loads_again_ = false;
    LogWarning(
        "a congestion control was loaded after xtcp2 started, its state (bbr_*, dctcp_*) stays empty until xtcp2 is "
        "started again: {}",
        program.error().Text());
    return;
  }
  program_ = std::move(*program);
  AccountMemory(*program_);
  LogInfo("a congestion control was loaded: the walk reads its state from now on");
}

}  // namespace xtcp2::daemon
