#include "encode/batch.h"

namespace xtcp2::encode {

const char* FlushReasonName(FlushReason reason) {
  switch (reason) {
    case FlushReason::kPollEnd:
      return "poll_end";
    case FlushReason::kPollTimeout:
      return "poll_timeout";
    case FlushReason::kRowsCap:
      return "rows_cap";
    case FlushReason::kSizeCap:
      return "size_cap";
    case FlushReason::kShutdown:
      return "shutdown";
  }
  return "unknown";
}

}  // namespace xtcp2::encode
