#include "ship/null.h"

#include "ship/payload.h"

namespace xtcp2::ship {

SendResult NullDestination::Send(const encode::Batch& batch, Progress& progress) {
  progress.bytes += PayloadSize({batch, progress.next_row, batch.count(), false}, framing_);
  progress.payloads += 1;
  progress.next_row = batch.count();
  return {};
}

}  // namespace xtcp2::ship
