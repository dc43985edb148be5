// Where batches go. A destination knows bytes, not sockets; docs/spec/destination.md says what every one of them does. All calls come
// from its shipping thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "encode/batch.h"
#include "encode/framing.h"

namespace xtcp2::ship {

class Destination {
 public:
  virtual ~Destination() = default;

  // Delivers every row of the batch, or says why not. May block up to the destination's own deadline; called again with the same batch
  // after a retryable failure.
  virtual Result<> Send(const encode::Batch& batch) = 0;
  // SIGHUP: opens files anew. Nothing for the others.
  virtual Result<> Reopen() { return {}; }
  // The last call: what is buffered is handed to the kernel.
  virtual Result<> Close() { return {}; }
};

}  // namespace xtcp2::ship
