// Why an io_uring cannot be had, in one line that names the cause and the remedy.
#pragma once

#include "base/result.h"
#include "uring/calls.h"

namespace xtcp2::uring {

// io_uring_setup failed with `code` (positive) for a ring of so many bytes.
Error ExplainSetup(int code, size_t bytes, Calls& calls);

// What we need and this kernel lacks; none: everything is there.
Result<> CheckFeatures(io_uring* ring, Calls& calls);

// Raises RLIMIT_MEMLOCK until `bytes` more can be locked: the soft limit as far as the hard one allows, that one where
// CAP_SYS_RESOURCE allows. False when nothing could be raised.
bool RaiseMemlock(size_t bytes);

}  // namespace xtcp2::uring
