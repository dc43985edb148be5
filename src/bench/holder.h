// What the processes of a load do until they are killed: hold sockets and talk over some of them; open connections and
// close them. Each says "ready" with how many sockets it has then, or what went wrong.
#pragma once

#include "bench/places.h"
#include "bench/share.h"

namespace xtcp2::bench {

// Makes the sockets of `holding`; then `active_pct` of the connections carry an exchange each second. `to`: where to
// say so. Returns an exit code, and only after a failure.
int HoldSockets(const Places& places, const Holding& holding, uint64_t active_pct, int to);

// Opens so many connections each second, in the first namespaces by turns, and resets each a second later.
int Churn(const Places& places, uint64_t per_second, const std::string& family, int to);
inline constexpr size_t kMostChurned = 100;  // namespaces, with a listener each

// RLIMIT_NOFILE up to its hard limit; what it is then.
size_t RaiseDescriptorLimit();

}  // namespace xtcp2::bench
