// How the daemon comes to its collector: -collector.
#include "app/daemon.h"
#include "base/clock.h"
#include "base/log.h"
#include "bpf/prerequisites.h"
#include "daemon/give_cookies.h"
#include "daemon/self_check.h"

namespace xtcp2::app {

// Loaded, and found to say what netlink says.
Result<std::shared_ptr<bpf::WalkProgram>> Daemon::LoadWalk(const bpf::WalkOptions& options) {
  const bool first = !programs_.loaded();
  Result<std::shared_ptr<bpf::WalkProgram>> program = programs_.Walk(options, WantedLedger(config_, true));
  if (!program) return program;
  if (first) GiveCookies(**program);
  const int64_t begun = MonotonicNs();
  const Result<daemon::SelfChecked> checked = daemon::CheckWalk(**program, options);
  if (!checked) return tl::unexpected(checked.error());
  if (checked->sockets == 0) {
    LogWarning("BPF collects, unchecked: no socket could be made on loopback and asked for by netlink");
  } else {
    LogInfo("BPF collects; {} sockets that were made to check it, in {} of the states, are the same by netlink ({} ms)",
            checked->sockets, checked->states.count(), (MonotonicNs() - begun) / kNsPerMs);
  }
  return program;
}

// What the pass over open files cannot reach: sockets of other pid namespaces, and orphans.
void Daemon::GiveCookies(bpf::WalkProgram& walk) const {
  constexpr int64_t kLongest = 5 * kNsPerSecond;
  const auto home = netlink::NetnsHome::Here();
  if (!home) return;
  const daemon::NetnsScanner scanner(MakeScanOptions(config_), home->id());
  const auto given = daemon::GiveCookies(walk, scanner, MonotonicNs() + kLongest);
  if (!given)
    LogWarning("sockets without a cookie were not looked for: {}", given.error().Text());
  else if (given->not_dumped != 0)
    LogInfo(
        "{} sockets had no cookie; {} namespaces were dumped to give them one, those of {} have none in rows until "
        "somebody asks for them",
        given->without, given->dumped, given->not_dumped);
}

Result<std::unique_ptr<daemon::WalkSource>> Daemon::MakeWalk(unsigned readers) {
  if (config_.collector == "netlink") return nullptr;
  if (config_.write_files != 0) {
    LogInfo("netlink collects, not BPF: -writeFiles saves what the kernel says by netlink");
    return nullptr;
  }
  const bool may_give_up = config_.collector == "auto";
  const bpf::WalkOptions options = MakeWalkOptions(config_, read_, readers);
  Result<std::shared_ptr<bpf::WalkProgram>> program = LoadWalk(options);
  if (program)
    return std::make_unique<daemon::WalkSource>(options, std::move(*program), may_give_up,
                                                MakeAuditOptions(config_, [this] { Failed(); }));
  const std::string why = bpf::Explain(program.error()).Text();
  if (!may_give_up) return Fail("-collector bpf: " + why);
  LogInfo("netlink collects, not BPF: {}", why);
  return nullptr;
}

}  // namespace xtcp2::app
