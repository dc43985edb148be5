#include "bench/share.h"

#include <fmt/format.h>

#include <algorithm>

namespace xtcp2::bench {
namespace {

// The size of share `index` of `count` nearly equal ones.
size_t ShareOf(size_t total, size_t count, size_t index) { return total / count + (index < total % count ? 1 : 0); }

void AddPortions(std::vector<Portion>& out, size_t netns, const std::string& family, size_t sockets, size_t most) {
  while (sockets != 0) {
    const size_t now = std::min(sockets, most);
    const size_t connections = (now - 1) / 2;
    out.push_back({netns, family, now - 2 * connections, connections});
    sockets -= now;
  }
}

}  // namespace

size_t Holding::Sockets() const {
  size_t sum = 0;
  for (const Portion& portion : portions) sum += portion.Sockets();
  return sum;
}

Result<std::vector<Holding>> DivideLoad(const LoadOptions& options, size_t descriptors) {
  if (descriptors < 2 * kSpareDescriptors)
    return Fail(
        fmt::format("a process may open {} files only (RLIMIT_NOFILE), too few to make sockets with: raise it, as by "
                    "ulimit -n 20000",
                    descriptors));
  const size_t room = descriptors - kSpareDescriptors;
  std::vector<Portion> portions;
  for (size_t netns = 0; netns < options.namespaces; ++netns) {
    const size_t here = ShareOf(options.sockets, options.namespaces, netns);
    for (size_t i = 0; i < options.families.size(); ++i)
      AddPortions(portions, netns, options.families[i], ShareOf(here, options.families.size(), i),
                  std::min(room, kMostOfPortion));
  }
  std::vector<Holding> out(1);
  size_t used = 0;
  for (Portion& portion : portions) {
    if (used + portion.Sockets() > room) {
      out.emplace_back();
      used = 0;
    }
    used += portion.Sockets();
    out.back().portions.push_back(std::move(portion));
  }
  return out;
}

}  // namespace xtcp2::bench
