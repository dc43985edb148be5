#include "bench/collectors.h"

namespace xtcp2::bench {

std::vector<std::string_view> CollectorNames() { return {"netlink", "bpf", "io_uring"}; }

std::vector<std::string> CollectorFlags(std::string_view name) {
  if (name == "bpf") return {"-collector", "bpf"};
  std::vector<std::string> flags = {"-collector", "netlink"};
  // Without -ioUringRequire the daemon would fall back to what is another row of the table.
  if (name == "io_uring") flags.insert(flags.end(), {"-ioUring", "-ioUringRequire"});
  return flags;
}

}  // namespace xtcp2::bench
