#include "app/bpf_programs.h"

#include "base/clock.h"
#include "base/log.h"

namespace xtcp2::app {
namespace {

bool WillDo(const bpf::WalkOptions& loaded, const bpf::WalkOptions& wanted) {
  return loaded.walkers >= wanted.walkers && loaded.block_rows == wanted.block_rows && loaded.states == wanted.states &&
         loaded.ipv4 == wanted.ipv4 && loaded.ipv6 == wanted.ipv6;
}

bool WillDo(const bpf::LedgerOptions& loaded, const bpf::LedgerOptions& wanted) {
  return loaded.mode == wanted.mode && loaded.open_rows == wanted.open_rows && loaded.ring_bytes == wanted.ring_bytes;
}

}  // namespace

// New sockets first: none is born between the two unseen.
Result<> BpfPrograms::WatchBirths(const bpf::LedgerOptions& options) {
  const bool first = births_.program == nullptr;
  auto births = bpf::LedgerProgram::Load(options);
  if (!births) return tl::unexpected(births.error());
  births_ = {std::move(*births), options, RealtimeNs()};
  if (!first) return {};
  const Result<uint64_t> made = bpf::MakeCookies();
  if (!made) LogWarning("sockets that are open already have no cookie in rows: {}", made.error().Text());
  return {};
}

Result<LoadedLedger> BpfPrograms::Ledger(const bpf::LedgerOptions& options) {
  if (!births_.program || !WillDo(births_.options, options))
    if (Result<> watched = WatchBirths(options); !watched) return tl::unexpected(watched.error());
  return births_;
}

Result<std::shared_ptr<bpf::WalkProgram>> BpfPrograms::Walk(const bpf::WalkOptions& options,
                                                            const std::optional<bpf::LedgerOptions>& ledger) {
  if (walk_ && WillDo(options_, options)) return walk_;
  auto walk = bpf::WalkProgram::Load(options);
  if (!walk) return tl::unexpected(walk.error());
  // Why a ledger cannot be had is said when it is asked for; the walk does without.
  if (!births_.program && ledger) (void)WatchBirths(*ledger);
  if (!births_.program)
    if (Result<> watched = WatchBirths({.mode = bpf::LedgerOptions::kCookies}); !watched)
      return tl::unexpected(watched.error());
  walk_ = std::move(*walk);
  options_ = options;
  return walk_;
}

}  // namespace xtcp2::app
