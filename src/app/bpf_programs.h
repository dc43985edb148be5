// The BPF programs of the process: loaded once, while the capabilities for it are there, and kept when a daemon with
// another configuration takes the place of the one before. Main thread.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "bpf/ledger.h"
#include "bpf/walker.h"

namespace xtcp2::app {

struct LoadedLedger {
  std::shared_ptr<bpf::LedgerProgram> program;
  bpf::LedgerOptions options;
  int64_t begun_at = 0;  // wall time, ns
};

class BpfPrograms {
 public:
  // The walk for these options: the one that is loaded, where it will do, else a new one. With the first one every
  // socket there is gets its cookie, and from then on every new one, by the ledger that will be asked for where there
  // is one: then it is loaded once. The error is loading's, for bpf::Explain().
  Result<std::shared_ptr<bpf::WalkProgram>> Walk(const bpf::WalkOptions& options,
                                                 const std::optional<bpf::LedgerOptions>& ledger);
  bool loaded() const { return walk_ != nullptr; }  // a walk
  // The ledger of connections in the same way. It gives new sockets their cookies, too.
  Result<LoadedLedger> Ledger(const bpf::LedgerOptions& options);

 private:
  Result<> WatchBirths(const bpf::LedgerOptions& options);

  bpf::WalkOptions options_;  // of walk_
  std::shared_ptr<bpf::WalkProgram> walk_;
  LoadedLedger births_;  // that gives new sockets their cookies, and is the ledger where one is wanted
};

}  // namespace xtcp2::app
