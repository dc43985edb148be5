#include "app/bpf_programs.h"

#include "base/log.h"

namespace xtcp2::app {
namespace {

bool WillDo(const bpf::WalkOptions& loaded, const bpf::WalkOptions& wanted) {
  return loaded.walkers >= wanted.walkers && loaded.block_rows == wanted.block_rows && loaded.states == wanted.states &&
         loaded.ipv4 == wanted.ipv4 && loaded.ipv6 == wanted.ipv6;
}

}  // namespace

// New sockets first: none is born between the two unseen.
Result<> BpfPrograms::WatchBirths() {
  auto births = bpf::LedgerProgram::Load({.mode = bpf::LedgerOptions::kCookies});
  if (!births) return tl::unexpected(births.error());
  births_ = std::move(*births);
  const Result<uint64_t> made = bpf::MakeCookies();
  if (!made) LogWarning("sockets that are open already have no cookie in rows: {}", made.error().Text());
  return {};
}

Result<std::shared_ptr<bpf::WalkProgram>> BpfPrograms::Walk(const bpf::WalkOptions& options) {
  if (walk_ && WillDo(options_, options)) return walk_;
  auto walk = bpf::WalkProgram::Load(options);
  if (!walk) return tl::unexpected(walk.error());
  if (!births_)
    if (Result<> watched = WatchBirths(); !watched) return tl::unexpected(watched.error());
  walk_ = std::move(*walk);
  options_ = options;
  return walk_;
}

}  // namespace xtcp2::app
