// -healthcheck: asks the running daemon's /readyz, for container health checks and scripts. No daemon state here: it is
// another process that asks.
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.h"

namespace xtcp2 {

// GET http://<address of -promListen, 127.0.0.1 for all addresses>/readyz. The error says why not: no answer within
// `limit`, or the daemon's own words. Proxy variables are ignored.
Result<> CheckReady(std::string_view listen, std::string_view flag = "-promListen",
                    std::chrono::milliseconds limit = std::chrono::seconds(3));

// The same as exit code, with the reason on standard error: 0 ready, 1 not ready or no answer, 2 the address is wrong.
int RunHealthcheck(std::string_view listen, std::string_view flag = "-promListen");

}  // namespace xtcp2
