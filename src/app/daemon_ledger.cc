// How the daemon comes to its ledger of connections, -ledger, and how that ends.
#include <fmt/format.h>

#include "app/daemon.h"
#include "base/log.h"
#include "bpf/prerequisites.h"

namespace xtcp2::app {

std::optional<Daemon::StartError> Daemon::StartLedger() {
  const std::optional<bpf::LedgerOptions> wanted = WantedLedger(config_, walks_);
  if (!wanted) return std::nullopt;
  Result<LoadedLedger> loaded = programs_.Ledger(*wanted);
  if (!loaded) {
    const std::string why = fmt::format("-ledger {}: {}", config_.ledger, bpf::Explain(loaded.error()).Text());
    if (config_.ledger != "auto") return StartError{Error{why}, false};
    LogWarning("connections are not counted: {}", why);
    return std::nullopt;
  }
  Result<std::unique_ptr<Ledger>> ledger = Ledger::Start(config_, host_, sink_, *output_, std::move(*loaded));
  if (!ledger) return StartError{ledger.error(), false};
  ledger_ = std::move(*ledger);
  answering_ = ledger_.get();
  return std::nullopt;
}

bool Daemon::Drained(std::chrono::milliseconds timeout) {
  if (ledger_) ledger_->End();
  if (ledger_ && !ledger_->WaitEnded(timeout)) return false;
  return output_->shipper().Drain(timeout);
}

}  // namespace xtcp2::app
