// The running check of the walk in BPF (-audit): sockets of a poll, chosen at random, are asked for again by netlink,
// each by itself, in its namespace where that can be entered. The poller's thread, when the readers are done.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/metrics.h"
#include "collect/agree.h"
#include "daemon/netns_door.h"
#include "daemon/second_look.h"
#include "daemon/walk_run.h"

namespace xtcp2::daemon {

// What is done when the walk and netlink disagree, beside counting and logging it.
enum class AuditAction : uint8_t { kFallback, kLog, kExit };

struct AuditOptions {
  size_t sockets = 0;  // of each poll; 0: none
  AuditAction action = AuditAction::kFallback;
  std::function<void()> exit = {};  // for kExit
};

class WalkAudit {
 public:
  WalkAudit();

  // Asks for the sample of `run`; `stop` cuts it. Disagreements are counted, and each field is logged once. What is
  // wrong, if anything is.
  std::optional<std::string> Check(const WalkRun& run, const std::atomic<bool>& stop);

 private:
  // All of one namespace.
  void CheckNetns(const WalkRun& run, std::span<const WalkPick* const> picks, const std::atomic<bool>& stop);
  void CheckSocket(const NetnsEntry& netns, const WalkPick& pick, SecondLook& look, netlink::DiagSocket& socket);
  void Disagreed(const std::string& netns, const Verdict& verdict);
  Result<netlink::DiagSocket> Open(const NetnsEntry& netns);

  std::optional<NetnsDoor> door_;  // of the thread that asked first
  collect::FieldSet logged_;
  std::optional<std::string> wrong_;
  Counter &agreed_, &gone_, &unentered_, &disagreed_;
};

}  // namespace xtcp2::daemon
