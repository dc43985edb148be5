// The device lo of the calling thread's network namespace.
#pragma once

#include "base/result.h"

namespace xtcp2::bench {

Result<> BringLoopbackUp();

}  // namespace xtcp2::bench
