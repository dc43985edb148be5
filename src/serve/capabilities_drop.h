// Gives up every capability that the configuration does not need, in every thread of the process, for good: effective,
// permitted and bounding set become what KeptCapabilities() says (bounding where CAP_SETPCAP allows it), inheritable
// and ambient become empty, and no-new-privileges is set.
//
// Capabilities belong to a thread. libpsx would reach only threads whose creation it was linked into, not those that
// libstdc++ or another shared library starts; so each thread is asked by a signal to do it itself, and /proc/self/task
// is read to see that it did.
#pragma once

#include <chrono>

#include "base/result.h"
#include "serve/capabilities.h"

namespace xtcp2 {

// Once, after listeners are bound and files opened. The signal used is SIGRTMAX - 4: a thread that blocks it and still
// has too much when `patience` is over makes this fail, naming the thread; what other threads gave up stays given up.
Result<> DropCapabilities(const CapabilityNeeds& needs, std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace xtcp2
