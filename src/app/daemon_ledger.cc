// How the daemon comes to its ledger of connections, -ledger, and how that ends.
#include <fmt/format.h>

#include "app/daemon.h"
#include "base/log.h"
#include "bpf/prerequisites.h"

namespace xtcp2::app {

Result<std::unique_ptr<Ledger>> Daemon::StartLedgerOf(const bpf::LedgerOptions& options) {
  Result<LoadedLedger> loaded = programs_.Ledger(options);
  if (loaded) return Ledger::Start(config_, host_, *output_, std::move(*loaded));
  const std::string why = bpf::Explain(loaded.error()).Text();
  if (config_.ledger != "rows") return Fail(fmt::format("-ledger {}: {}", config_.ledger, why));
  LogWarning("-ledger rows without BPF: last rows have tcp_info only, and nothing is counted: {}", why);
  return Ledger::StartWithoutBpf(config_, host_, *output_);
}

std::optional<Daemon::StartError> Daemon::StartLedger() {
  const std::optional<bpf::LedgerOptions> wanted = WantedLedger(config_, walks_);
  if (!wanted) return std::nullopt;
  Result<std::unique_ptr<Ledger>> ledger = StartLedgerOf(*wanted);
  if (!ledger) {
    if (config_.ledger != "auto") return StartError{ledger.error(), false};
    LogWarning("connections are not counted: {}", ledger.error().Text());
    return std::nullopt;
  }
  ledger_ = std::move(*ledger);
  answering_ = ledger_.get();
  return std::nullopt;
}

bool Daemon::Drained(std::chrono::milliseconds timeout) {
  if (ledger_) ledger_->End();
  if (ledger_ && !ledger_->WaitEnded(timeout)) return false;
  return output_->Drain(timeout);
}

}  // namespace xtcp2::app
