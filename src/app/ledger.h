// The ledger of connections as a part of the daemon: what -ledger asks for, its thread with everything that takes, and
// what it says at /coverage.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "app/bpf_programs.h"
#include "app/output.h"
#include "collect/row_sink.h"
#include "config/parse.h"
#include "daemon/host_facts.h"
#include "ledger/destroy_reader.h"
#include "ledger/reader.h"
#include "serve/http_routes.h"

namespace xtcp2::app {

// What is to be loaded for -ledger; nothing where it is off. `bpf_collects`: with -ledger auto it counts then.
std::optional<bpf::LedgerOptions> WantedLedger(const config::Config& config, bool bpf_collects);

class Ledger {
 public:
  // `host` and `output` outlive it. An error: the thread's own namespace cannot be remembered.
  static Result<std::unique_ptr<Ledger>> Start(const config::Config& config, const daemon::HostFacts& host,
                                               Output& output, LoadedLedger loaded);

  // Last rows without BPF (ledger/destroy_reader.h): no counts, no account.
  static Result<std::unique_ptr<Ledger>> StartWithoutBpf(const config::Config& config, const daemon::HostFacts& host,
                                                         Output& output);

  // Makes rows of what is there and ends, soon. WaitEnded: false when the time is over first.
  void End();
  bool WaitEnded(std::chrono::milliseconds timeout);

  // What is behind /coverage: "", "/namespaces" or "/ports" in JSON, the same with ".txt" for people. Any thread.
  HttpReply Answer(std::string_view below) const;

 private:
  Ledger() = default;
  // One of the two.
  std::unique_ptr<ledger::LedgerReader> reader_;
  std::unique_ptr<ledger::DestroyReader> destroyed_;
};

// What /coverage says where there is no ledger.
HttpReply NoLedger();

}  // namespace xtcp2::app
