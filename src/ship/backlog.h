// What waits on disk for a destination: its spool, the batch of it that is being sent, and when the next may be. It is
// the Shipper's; all calls are its thread's but Keep() and GetLevel().
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "encode/framing.h"
#include "ship/destination.h"
#include "ship/metrics.h"
#include "ship/options.h"
#include "ship/pace.h"
#include "ship/spec.h"
#include "spool/spool.h"

namespace xtcp2::ship {

class Backlog {
 public:
  // None for a local destination, or where no folder was given. An error says why the folder cannot be used, and who
  // has it.
  static Result<std::shared_ptr<Backlog>> Open(const DestSpec& spec, const encode::Framing& framing,
                                               const ShipOptions& options);

  // From any thread. Keeps the rows from first_row on; what cannot be kept is counted as dropped.
  void Keep(const encode::Batch& batch, size_t first_row = 0) { spool_->Append(batch, first_row); }

  // A new batch went out.
  void NewSent(size_t bytes) { pace_.NewSent(bytes, MonotonicNs()); }
  // How long until one is to be sent, by its turn or (`hurry`) as soon as can be; 0: now. Half a second when there is
  // nothing to wait for.
  std::chrono::milliseconds UntilDue(bool hurry) const;
  // The batch that is being sent, or the next. False when there is none.
  bool Take();
  const encode::Batch& batch() const { return batch_; }
  Progress& progress() { return progress_; }
  // It is delivered or dropped.
  void Done();
  // Whenever nothing else is to be done. `settled`: nothing that was delivered may have to be sent again.
  void LookAfter(bool settled);
  // At the end: what of the batch is left goes back.
  void Close(bool settled);

  spool::Level GetLevel() const { return spool_->GetLevel(); }

 private:
  Backlog(const DestSpec& spec, const SpoolOptions& options);
  void ShowRecovered() const;

  ShipMetrics metrics_;
  const std::string redacted_;
  Event troubles_;
  Pace pace_;
  int64_t empty_until_ns_ = 0;
  int64_t next_tick_ns_ = 0;
  bool taken_ = false;
  size_t first_row_ = 0;  // of batch_, when it was taken
  encode::Batch batch_;
  Progress progress_;
  std::unique_ptr<spool::Spool> spool_;  // last: it counts by the others
};

// Shows what waits on disk at every scrape, for as long as the backlog lives.
void ShowSpoolLevel(const DestSpec& spec, const std::weak_ptr<Backlog>& backlog);

}  // namespace xtcp2::ship
