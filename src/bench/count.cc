// CountSockets() of load.h. On purpose by another way than the daemon's: the kernel's own counters, without a dump.
#include <fmt/format.h>

#include "bench/load.h"
#include "bench/sockstat.h"
#include "config/parse.h"

namespace xtcp2::bench {
namespace {

Result<> CountHere(uint64_t& count) {
  const Result<std::string> both = config::ReadWholeFile("/proc/thread-self/net/sockstat");
  if (!both) return tl::unexpected(both.error());
  // A kernel without IPv6 has none.
  const std::string ipv6 = config::ReadWholeFile("/proc/thread-self/net/sockstat6").value_or("");
  count += SockstatNumber(*both, "TCP:", "inuse") + SockstatNumber(*both, "TCP:", "tw") +
           SockstatNumber(ipv6, "TCP6:", "inuse");
  return {};
}

}  // namespace

Result<uint64_t> CountSockets(const Places& places) {
  uint64_t count = 0;
  for (size_t i = 0; i < places.loaded(); ++i)
    if (Result<> done = places.Inside(i, [&] { return CountHere(count); }); !done) return tl::unexpected(done.error());
  return count;
}

}  // namespace xtcp2::bench
