// The ledger's thread: empties the ring in time, makes rows of what was in it, keeps the account, and turns to counts
// only where rows are too many. Owns its thread and the program; whoever asks gets the account of the last second.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/log.h"
#include "bpf/ledger.h"
#include "ledger/event_rows.h"
#include "ledger/keeper.h"
#include "ledger/metrics.h"
#include "ledger/overload.h"
#include "ledger/report.h"
#include "ledger/worker.h"

namespace xtcp2::ledger {

struct ReaderOptions {
  uint64_t ring_bytes = 0;           // 0: no rows
  int64_t drain_ns = 100'000'000;    // the ring is emptied at least so often
  int64_t round_ns = 1'000'000'000;  // and the account brought up to date
  KeeperOptions keeper;
  Overload::Limits overload;
};

class LedgerReader {
 public:
  // What one second came to: events that matched the filter, and rows.
  struct Second {
    uint64_t events = 0, matched = 0, rows = 0, row_bytes = 0;
  };
  struct Parts {
    // Made on the ledger's thread, since they remember the namespace that it is in. `rows` may be null.
    std::function<Result<std::unique_ptr<NetnsSource>>()> source;
    std::function<std::unique_ptr<EventRows>(EventRows::Naming)> rows;
    // How many bytes of rows the output takes without making us wait. What is more waits in the ring, so that an output
    // that is stuck becomes a loss that is told. Null: as many as there are.
    std::function<size_t()> room;
    // The sample for the next second; called on the ledger's thread. Null: everything.
    std::function<filter::Sampler(const Second&)> sampler;
  };

  // Starts the thread, or says why `source` could not be made.
  static Result<std::unique_ptr<LedgerReader>> Start(const ReaderOptions& options,
                                                     std::shared_ptr<bpf::LedgerProgram> program, Parts parts);

  // Empties the ring a last time and ends, soon. WaitEnded: false when the time is over first.
  void End() { worker_.End(); }
  bool WaitEnded(std::chrono::milliseconds timeout) { return worker_.WaitEnded(timeout); }

  // The account of the last second; any thread, does not wait.
  std::shared_ptr<const Snapshot> Latest() const;
  // Counts by port, read now; any thread.
  Result<std::vector<bpf::LedgerLine>> Ports() const { return program_->Ports(); }

 private:
  LedgerReader(const ReaderOptions& options, std::shared_ptr<bpf::LedgerProgram> program, Parts parts);
  Result<> Prepare();
  void Main();
  void Wait(int64_t until_ns);
  void Round(int64_t now_ns);
  void JudgeLoad(int64_t now_ns, const CoverageReport& report);
  void Publish(CoverageReport report);
  // One drain of at most so many; false when the ring was empty then.
  bool Drain(size_t most);
  // Events whose rows there is room for now.
  size_t Room() const;
  void CountRows();

  const ReaderOptions options_;
  const std::shared_ptr<bpf::LedgerProgram> program_;
  const Parts parts_;

  // Of the thread.
  std::unique_ptr<NetnsSource> source_;
  std::optional<Keeper> keeper_;
  std::unique_ptr<EventRows> rows_;
  LedgerMetrics metrics_;
  Overload overload_;
  filter::Sampler sampler_;
  Second second_;
  uint64_t bytes_a_row_ = 1024;  // a guess until there were some
  int64_t now_ns_ = 0;           // monotonic, of the drain at work
  Event failures_{LogLevel::kError, "xtcp2_ledger_failures_total", "Rounds in which the ledger could not be read."};
  Event pauses_{LogLevel::kWarning, "xtcp2_ledger_pauses_total",
                "How often rows were too many, so that counts only were kept."};

  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> latest_ = std::make_shared<Snapshot>();

  Worker worker_;
};

}  // namespace xtcp2::ledger
