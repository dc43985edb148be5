// Where batches go. A destination knows bytes, not sockets; docs/spec/destination.md says what every one of them does.
// All calls but Stop() and Ready() come from its shipping thread; retries, pauses and counting rows are the Shipper's.
#pragma once

#include "encode/batch.h"
#include "encode/framing.h"
#include "ship/failure.h"
#include "ship/interrupt.h"

namespace xtcp2::ship {

// How far a batch has come; kept by the Shipper over all attempts for the same batch.
struct Progress {
  size_t next_row = 0;    // rows before it are delivered, or were rejected
  uint64_t bytes = 0;     // delivered, framing included
  uint64_t payloads = 0;  // messages delivered
};

class Destination {
 public:
  virtual ~Destination() = default;

  // Delivers the rows from progress.next_row on and moves progress with every message that is delivered. Blocks up to
  // the destination's own deadlines, or until Stop(). Called again with the same batch and progress after a failure,
  // rejected rows skipped; the next batch follows only when this one is finished or given up.
  virtual SendResult Send(const encode::Batch& batch, Progress& progress) = 0;

  // The batch of the last, failed Send() will not be tried again.
  virtual void GiveUp() {}

  // True while something that Send() delivered may still have to be sent again. Then Settle() is called every few
  // milliseconds when nothing else is to be done: it looks after the connection, and sends again like Send() where that
  // was lost.
  virtual bool Unsettled() const { return false; }
  virtual SendResult Settle() { return {}; }
  // Called at the end, again after a retryable failure: waits until nothing is unsettled.
  virtual SendResult Finish() { return {}; }
  // Rows that Send() delivered and that are lost when nothing more is done.
  virtual size_t RowsToSendAgain() const { return 0; }

  // SIGHUP: opens files anew. On failure the old one stays in use.
  virtual Result<> Reopen() { return {}; }
  // Could take a batch now as far as it knows; from any thread.
  virtual bool Ready() const { return true; }
  // From any thread: every wait ends at once with FailureKind::kInterrupted, also all later ones.
  void Stop() { interrupt_.Set(); }
  // False when the kernel had no descriptor left for it.
  bool CanStop() const { return interrupt_.ok(); }

 protected:
  const Interrupt& interrupt() const { return interrupt_; }

 private:
  Interrupt interrupt_;
};

}  // namespace xtcp2::ship
